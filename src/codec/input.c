/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/input_build.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

struct input *input_get(struct input *object, const char *name)
{
    assert(object->kind == INPUT_OBJECT);
    for (struct input *i = object->first; i != NULL; i = i->next)
        if (text_is(i->name, name))
            return i;
    return NULL;
}

/* Before jansson builds anything: no deeper than the maximum, and not so many commas that there
 * must be too many nodes. Mistakes in the grammar are left to jansson. */
static err json_survey(struct text t)
{
    size_t depth = 0, commas = 0;
    bool in_text = false;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        if (in_text) {
            if (c == '\\')
                i++;
            else
                in_text = c != '"';
        } else if (c == '"') {
            in_text = true;
        } else if (c == '{' || c == '[') {
            if (++depth > INPUT_DEPTH_MAX)
                return ERR_TOO_LARGE;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        } else if (c == ',' && ++commas >= INPUT_NODES_MAX) {
            return ERR_TOO_LARGE;
        }
    }
    return OK;
}

static err micro_of(double value, int64_t *ret_micro)
{
    double micro = value * 1e6;
    if (!(fabs(micro) <= 9007199254740992.0)) /* past 2^53 millionths are lost */
        return ERR_BAD_JSON;
    *ret_micro = llround(micro);
    return OK;
}

struct conversion {
    struct arena *arena;
    size_t nodes;
};

static err convert(struct conversion *c, const json_t *json, size_t depth, struct input *ret);

static err convert_member(struct conversion *c, const json_t *json, size_t depth, struct text name,
                          struct input *parent, struct input **last)
{
    struct input *member = ARENA_NEW(c->arena, struct input);
    TRY(convert(c, json, depth + 1, member));
    member->name = name;
    if (*last == NULL)
        parent->first = member;
    else
        (*last)->next = member;
    *last = member;
    parent->count++;
    return OK;
}

static err convert_members(struct conversion *c, const json_t *json, size_t depth,
                           struct input *parent)
{
    struct input *last = NULL;
    for (size_t i = 0; i < json_array_size(json); i++)
        TRY(convert_member(c, json_array_get(json, i), depth, TEXT_NONE, parent, &last));
    const char *key;
    json_t *value;
    /* The iterator takes no const, and changes nothing. */
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
        TRY(convert_member(c, value, depth, text_copy(c->arena, text_of(key)), parent, &last));
    return OK;
}

static err convert(struct conversion *c, const json_t *json, size_t depth, struct input *ret)
{
    if (++c->nodes > INPUT_NODES_MAX)
        return ERR_TOO_LARGE;
    switch (json_typeof(json)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        ret->kind = json_is_object(json) ? INPUT_OBJECT : INPUT_LIST;
        return depth > INPUT_DEPTH_MAX ? ERR_TOO_LARGE : convert_members(c, json, depth, ret);
    case JSON_STRING:
        ret->kind = INPUT_TEXT;
        ret->text =
            text_copy(c->arena, (struct text){ json_string_value(json), json_string_length(json) });
        return OK;
    case JSON_INTEGER:
        ret->kind = INPUT_INT;
        ret->integer = json_integer_value(json);
        return OK;
    case JSON_REAL:
        ret->kind = INPUT_MICRO;
        return micro_of(json_real_value(json), &ret->integer);
    case JSON_TRUE:
    case JSON_FALSE:
        ret->kind = INPUT_BOOL;
        ret->boolean = json_is_true(json);
        return OK;
    case JSON_NULL:
        ret->kind = INPUT_NULL;
        return OK;
    }
    return ERR_BAD_JSON;
}

err input_json(struct arena *a, struct text bytes, struct input **ret)
{
    if (!text_utf8_ok(bytes))
        return ERR_BAD_TEXT;
    TRY(json_survey(bytes));
    json_t *json =
        json_loadb(bytes.len == 0 ? "" : bytes.at, bytes.len, JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL)
        return ERR_BAD_JSON;
    struct conversion c = { .arena = a };
    struct input *object = ARENA_NEW(a, struct input);
    err e = json_is_object(json) ? convert(&c, json, 1, object) : ERR_BAD_JSON;
    json_decref(json);
    if (e == OK)
        *ret = object;
    return e;
}

struct input_form input_form_new(struct arena *a)
{
    struct input *object = ARENA_NEW(a, struct input);
    object->kind = INPUT_OBJECT;
    object->is_form = true;
    return (struct input_form){ .arena = a, .object = object };
}

err input_form_add(struct input_form *f, struct text name, struct text value)
{
    if (!text_utf8_ok(name) || !text_utf8_ok(value))
        return ERR_BAD_TEXT;
    if (f->object->count + 1 >= INPUT_NODES_MAX) /* the object is one */
        return ERR_TOO_LARGE;
    for (const struct input *i = f->object->first; i != NULL; i = i->next)
        if (text_eq(i->name, name))
            return ERR_BAD_FORM;
    struct input *field = ARENA_NEW(f->arena, struct input);
    field->name = name;
    field->kind = INPUT_TEXT;
    field->is_form = true;
    field->text = value;
    if (f->last == NULL)
        f->object->first = field;
    else
        f->last->next = field;
    f->last = field;
    f->object->count++;
    return OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* URL Standard, 5.1: a percent sign without two hexadecimal digits stands for itself. */
static struct text form_decode(struct arena *a, struct text t)
{
    char *out = arena_alloc(a, t.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && i + 2 < t.len && hex_digit(t.at[i + 1]) >= 0 &&
                   hex_digit(t.at[i + 2]) >= 0) {
            c = (char)(hex_digit(t.at[i + 1]) * 16 + hex_digit(t.at[i + 2]));
            i += 2;
        }
        out[len++] = c;
    }
    return (struct text){ out, len };
}

err input_form(struct arena *a, struct text bytes, struct input **ret)
{
    struct input_form form = input_form_new(a);
    struct text pair, name;
    while (text_split(&bytes, '&', &pair)) {
        if (pair.len == 0)
            continue;
        bool has_name = text_split(&pair, '=', &name);
        assert(has_name);
        (void)has_name;
        TRY(input_form_add(&form, form_decode(a, name), form_decode(a, pair)));
    }
    *ret = form.object;
    return OK;
}

/* A client chooses the names of fields it gets wrong; it need not get back more than this of them. */
static struct text name_short(struct arena *a, struct text name)
{
    enum { SHOWN_MAX = 120 };
    if (name.len > SHOWN_MAX) {
        name.len = SHOWN_MAX;
        while (name.len > 0 && ((unsigned char)name.at[name.len] & 0xc0) == 0x80)
            name.len--;
    }
    return text_copy(a, name);
}

void field_errors_add(struct field_errors *e, struct text field, const char *message, int64_t min,
                      int64_t max)
{
    if (e->count == sizeof e->at / sizeof e->at[0])
        return;
    e->at[e->count++] = (struct field_error){
        .field = name_short(e->arena, field),
        .message = message,
        .min = min,
        .max = max,
    };
}
