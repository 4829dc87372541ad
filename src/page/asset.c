/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

const struct asset *asset_find_in(const struct asset *assets, size_t count, struct text name)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        int order = text_cmp(name, text_of(assets[middle].name));
        if (order == 0)
            return &assets[middle];
        if (order > 0)
            low = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

const struct asset *asset_find(struct text name)
{
    return asset_find_in(page_assets, page_asset_count, name);
}
