/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The demo region: made from data/parkstad, with some days of life in it. */
#ifndef WESH_APP_DEMO_H
#define WESH_APP_DEMO_H

#include "app/app.h"
#include "app/play.h"

enum { DEMO_PEOPLE = 18, DEMO_SHOPS_MAX = 32 };

struct demo_person {
    const char *persona; /* as in demo-tokens.json; NULL: somebody in the background */
    const char *name;
    enum role roles[3];
    const char *neighbourhood; /* CBS code */
};
extern const struct demo_person demo_people[DEMO_PEOPLE];

struct demo {
    struct command_context *c;
    struct play play;
    struct clock_fixed clock;
    struct municipality_id municipality; /* Heerlen */
    struct issuer_id issuer;
    struct shop_id shops[DEMO_SHOPS_MAX];
    size_t shop_count;
    struct actor actors[DEMO_PEOPLE]; /* in the order of demo_people */
    struct text tokens;               /* JSON */
    const char *base_url;
};
err demo_places_apply(struct tx *tx, void *work);
err demo_shops_apply(struct tx *tx, void *work);
err demo_people_apply(struct tx *tx, void *work);
err demo_tokens_apply(struct tx *tx, void *work); /* fills tokens */
const struct actor *demo_actor(const struct demo *d, const char *persona);
/* Six days: work done, checked, paid with; and what is waiting today. */
MUST err demo_story(struct demo *d, struct instant now);

#endif
