/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/play.h"

#include "app/app.h"

#include <assert.h>
#include <string.h>

const struct rooms *play_rooms(const char *operation)
{
    for (size_t f = 0; app_features[f] != NULL; f++)
        for (size_t i = 0; i < app_features[f]->route_count; i++)
            if (strcmp(app_features[f]->routes[i].rooms->id, operation) == 0)
                return app_features[f]->routes[i].rooms;
    return NULL;
}

err play_call(struct play *p, const struct actor *who, const char *operation, const char *json,
              struct text photo, struct any_id ret_ids[2])
{
    const struct rooms *rooms = play_rooms(operation);
    assert(rooms != NULL && rooms->apply != NULL);
    arena_reset(p->arena);
    struct upload file = { TEXT("photo"), TEXT("photo.jpg"), TEXT("image/jpeg"), photo };
    struct request rq = {
        .arena = p->arena,
        .actor = who,
        .now = { p->clock->us },
        .lang = "nl",
        .base_url = "http://127.0.0.1:8080",
        .folder = p->folder,
        .files = &file,
        .file_count = photo.len > 0 ? 1 : 0,
        .errors = { .arena = p->arena },
    };
    struct input *in;
    void *work = arena_alloc(p->arena, rooms->work_size);
    struct work *head = work;
    head->actor = *who;
    TRY(input_json(p->arena, text_of(json), &in));
    if (rooms->path != NULL)
        schema_read(p->arena, rooms->path, in, work, &rq.errors);
    if (rooms->body != NULL)
        schema_read(p->arena, rooms->body, in, work, &rq.errors);
    schema_unknown(in, &rq.errors);
    if (rq.errors.count > 0)
        return ERR_INVALID;
    if (rooms->read != NULL)
        TRY(rooms->read(&rq, work));
    if (rooms->prepare != NULL)
        TRY(rooms->prepare(&rq, work));
    TRY(db_apply(p->db, p->arena, rooms->apply, work));
    memcpy(ret_ids, head->ids, sizeof head->ids);
    return OK;
}

err play_background(struct play *p)
{
    for (size_t f = 0; app_features[f] != NULL; f++)
        for (size_t i = 0; i < app_features[f]->background_count; i++) {
            const struct background *b = &app_features[f]->background[i];
            struct task_run run = { .more = b->run != NULL };
            while (run.more) {
                run.more = false;
                arena_reset(p->arena);
                TRY(db_apply(p->db, p->arena, b->run, &run));
            }
        }
    return OK;
}
