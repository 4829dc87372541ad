/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/map/map.h"

#include "http/http.h"

static err map_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct text tiles, credit;
    TRY(setting_text(tx, "map.tiles", &tiles));
    TRY(setting_text(tx, "map.credit", &credit));
    if (tiles.at == NULL)
        tiles = TEXT(MAP_TILES);
    if (credit.at == NULL)
        credit = TEXT(MAP_CREDIT);
    struct text origin = map_tiles_origin(tiles);
    *ret = view_object(rq->arena);
    if (origin.len == 0)
        return OK;
    rq->images_from = text_cstr(rq->arena, origin);
    struct text host = origin, scheme;
    text_split(&host, '/', &scheme);
    view_put_text(rq->arena, *ret, "tiles", tiles);
    view_put_text(rq->arena, *ret, "credit", credit);
    view_put_text(rq->arena, *ret, "host", (struct text){ host.at + 1, host.len - 1 });
    return OK;
}

const struct rooms map_show_rooms = {
    .id = "mapShow",
    .summary = "Where the pictures of the map come from",
    .tag = "map",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = map_show_load,
};

const struct feature map_feature = { .name = "map" };
