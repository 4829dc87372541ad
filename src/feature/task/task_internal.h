/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Between the files of this slice. */
#ifndef WESH_FEATURE_TASK_INTERNAL_H
#define WESH_FEATURE_TASK_INTERNAL_H

#include "feature/task/task.h"

/* task_search.c */
#define TASK_PAGE_MAX 100

#define TASK_KINDS_ALL ((INT64_C(1) << (TASK_OTHER + 1)) - 1)

enum task_tools { TASK_TOOLS_NONE, TASK_TOOLS_NEEDED };
struct task_filter { /* start from task_filter_any */
    int64_t kinds;   /* bits, 1 << enum task_category */
    int64_t minutes_max, reward_min, places_min;
    int64_t tools;                         /* enum task_tools; −1: either */
    bool light, indoor, wheelchair, child; /* true: only tasks that are */
};
extern const struct task_filter task_filter_any;

struct task_search {
    int64_t state;
    struct task_filter filter;
    struct municipality_id municipality;   /* none: any */
    struct neighbourhood_id neighbourhood; /* none: any */
    int64_t south, north, west, east;      /* millionths of a degree */
    bool has_near;
    struct point near; /* then nearest first; else newest first */
    size_t limit;
    struct task_id after; /* last one of the page before; 0: from the start */
    int64_t after_distance_m;
};
struct task_found {
    struct task_id id;
    int64_t distance_m; /* only with has_near */
};
/* ret_found has limit + 1 places; when more than limit are found there is a next page. */
MUST err task_search(struct tx *snapshot, const struct task_search *s, struct task_found *ret_found,
                     size_t *ret_count);
/* "50.9238" → 50923800, within ±degrees_max. ERR_INVALID. */
MUST err task_degrees_parse(struct text t, int64_t degrees_max, int64_t *ret_udeg);

/* task_list.c */
extern const struct rooms task_draft_list_rooms, task_mark_list_rooms;
extern const char *const task_tools[]; /* by enum task_tools; NULL-terminated */
/* The municipality whose drafts the person may see: *m when given, else their own. */
MUST err task_drafts_scope(const struct actor *actor, struct municipality_id *m);

/* task.c */
struct task_new {
    struct text title, description, instructions, keeper, extra_work_reason, tools;
    int64_t category, minutes, places, claim_hours;
    struct coins reward;
    struct point location;
    struct neighbourhood_id neighbourhood;
    struct municipality_id municipality;
    struct issuer_id issuer;
    struct text external_id;
    bool light, indoor, wheelchair_friendly, child_friendly;
    struct any_id batch;
    struct person_id author;
    enum task_state state;
};
MUST err task_add(struct tx *tx, const struct task_new *n, struct task_id *ret);
MUST err task_guide(struct tx *tx, struct coins *ret); /* the hourly guide */

/* task_batch.c: whole imports, in parts so that no apply takes long. A note in `setting` says what
 * is still to do; the background job goes on with it, also after a restart. */
extern const struct rooms task_batch_list_rooms, task_batch_sign_off_rooms;
MUST err task_batch_work(struct tx *tx, bool *ret_more);
MUST err task_batch_background(struct tx *tx, void *task_run);
MUST err task_import_note(struct tx *tx, struct any_id batch); /* from here on it goes through */
struct text task_staged_change_id(struct arena *a, struct text external_id);

#endif
