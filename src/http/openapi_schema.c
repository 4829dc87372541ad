/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/openapi.h"

#include <string.h>

struct view *openapi_reference(struct arena *a, const char *kind, const char *name)
{
    struct view *v = view_object(a);
    view_put_text(a, v, "$ref", text_format(a, "#/components/%s/%s", kind, name));
    return v;
}

/* A schema that is used both ways differs by way: amounts and points have two spellings. */
const char *openapi_name(struct arena *a, const struct schema *s, enum openapi_side side)
{
    return side == OPENAPI_FORM_IN ? text_cstr(a, text_format(a, "%sForm", s->name)) : s->name;
}

static struct view *typed(struct arena *a, const char *type, const char *format)
{
    struct view *v = view_object(a);
    view_put_cstr(a, v, "type", type);
    if (format != NULL)
        view_put_cstr(a, v, "format", format);
    return v;
}

static void put_range(struct arena *a, struct view *v, const struct field *f, const char *min,
                      const char *max)
{
    if (f->min != 0 || f->max != 0)
        view_put_int(a, v, min, f->min);
    if (f->max != 0)
        view_put_int(a, v, max, f->max);
}

static struct view *choice_schema(struct arena *a, const struct field *f)
{
    struct view *v = typed(a, "string", NULL);
    struct view *list = view_put_list(a, v, "enum");
    for (const char *const *c = f->choices; *c != NULL; c++)
        view_add_text(a, list, text_of(*c));
    if ((f->flags & FIELD_NULLABLE) != 0) {
        struct view *null = ARENA_NEW(a, struct view);
        null->kind = VIEW_NULL;
        view_add(list, null);
    }
    return v;
}

static struct view *field_schema(struct arena *a, const struct field *f, enum openapi_side side)
{
    struct view *v;
    switch (f->kind) {
    case FIELD_ID:
        return typed(a, "string", "uuid");
    case FIELD_TEXT:
        v = typed(a, "string", NULL);
        if (side != OPENAPI_OUT)
            put_range(a, v, f, "minLength", "maxLength");
        return v;
    case FIELD_INT:
        v = typed(a, "integer", "int64");
        put_range(a, v, f, "minimum", "maximum");
        return v;
    case FIELD_COINS:
        if (side == OPENAPI_FORM_IN)
            return typed(a, "string", NULL);
        v = typed(a, "integer", "int64");
        if (side == OPENAPI_JSON_IN)
            put_range(a, v, f, "minimum", "maximum");
        return v;
    case FIELD_BOOL:
        return typed(a, "boolean", NULL);
    case FIELD_INSTANT:
        return typed(a, "string", "date-time");
    case FIELD_DATE:
        return typed(a, "string", "date");
    case FIELD_CHOICE:
        return choice_schema(a, f);
    case FIELD_POINT:
        return openapi_reference(a, "schemas", "Point");
    case FIELD_URL:
        return typed(a, "string", "uri-reference");
    case FIELD_OBJECT:
        return openapi_reference(a, "schemas", openapi_name(a, f->schema, side));
    case FIELD_LIST:
        v = typed(a, "array", NULL);
        if (f->max != 0)
            view_put_int(a, v, "maxItems", f->max);
        view_put(a, v, "items", openapi_reference(a, "schemas", openapi_name(a, f->schema, side)));
        return v;
    }
    return view_object(a);
}

/* Beside a $ref nothing else counts, so it is wrapped where more is to be said. */
static struct view *property(struct arena *a, const struct field *f, enum openapi_side side)
{
    struct view *v = field_schema(a, f, side);
    bool nullable = side == OPENAPI_OUT && (f->flags & FIELD_NULLABLE) != 0;
    if (view_get(v, "$ref") != NULL && (nullable || f->about != NULL)) {
        struct view *wrap = view_object(a);
        view_add(view_put_list(a, wrap, "allOf"), v);
        v = wrap;
    }
    if (nullable)
        view_put_bool(a, v, "nullable", true);
    if (f->about != NULL)
        view_put_cstr(a, v, "description", f->about);
    return v;
}

/* In forms amounts are euros, under a name without "Cents". */
static const char *form_name(struct arena *a, const struct field *f)
{
    struct text name = text_of(f->name);
    if (f->kind != FIELD_COINS || !text_ends(name, "Cents"))
        return f->name;
    return text_cstr(a, (struct text){ name.at, name.len - 5 });
}

static void put_degrees(struct arena *a, struct view *properties, const char *name)
{
    view_put_cstr(a, view_put_object(a, properties, name), "type", "number");
}

