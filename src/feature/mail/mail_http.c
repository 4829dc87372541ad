/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/mail/mail_internal.h"

#include "gen/mail_sql.h"

#include <string.h>

/* GET /demo/mail: in a demo everybody reads everybody's messages. */

/* The first address of our own in a message, as a path to click on. */
static struct text path_in(const char *base_url, struct text body)
{
    size_t length = strlen(base_url);
    const char *at = memmem(body.at, body.len, base_url, length);
    if (at == NULL || length == 0)
        return TEXT_NONE;
    struct text path = { at + length, (size_t)(body.at + body.len - at) - length };
    for (size_t i = 0; i < path.len; i++)
        if (path.at[i] <= ' ')
            path.len = i;
    return path;
}

static err demo_mail_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    int64_t demo;
    struct mail_newest_rows rows;
    TRY(setting_int(tx, "demo", 0, &demo));
    if (demo == 0)
        return ERR_NOT_FOUND;
    TRY(sql_mail_newest(tx, &rows));
    struct view *object = view_object(rq->arena);
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < rows.count; i++) {
        const struct mail_newest *m = &rows.at[i];
        struct view *one = view_add_object(rq->arena, items);
        struct text path = path_in(rq->base_url, m->body);
        view_put_id(rq->arena, one, "id", m->id.v);
        view_put_text(rq->arena, one, "to", m->address);
        view_put_text(rq->arena, one, "subject", m->subject);
        view_put_text(rq->arena, one, "body", m->body);
        view_put_instant(rq->arena, one, "at", m->created_at);
        if (path.len > 0)
            view_put_text(rq->arena, one, "path", path);
    }
    *ret = object;
    return OK;
}

static const struct rooms demo_mail_rooms = {
    .id = "demoMail",
    .summary = "The demo's messages, newest first",
    .tag = "mail",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = demo_mail_load,
};

static const struct route mail_routes[] = {
    { READ, GET, "/demo/mail", &demo_mail_rooms, .page = "mail_demo_page" },
};
static const struct background mail_jobs[] = {
    { "send-mail", SECOND_US, .errand = mail_send_errand },
    { "prune-mail", HOUR_US, mail_prune },
};
const struct feature mail_feature = {
    .name = "mail",
    .routes = mail_routes,
    .route_count = sizeof mail_routes / sizeof mail_routes[0],
    .background = mail_jobs,
    .background_count = sizeof mail_jobs / sizeof mail_jobs[0],
};
