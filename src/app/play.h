/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Plays a capability as a person would over the API, but in this process and at a time of one's
 * choosing: the same rooms, in the same order. The demo's past is made with it. */
#ifndef WESH_APP_PLAY_H
#define WESH_APP_PLAY_H

#include "http/route.h"

struct play {
    struct db *db;
    struct arena *arena; /* emptied by each call */
    struct clock_fixed *clock;
    const char *folder;
};
/* By the rooms' id; NULL when there is none. */
const struct rooms *play_rooms(const char *operation);
/* `operation` is the rooms' id; `json` holds the fields of path and body together; `photo` may be
 * none. *ret_ids are work.ids. */
MUST err play_call(struct play *p, const struct actor *who, const char *operation, const char *json,
                   struct text photo, struct any_id ret_ids[2]);

/* Runs every feature's background work until none has more to do. */
MUST err play_background(struct play *p);

#endif
