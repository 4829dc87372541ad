/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Tasks: what can be done in public space or for neighbours, and the rules for opening them.
 *
 * A task starts as a draft, is opened by a second officer who signs off that it is extra work, is
 * closed while all its places are taken or done, and can be withdrawn. Rows of an import that is
 * still being written are `staged` and seen by nobody.
 *
 * A map cell is one square of a grid of 0.01°: strip × 20,000 + row, where strip counts from 180° W
 * and row from 90° S. A box is a range of strips, and within each a range of rows. */
#ifndef WESH_FEATURE_TASK_H
#define WESH_FEATURE_TASK_H

#include "http/route.h"

extern const struct feature task_feature;
extern const struct rooms task_list_rooms;
extern const struct schema task_schema; /* over struct task_get of gen/task_sql.h */

enum task_state { /* stored; do not renumber */
                  TASK_DRAFT = 0,
                  TASK_OPEN = 1,
                  TASK_CLOSED = 2,
                  TASK_WITHDRAWN = 3,
                  TASK_STAGED = 4
};
enum task_category { /* stored; do not renumber */
                     TASK_BENCH = 0,
                     TASK_BIN = 1,
                     TASK_BOLLARD = 2,
                     TASK_PLAYGROUND = 3,
                     TASK_WEEDING = 4,
                     TASK_LITTER = 5,
                     TASK_WHEELCHAIR_WALK = 6,
                     TASK_NIGHT_WATCH = 7,
                     TASK_SOCIAL = 8,
                     TASK_OTHER = 9
};
extern const char *const task_states[]; /* by enum task_state, without staged; NULL-terminated */
extern const char *const task_categories[]; /* by enum task_category; NULL-terminated */

enum {
    TASK_TITLE_MAX = 120,
    TASK_TEXT_MAX = 4000, /* description, instructions */
    TASK_LINE_MAX = 500,  /* keeper, extra work reason, tools */
    TASK_MINUTES_MIN = 5,
    TASK_MINUTES_MAX = 480,
    TASK_REWARD_MAX = 15000,
    TASK_PLACES_MAX = 200,
    TASK_CLAIM_HOURS_MAX = 720,
    TASK_CLAIM_HOURS = 72, /* when nothing is said */
    TASK_GUIDE_CENTS =
        575 /* volunteer allowance an hour, from age 21, 2026; setting task.hourly-guide */
};

#define TASK_CELL_ROWS INT64_C(20000)
#define TASK_CELL_UDEG INT64_C(10000)
int64_t task_cell(struct point at);
int64_t task_cell_strip(int64_t longitude_udeg);
int64_t task_cell_row(int64_t latitude_udeg);

/* The task as the API shows it; for a page also with `steps`, `contact`, `placesLeft` and `mapUrl`.
 * ERR_NOT_FOUND. */
MUST err task_view(struct tx *tx, struct task_id task, bool for_page, struct view **ret);

/* Path of the page being made, also when it shows a refused form again; NULL for the API. */
const char *task_page_path(const struct request *rq);

/* A claim takes a place, or one that ends without approval gives it back. The task closes when
 * the last place is taken and opens again when one comes free. */
MUST err task_place_take(struct tx *tx, struct task_id task);
MUST err task_place_give(struct tx *tx, struct task_id task);

/* Rules (task_rule.c) */
enum task_reward_fit { TASK_REWARD_FITS, TASK_REWARD_HIGH, TASK_REWARD_REFUSED };
/* Beside the hourly guide: above it is told, above three times it is refused. */
enum task_reward_fit task_reward_check(struct coins reward, int64_t minutes, struct coins guide);

struct task_duty { /* what the rules ask of the one who acts */
    int64_t state;
    struct person_id author;
    bool may_sign_off; /* manager or author of the municipality */
    bool may_withdraw;
};
err task_sign_off_check(const struct task_duty *d, struct person_id who);
err task_withdraw_check(const struct task_duty *d);

#endif
