/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Writing a struct as a view. */
#include "codec/schema.h"

#include <assert.h>
#include <string.h>

int64_t choice_index(const char *const *choices, struct text name)
{
    for (int64_t i = 0; choices[i] != NULL; i++)
        if (text_is(name, choices[i]))
            return i;
    return -1;
}

static int64_t int_at(const void *at)
{
    int64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static bool is_none(const struct field *f, const void *at);

static bool all_none(const struct schema *s, const unsigned char *from)
{
    for (size_t i = 0; i < s->count; i++)
        if ((s->fields[i].flags & FIELD_ADDED) == 0 &&
            !is_none(&s->fields[i], from + s->fields[i].at))
            return false;
    return true;
}

static bool is_none(const struct field *f, const void *at)
{
    uint128 id;
    switch (f->kind) {
    case FIELD_ID:
        memcpy(&id, at, sizeof id);
        return id == 0;
    case FIELD_TEXT:
    case FIELD_URL:
        return ((const struct text *)at)->at == NULL;
    case FIELD_INT:
    case FIELD_COINS:
        return int_at(at) == INT_NONE;
    case FIELD_BOOL:
        return !*(const bool *)at; /* counts only within an object that may be none */
    case FIELD_INSTANT:
    case FIELD_DATE:
        return int_at(at) == 0;
    case FIELD_CHOICE:
        return int_at(at) < 0;
    case FIELD_POINT:
        return int_at(at) == 0 && int_at((const unsigned char *)at + sizeof(int64_t)) == 0;
    case FIELD_OBJECT:
        return all_none(f->schema, at);
    case FIELD_LIST:
        return ((const struct schema_list *)at)->at == NULL;
    }
    return false;
}

static void put_point(struct arena *a, struct view *object, const char *key, const void *at)
{
    struct view *point = view_put_object(a, object, key);
    view_put_cstr(a, point, "type", "Point");
    struct view *coordinates = view_put_list(a, point, "coordinates");
    for (size_t i = 0; i < 2; i++) { /* longitude first */
        struct view *v = ARENA_NEW(a, struct view);
        v->kind = VIEW_MICRO;
        v->integer = int_at((const unsigned char *)at + (1 - i) * sizeof(int64_t));
        view_add(coordinates, v);
    }
}

static void put_date(struct arena *a, struct view *object, const char *key, struct instant day)
{
    char out[INSTANT_TEXT_MAX];
    view_put_text(a, object, key, text_copy(a, (struct text){ out, date_write(day, out) }));
}

static void put_list(struct arena *a, struct view *object, const struct field *f,
                     const struct schema_list *list)
{
    struct view *v = view_put_list(a, object, f->name);
    for (size_t i = 0; i < list->count; i++)
        view_add(v,
                 schema_view(a, f->schema, (const unsigned char *)list->at + i * f->schema->size));
}

static void put_value(struct arena *a, struct view *object, const struct field *f, const void *at)
{
    uint128 id;
    switch (f->kind) {
    case FIELD_ID:
        memcpy(&id, at, sizeof id);
        view_put_id(a, object, f->name, id);
        break;
    case FIELD_TEXT:
    case FIELD_URL:
        view_put_text(a, object, f->name, *(const struct text *)at);
        break;
    case FIELD_INT:
    case FIELD_COINS:
        view_put_int(a, object, f->name, int_at(at));
        break;
    case FIELD_BOOL:
        view_put_bool(a, object, f->name, *(const bool *)at);
        break;
    case FIELD_INSTANT:
        view_put_instant(a, object, f->name, (struct instant){ int_at(at) });
        break;
    case FIELD_DATE:
        put_date(a, object, f->name, (struct instant){ int_at(at) });
        break;
    case FIELD_CHOICE:
        view_put_cstr(a, object, f->name, f->choices[int_at(at)]);
        break;
    case FIELD_POINT:
        put_point(a, object, f->name, at);
        break;
    case FIELD_OBJECT:
        schema_view_into(a, f->schema, at, view_put_object(a, object, f->name));
        break;
    case FIELD_LIST:
        put_list(a, object, f, at);
        break;
    }
}

static int64_t choice_count(const struct field *f)
{
    int64_t count = 0;
    while (f->choices[count] != NULL)
        count++;
    return count;
}

/* Kinds that always have something to say, even where the field may not be none. */
static bool has_empty_form(enum field_kind kind)
{
    return kind == FIELD_BOOL || kind == FIELD_OBJECT || kind == FIELD_LIST || kind == FIELD_POINT;
}

void schema_view_into(struct arena *a, const struct schema *s, const void *from,
                      struct view *object)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        if ((f->flags & FIELD_ADDED) != 0)
            continue;
        const void *at = (const unsigned char *)from + f->at;
        assert(f->kind != FIELD_CHOICE || int_at(at) < choice_count(f));
        bool may_be_none = (f->flags & (FIELD_OPTIONAL | FIELD_NULLABLE)) != 0;
        bool none = f->kind != FIELD_BOOL && is_none(f, at);
        if (!none || (!may_be_none && has_empty_form(f->kind)))
            put_value(a, object, f, at);
        else if ((f->flags & FIELD_NULLABLE) != 0 || !may_be_none)
            view_put_null(a, object, f->name);
    }
}

struct view *schema_view(struct arena *a, const struct schema *s, const void *from)
{
    struct view *object = view_object(a);
    schema_view_into(a, s, from, object);
    return object;
}
