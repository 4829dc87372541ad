/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <stddef.h>

struct asset_work {
    struct work work;
    struct text etag, name;
};
static const struct field asset_fields[] = {
    { "etag", FIELD_TEXT, .at = offsetof(struct asset_work, etag), .min = 1, .max = 64,
      .about = "Names this version of it" },
    { "name", FIELD_TEXT, .at = offsetof(struct asset_work, name), .min = 1, .max = 100,
      .about = "The file" },
};
static const struct schema asset_path = SCHEMA("AssetPath", struct asset_work, asset_fields);

static err asset_file(struct request *rq, struct tx *snapshot, void *work, struct file_answer *ret)
{
    const struct asset_work *w = work;
    const struct asset *asset = asset_find(w->name);
    (void)rq, (void)snapshot;
    if (asset == NULL)
        return ERR_NOT_FOUND;
    *ret = (struct file_answer){
        .bytes = asset->bytes,
        .gzip = asset->gzip,
        .media_type = asset->media_type,
        /* A page of an older version still gets a file, but must not keep it under that name. */
        .cache_public = text_is(w->etag, asset->etag),
    };
    return OK;
}

const struct rooms assets_show = {
    .id = "showAsset",
    .summary = "A file of the pages",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_ALONE,
    .work_size = sizeof(struct asset_work),
    .path = &asset_path,
    .status = 200,
    .file = asset_file,
};
