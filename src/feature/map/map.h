/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What a page with a map needs beside its marks: where the pictures behind them come from. They are
 * the one thing a page takes from another site, so only these pages allow it, and only from there.
 *
 * Settings: map.tiles, an address with {z}, {x} and {y} in it, or off; map.credit, who made them. */
#ifndef WESH_FEATURE_MAP_H
#define WESH_FEATURE_MAP_H

#include "http/route.h"

#define MAP_TILES                                                                                  \
    "https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/pastel/EPSG:3857/{z}/{x}/{y}.png"
#define MAP_CREDIT "Kadaster, BRT Achtergrondkaart (CC BY 4.0)"

extern const struct feature map_feature;
extern const struct rooms map_show_rooms; /* a part of pages, as `map` */

/* "https://host:port" of an address of tiles; TEXT_NONE when it is off or not an address we use. */
struct text map_tiles_origin(struct text tiles);
bool map_tiles_ok(struct text tiles); /* fit to be set: off, or an address */

#endif
