/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What the service worker (web/sw.js) needs: itself at the root, so that all pages are its own; a
 * page for when there is no network; and who is signed in, with a fresh token to send with. */
#include "http/server.h"

static err worker_file(struct request *rq, struct tx *snapshot, void *work, struct file_answer *ret)
{
    const struct asset *asset = asset_find(TEXT("sw.js"));
    (void)rq, (void)snapshot, (void)work;
    if (asset == NULL)
        return ERR_NOT_FOUND;
    *ret = (struct file_answer){
        .bytes = asset->bytes,
        .gzip = asset->gzip,
        .media_type = asset->media_type,
    };
    return OK;
}

const struct rooms offline_worker = {
    .id = "showServiceWorker",
    .summary = "The part of the pages that works without a network",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_ALONE,
    .status = 200,
    .file = worker_file,
};

static err page_load(struct request *rq, struct tx *snapshot, void *work, struct view **ret)
{
    (void)snapshot, (void)work;
    *ret = view_object(rq->arena);
    return OK;
}

const struct rooms offline_page = {
    .id = "showOffline",
    .summary = "What a page says when there is no network",
    .tag = "system",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = page_load,
};

static err session_file(struct request *rq, struct tx *snapshot, void *work,
                        struct file_answer *ret)
{
    struct view *v = view_object(rq->arena);
    struct text json;
    (void)snapshot, (void)work;
    view_put_text(rq->arena, v, "person", uuid_text(rq->arena, rq->actor->person.v));
    view_put_text(rq->arena, v, "csrf",
                  csrf_token(rq->arena, rq->session_secret, rq->http->options.random));
    TRY(view_json(rq->arena, v, ANSWER_BYTES_MAX, &json));
    *ret = (struct file_answer){ .bytes = json, .media_type = "application/json" };
    return OK;
}

const struct rooms offline_session = {
    .id = "showSession",
    .summary = "Who is signed in, and a fresh token for X-CSRF-Token",
    .tag = "system",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct work),
    .status = 200,
    .file = session_file,
    .media_type = "application/json",
};
