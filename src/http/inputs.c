/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <assert.h>

static struct input *object_new(struct arena *a)
{
    struct input *object = ARENA_NEW(a, struct input);
    object->kind = INPUT_OBJECT;
    object->is_form = true;
    return object;
}

err inputs_query(struct exchange *x)
{
    if (x->query != NULL)
        return OK;
    if (x->target.query.len > 0)
        return input_form(x->arena, x->target.query, &x->query);
    x->query = object_new(x->arena);
    return OK;
}

err inputs_fields(struct exchange *x)
{
    struct text bytes;
    TRY(body_done(&x->body, &bytes));
    const char *type = exchange_header(x, "Content-Type");
    if (bytes.len == 0)
        x->fields = object_new(x->arena);
    else if (accept_is_type(type, "multipart/form-data"))
        TRY(input_multipart(x->arena, text_of(type), bytes, &x->fields, &x->rq.files,
                            &x->rq.file_count));
    else if (accept_is_type(type, "application/json"))
        TRY(input_json(x->arena, bytes, &x->fields));
    else
        TRY(input_form(x->arena, bytes, &x->fields));
    x->fields->is_form = x->fields->is_form || bytes.len == 0;
    return x->fields->kind == INPUT_OBJECT ? OK : ERR_BAD_JSON;
}

static size_t work_size(const struct rooms *rooms)
{
    size_t size = rooms->work_size == 0 ? sizeof(struct work) : rooms->work_size;
    assert(size >= sizeof(struct work));
    return size;
}

static void *work_new(struct exchange *x, const struct rooms *rooms)
{
    struct work *work = arena_alloc(x->arena, work_size(rooms));
    work->actor = x->session.actor;
    return work;
}

static err path_read(struct exchange *x, const struct rooms *rooms, void *work)
{
    if (rooms->path == NULL)
        return OK;
    struct field_errors *errors = ARENA_NEW(x->arena, struct field_errors);
    errors->arena = x->arena;
    schema_read(x->arena, rooms->path, x->match.path, work, errors);
    return errors->count == 0 ? OK : ERR_NOT_FOUND;
}

err inputs_read(struct exchange *x)
{
    const struct rooms *rooms = x->rooms;
    struct field_errors *errors = &x->rq.errors;
    x->work_size = work_size(rooms);
    x->work = work_new(x, rooms);
    TRY(path_read(x, rooms, x->work));
    TRY(inputs_query(x));
    if (rooms->query != NULL)
        schema_read(x->arena, rooms->query, x->query, x->work, errors);
    if (x->is_api) /* links to pages get things like utm_source put on them */
        schema_unknown(x->query, errors);
    if (x->fields != NULL) {
        if (rooms->body != NULL)
            schema_read(x->arena, rooms->body, x->fields, x->work, errors);
        schema_unknown(x->fields, errors);
    }
    if (errors->count > 0)
        return ERR_INVALID;
    if (rooms->read != NULL)
        TRY(rooms->read(&x->rq, x->work));
    return errors->count > 0 ? ERR_INVALID : OK;
}

/* What of the query the page itself did not take is there for its parts. */
static struct input *query_left(struct exchange *x)
{
    struct input *left = object_new(x->arena), **end = &left->first;
    for (struct input *i = x->query->first; i != NULL; i = i->next) {
        if (i->used)
            continue;
        struct input *copy = ARENA_NEW(x->arena, struct input);
        *copy = *i;
        copy->next = NULL;
        *end = copy;
        end = &copy->next;
        left->count++;
    }
    return left;
}

err inputs_part(struct exchange *x, const struct rooms *rooms, void **ret_work)
{
    void *work = work_new(x, rooms);
    size_t before = x->rq.errors.count;
    TRY(inputs_query(x));
    TRY(path_read(x, rooms, work));
    if (rooms->query != NULL)
        schema_read(x->arena, rooms->query, query_left(x), work, &x->rq.errors);
    if (x->rq.errors.count == before && rooms->read != NULL)
        TRY(rooms->read(&x->rq, work));
    if (x->rq.errors.count > before)
        return ERR_INVALID;
    *ret_work = work;
    return OK;
}
