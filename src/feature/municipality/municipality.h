/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Municipalities and their neighbourhoods. Codes are the national ones (for the Netherlands CBS:
 * GM0917, BU09171000). Statements that others may use are in gen/municipality_sql.h:
 * municipality_get, municipality_by_code, neighbourhood_get, neighbourhood_by_code. */
#ifndef WESH_FEATURE_MUNICIPALITY_H
#define WESH_FEATURE_MUNICIPALITY_H

#include "http/route.h"

extern const struct feature municipality_feature;
extern const struct rooms municipality_list_rooms;
extern const struct rooms neighbourhood_list_rooms; /* query: municipality */

/* Added, or, when the code is known, brought up to date. */
MUST err municipality_put(struct tx *tx, struct text code, struct text name, struct text contact,
                          struct municipality_id *ret);
MUST err neighbourhood_put(struct tx *tx, struct municipality_id municipality, struct text code,
                           struct text name, struct point centre, struct neighbourhood_id *ret);

/* {"items":[…]}, by municipality and name; municipality none: of all. */
MUST err neighbourhood_list_view(struct tx *snapshot, struct municipality_id municipality,
                                 struct view **ret);

#endif