void openapi_component(struct arena *a, struct view *components, const struct schema *s,
                       enum openapi_side side)
{
    const char *name = openapi_name(a, s, side);
    if (view_get(components, name) != NULL)
        return;
    struct view *v = view_put_object(a, components, name);
    struct view *required = view_list(a), *properties = view_object(a);
    bool is_form = side == OPENAPI_FORM_IN;
    for (size_t i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        const char *field_name = is_form ? form_name(a, f) : f->name;
        if (is_form && f->kind == FIELD_POINT) {
            put_degrees(a, properties, "latitude");
            put_degrees(a, properties, "longitude");
            continue;
        }
        view_put(a, properties, field_name, property(a, f, side));
        if ((f->flags & FIELD_OPTIONAL) == 0)
            view_add_text(a, required, text_of(field_name));
        if (f->schema != NULL)
            openapi_component(a, components, f->schema, side);
    }
    view_put_cstr(a, v, "type", "object");
    if (required->count > 0)
        view_put(a, v, "required", required);
    view_put(a, v, "properties", properties);
    if (side == OPENAPI_JSON_IN)
        view_put_bool(a, v, "additionalProperties", false);
}

struct view *openapi_list_schema(struct arena *a, const char *item_name)
{
    struct view *v = typed(a, "object", NULL);
    struct view *required = view_put_list(a, v, "required");
    view_add_text(a, required, TEXT("items"));
    view_add_text(a, required, TEXT("nextCursor"));
    struct view *properties = view_put_object(a, v, "properties");
    struct view *items = view_put_object(a, properties, "items");
    view_put_cstr(a, items, "type", "array");
    view_put(a, items, "items", openapi_reference(a, "schemas", item_name));
    struct view *cursor = view_put_object(a, properties, "nextCursor");
    view_put_cstr(a, cursor, "type", "string");
    view_put_bool(a, cursor, "nullable", true);
    view_put_cstr(a, cursor, "description", "Ask for the next page with it; null on the last page");
    return v;
}

static void put_member(struct arena *a, struct view *properties, const char *name, const char *type,
                       const char *about)
{
    struct view *v = view_put_object(a, properties, name);
    view_put_cstr(a, v, "type", type);
    view_put_cstr(a, v, "description", about);
}

struct view *openapi_problem_schema(struct arena *a)
{
    struct view *v = typed(a, "object", NULL);
    struct view *required = view_put_list(a, v, "required");
    view_add_text(a, required, TEXT("status"));
    view_add_text(a, required, TEXT("title"));
    view_add_text(a, required, TEXT("detail"));
    struct view *p = view_put_object(a, v, "properties");
    put_member(a, p, "type", "string", "Kind of problem");
    put_member(a, p, "title", "string", "The status in words");
    put_member(a, p, "status", "integer", "HTTP status");
    put_member(a, p, "detail", "string",
               "What went wrong and what to do, in the reader's language");
    put_member(a, p, "instance", "string", "Path of the request");
    put_member(a, p, "code", "string", "Stable name of the error");
    struct view *errors = view_put_object(a, p, "errors");
    view_put_cstr(a, errors, "type", "array");
    view_put_cstr(a, errors, "description", "Each field that is not right");
    struct view *item = typed(a, "object", NULL);
    view_put(a, errors, "items", item);
    struct view *members = view_put_object(a, item, "properties");
    put_member(a, members, "field", "string", "Name of the field");
    put_member(a, members, "message", "string", "What is not right about it");
    return v;
}

static void put_parameter(struct arena *a, struct view *list, const struct field *f,
                          const char *name, const char *in, struct view *schema)
{
    bool is_path = strcmp(in, "path") == 0;
    struct view *p = view_add_object(a, list);
    view_put_cstr(a, p, "name", name);
    view_put_cstr(a, p, "in", in);
    view_put_bool(a, p, "required", is_path || (f->flags & FIELD_OPTIONAL) == 0);
    if (f->about != NULL)
        view_put_cstr(a, p, "description", f->about);
    view_put(a, p, "schema", schema);
}

void openapi_parameters(struct arena *a, struct view *list, const struct schema *s, const char *in)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        if (f->kind == FIELD_POINT) {
            put_parameter(a, list, f, "latitude", in, typed(a, "number", NULL));
            put_parameter(a, list, f, "longitude", in, typed(a, "number", NULL));
        } else {
            put_parameter(a, list, f, form_name(a, f), in, field_schema(a, f, OPENAPI_FORM_IN));
        }
    }
}
