/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/map/map.h"

#include <ctype.h>
#include <string.h>

static bool has(struct text t, const char *part)
{
    return t.at != NULL && memmem(t.at, t.len, part, strlen(part)) != NULL;
}

struct text map_tiles_origin(struct text tiles)
{
    size_t from = text_starts(tiles, "https://") ? 8 : text_starts(tiles, "http://") ? 7 : 0;
    size_t end = from;
    /* It goes into a header: nothing but a name, perhaps a port. */
    while (end < tiles.len && (isalnum((unsigned char)tiles.at[end]) ||
                               (tiles.at[end] != '\0' && strchr(".:-", tiles.at[end]) != NULL)))
        end++;
    if (from == 0 || end == from || end == tiles.len || tiles.at[end] != '/' ||
        !has(tiles, "{z}") || !has(tiles, "{x}") || !has(tiles, "{y}"))
        return TEXT_NONE;
    return (struct text){ tiles.at, end };
}

bool map_tiles_ok(struct text tiles)
{
    return text_is(tiles, "off") || map_tiles_origin(tiles).len > 0;
}
