/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "carry/carry_row.h"

#include <assert.h>
#include <string.h>

void carry_row_least(struct carry_row *ret)
{
    for (int i = 0; i < CARRY_COLUMNS_MAX; i++)
        ret->at[i] = (struct carry_value){ .number = INT64_MIN, .text = TEXT("") };
}

static int value_order(enum db_type type, const struct carry_value *a, const struct carry_value *b)
{
    switch (type) {
    case DB_ID:
        return (a->id > b->id) - (a->id < b->id);
    case DB_TEXT:
    case DB_BYTES:
        return text_cmp(a->text, b->text);
    case DB_INT:
    case DB_BOOL:
    case DB_INSTANT:
        break;
    }
    return (a->number > b->number) - (a->number < b->number);
}

int carry_row_order(const struct db_table *t, const struct carry_row *a, const struct carry_row *b)
{
    int order = 0;
    for (int i = 0; i < t->key_count && order == 0; i++)
        order = value_order(t->columns[i].type, &a->at[i], &b->at[i]);
    return order;
}

void carry_row_keep_key(struct arena *a, const struct db_table *t, const struct carry_row *from,
                        struct carry_row *to)
{
    for (int i = 0; i < t->key_count; i++) {
        to->at[i] = from->at[i];
        to->at[i].text = text_copy(a, from->at[i].text);
    }
}

static struct carry_value column_read(struct db_row *r, int at, const struct db_column *c)
{
    struct carry_value v = { 0 };
    switch (c->type) {
    case DB_ID:
        v.id = db_column_id(r, at);
        v.is_null = c->nullable && v.id == 0;
        break;
    case DB_TEXT:
        v.text = db_column_text_borrow(r, at);
        v.is_null = v.text.at == NULL;
        break;
    case DB_BYTES:
        v.text = db_column_bytes_borrow(r, at);
        v.is_null = v.text.at == NULL;
        break;
    case DB_INT:
    case DB_BOOL:
    case DB_INSTANT:
        v.number = db_column_int(r, at, INT_NONE);
        v.is_null = c->nullable && v.number == INT_NONE;
        break;
    }
    return v;
}

void carry_row_read(struct db_row *r, const struct db_table *t, struct carry_row *ret)
{
    assert(t->column_count <= CARRY_COLUMNS_MAX);
    for (int i = 0; i < t->column_count; i++)
        ret->at[i] = column_read(r, i, &t->columns[i]);
}

void carry_row_bind(struct db_row *r, const struct db_table *t, const struct carry_row *row,
                    int column_count)
{
    for (int i = 0; i < column_count; i++) {
        const struct carry_value *v = &row->at[i];
        bool nullable = t->columns[i].nullable;
        switch (t->columns[i].type) {
        case DB_ID:
            db_bind_id(r, i, v->is_null ? 0 : v->id, nullable);
            break;
        case DB_TEXT:
            db_bind_text(r, i, v->is_null ? TEXT_NONE : v->text, nullable);
            break;
        case DB_BYTES:
            db_bind_bytes(r, i, v->is_null ? TEXT_NONE : v->text, nullable);
            break;
        case DB_INT:
        case DB_BOOL:
        case DB_INSTANT:
            db_bind_int(r, i, v->is_null ? INT_NONE : v->number, nullable);
            break;
        }
    }
}

err carry_row_view(struct arena *a, const struct db_table *t, const struct carry_row *row,
                   struct view **ret, const char **ret_column)
{
    struct view *object = view_object(a);
    for (int i = 0; i < t->column_count; i++) {
        const struct carry_value *v = &row->at[i];
        const char *name = t->columns[i].name;
        enum db_type type = t->columns[i].type;
        if (v->is_null) {
            view_put_null(a, object, name);
        } else if (type == DB_ID) {
            view_put_text(a, object, name, uuid_text(a, v->id));
        } else if (type == DB_BYTES) {
            view_put_text(a, object, name, base64url(a, v->text));
        } else if (type == DB_BOOL) {
            view_put_bool(a, object, name, v->number != 0);
        } else if (type == DB_TEXT) {
            if (!text_utf8_ok(v->text)) {
                *ret_column = name;
                return ERR_BAD_TEXT;
            }
            view_put_text(a, object, name, v->text);
        } else {
            view_put_int(a, object, name, v->number);
        }
    }
    *ret = object;
    return OK;
}

static const char *value_parse(struct arena *a, const struct db_column *c, const struct input *in,
                               struct carry_value *ret)
{
    *ret = (struct carry_value){ .is_null = in->kind == INPUT_NULL };
    if (ret->is_null)
        return c->nullable ? NULL : "may not be null";
    switch (c->type) {
    case DB_ID:
        if (in->kind != INPUT_TEXT || uuid_parse(in->text, &ret->id) != OK)
            return "must be a UUID";
        return c->nullable && ret->id == 0 ? "must be null, or a UUID that is not 0" : NULL;
    case DB_BYTES:
        return in->kind == INPUT_TEXT && base64url_parse(a, in->text, &ret->text) == OK
                   ? NULL
                   : "must be base64url";
    case DB_TEXT:
        ret->text = in->kind == INPUT_TEXT ? in->text : TEXT_NONE;
        return in->kind == INPUT_TEXT ? NULL : "must be a text";
    case DB_BOOL:
        ret->number = in->kind == INPUT_BOOL && in->boolean;
        return in->kind == INPUT_BOOL ? NULL : "must be true or false";
    case DB_INT:
    case DB_INSTANT:
        ret->number = in->kind == INPUT_INT ? in->integer : 0;
        return in->kind == INPUT_INT ? NULL : "must be a whole number";
    }
    return "has a type that is not known here";
}

static const struct input *member_named(const struct input *object, const char *name)
{
    const struct input *m = object->first;
    while (m != NULL && !text_is(m->name, name))
        m = m->next;
    return m;
}

static bool has_column(const struct db_table *t, struct text name)
{
    for (int i = 0; i < t->column_count; i++)
        if (text_is(name, t->columns[i].name))
            return true;
    return false;
}

const char *carry_row_parse(struct arena *a, const struct db_table *t, const struct input *object,
                            struct carry_row *ret)
{
    assert(t->column_count <= CARRY_COLUMNS_MAX);
    const struct input *next = object->first; /* mostly they come in the table's order */
    for (int i = 0; i < t->column_count; i++) {
        const struct db_column *c = &t->columns[i];
        bool in_order = next != NULL && text_is(next->name, c->name);
        const struct input *in = in_order ? next : member_named(object, c->name);
        const char *wrong = in == NULL ? "is missing" : value_parse(a, c, in, &ret->at[i]);
        if (wrong != NULL)
            return text_cstr(a, text_format(a, "%s %s", c->name, wrong));
        next = in->next;
    }
    for (const struct input *in = object->first;
         object->count != (uint32_t)t->column_count && in != NULL; in = in->next)
        if (!has_column(t, in->name))
            return text_cstr(a, text_format(a, "there is no column %.60s", text_cstr(a, in->name)));
    return NULL;
}
