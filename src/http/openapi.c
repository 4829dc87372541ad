/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/openapi.h"

#include "http/http.h"

#include <ctype.h>
#include <string.h>

#ifndef WESH_VERSION
#define WESH_VERSION "0.0.0"
#endif

static const char *const method_names[] = { "get", "post", "put", "patch", "delete" };

/* What any call may be answered with; each has its reason in base_err.def. */
static const int problem_statuses[] = { 400, 401, 403, 404, 406, 409, 413,
                                        414, 415, 429, 500, 503, 507, 0 };

struct build {
    struct arena *a;
    struct view *paths, *schemas, *tags;
};

static const char *key_of(struct arena *a, int number)
{
    return text_cstr(a, text_format(a, "%d", number));
}

static void put_version_header(struct arena *a, struct view *response)
{
    struct view *headers = view_put_object(a, response, "headers");
    view_put(a, headers, "API-Version", openapi_reference(a, "headers", "ApiVersion"));
}

static void put_content(struct arena *a, struct view *v, const char *type, struct view *schema)
{
    struct view *content = view_put_object(a, v, "content");
    view_put(a, view_put_object(a, content, type), "schema", schema);
}

static struct view *string_schema(struct arena *a, const char *format)
{
    struct view *v = view_object(a);
    view_put_cstr(a, v, "type", "string");
    if (format != NULL)
        view_put_cstr(a, v, "format", format);
    return v;
}

static void put_success(struct build *b, struct view *responses, const struct route *route)
{
    struct arena *a = b->a;
    const struct rooms *rooms = route->rooms;
    struct view *r =
        view_put_object(a, responses, key_of(a, rooms->status == 0 ? 200 : rooms->status));
    view_put_cstr(a, r, "description", rooms->summary);
    put_version_header(a, r);
    if (route->kind == FILE_ROUTE) {
        bool is_json = rooms->media_type != NULL && strstr(rooms->media_type, "json") != NULL;
        struct view *schema = is_json ? view_object(a) : string_schema(a, "binary");
        if (is_json)
            view_put_cstr(a, schema, "type", "object");
        put_content(a, r, rooms->media_type == NULL ? "*/*" : rooms->media_type, schema);
    } else if (route->kind == EVENTS) {
        put_content(a, r, "text/event-stream", string_schema(a, NULL));
    } else if (rooms->answer != NULL) {
        const char *name = openapi_name(a, rooms->answer, OPENAPI_OUT);
        openapi_component(a, b->schemas, rooms->answer, OPENAPI_OUT);
        if ((rooms->flags & ROOMS_LIST) != 0) {
            const char *list = text_cstr(a, text_format(a, "%sList", name));
            if (view_get(b->schemas, list) == NULL)
                view_put(a, b->schemas, list, openapi_list_schema(a, name));
            name = list;
        }
        put_content(a, r, "application/json", openapi_reference(a, "schemas", name));
    }
}

/* The errors of its own with one status, as a description; NULL when it has none. */
static const char *own_errors(struct arena *a, const struct rooms *rooms, int status)
{
    struct buf b = buf_new(a, 8192);
    for (const err *e = rooms->errors; e != NULL && *e != OK; e++)
        if (err_info(*e)->status == status)
            buf_format(&b, "%s`%s`: %s", b.len == 0 ? "" : "\n\n", err_info(*e)->code,
                       err_info(*e)->text);
    return b.len == 0 ? NULL : text_cstr(a, buf_text(&b));
}

static void put_problems(struct build *b, struct view *responses, const struct rooms *rooms)
{
    struct arena *a = b->a;
    for (int status = 400; status < 600; status++) {
        const char *own = own_errors(a, rooms, status), *key = key_of(a, status);
        bool general = false;
        for (const int *s = problem_statuses; *s != 0; s++)
            general = general || *s == status;
        if (own != NULL) {
            struct view *r = view_put_object(a, responses, key);
            view_put_cstr(a, r, "description", own);
            put_version_header(a, r);
            put_content(a, r, "application/problem+json",
                        openapi_reference(a, "schemas", "Problem"));
        } else if (general) {
            const char *name = text_cstr(a, text_format(a, "Problem%d", status));
            view_put(a, responses, key, openapi_reference(a, "responses", name));
        }
    }
}

/* The rest of a multipart body's schema: the file. */
static void put_file_field(struct arena *a, const struct view *components, const char *name,
                           const char *file_field)
{
    for (struct view *v = components->first; v != NULL; v = v->next) {
        if (strcmp(v->key, name) != 0)
            continue;
        for (struct view *m = v->first; m != NULL; m = m->next)
            if (strcmp(m->key, "properties") == 0 && view_get(m, file_field) == NULL)
                view_put(a, m, file_field, string_schema(a, "binary"));
    }
}

static void put_body(struct build *b, struct view *operation, const struct rooms *rooms)
{
    struct arena *a = b->a;
    static const struct schema nothing = { .name = "Nothing", .size = sizeof(struct work) };
    const struct schema *s = rooms->body == NULL ? &nothing : rooms->body;
    bool multipart = (rooms->flags & ROOMS_MULTIPART) != 0;
    enum openapi_side side = multipart ? OPENAPI_FORM_IN : OPENAPI_JSON_IN;
    const char *name = openapi_name(a, s, side);
    struct view *body = view_put_object(a, operation, "requestBody");
    openapi_component(a, b->schemas, s, side);
    if (multipart && rooms->file_field != NULL)
        put_file_field(a, b->schemas, name, rooms->file_field);
    view_put_bool(a, body, "required", rooms->body != NULL || multipart);
    put_content(a, body, multipart ? "multipart/form-data" : "application/json",
                openapi_reference(a, "schemas", name));
}

static void put_parameters(struct build *b, struct view *operation, const struct route *route)
{
    struct arena *a = b->a;
    const struct rooms *rooms = route->rooms;
    struct view *list = view_list(a);
    if (rooms->path != NULL)
        openapi_parameters(a, list, rooms->path, "path");
    if (rooms->query != NULL)
        openapi_parameters(a, list, rooms->query, "query");
    if ((rooms->flags & ROOMS_KEY) != 0)
        view_add(list, openapi_reference(a, "parameters", "IdempotencyKey"));
    if ((rooms->flags & ROOMS_KEY_MAY) != 0)
        view_add(list, openapi_reference(a, "parameters", "IdempotencyKeyMay"));
    if (list->count > 0)
        view_put(a, operation, "parameters", list);
}

static void put_security(struct arena *a, struct view *operation, uint32_t roles)
{
    struct view *list = view_put_list(a, operation, "security");
    if ((roles & ROLE_ANYONE) != 0)
        view_add_object(a, list);
    view_put_list(a, view_add_object(a, list), "bearer");
    view_put_list(a, view_add_object(a, list), "cookie");
}

static const char *roles_text(struct arena *a, uint32_t roles)
{
    struct buf b = buf_new(a, 512);
    if ((roles & ROLE_ANYONE) != 0)
        return "For anyone.";
    if ((roles & ROLE_SIGNED_IN) == ROLE_SIGNED_IN)
        return "For anyone who is signed in.";
    for (size_t i = 0; role_names[i] != NULL; i++)
        if ((roles & 1U << i) != 0)
            buf_format(&b, "%s%s", b.len == 0 ? "For: " : ", ", role_names[i]);
    buf_char(&b, '.');
    return text_cstr(a, buf_text(&b));
}

static void put_tag(struct build *b, const char *name)
{
    for (const struct view *t = b->tags->first; t != NULL; t = t->next)
        if (text_is(view_get(t, "name")->text, name))
            return;
    view_put_cstr(b->a, view_add_object(b->a, b->tags), "name", name);
}

static struct view *path_item(struct build *b, const char *path)
{
    for (struct view *v = b->paths->first; v != NULL; v = v->next)
        if (strcmp(v->key, path) == 0)
            return v;
    return view_put_object(b->a, b->paths, path);
}

static void put_route(struct build *b, const struct route *route)
{
    struct arena *a = b->a;
    const struct rooms *rooms = route->rooms;
    struct view *operation =
        view_put_object(a, path_item(b, route->path + 3), method_names[route->method]);
    const char *tag = rooms->tag == NULL ? "system" : rooms->tag;
    put_tag(b, tag);
    view_add_text(a, view_put_list(a, operation, "tags"), text_of(tag));
    view_put_cstr(a, operation, "operationId", rooms->id);
    view_put_cstr(a, operation, "summary", rooms->summary);
    view_put_cstr(a, operation, "description", roles_text(a, rooms->roles));
    put_parameters(b, operation, route);
    if (route->kind == WRITE)
        put_body(b, operation, rooms);
    put_security(a, operation, rooms->roles);
    struct view *responses = view_put_object(a, operation, "responses");
    put_success(b, responses, route);
    put_problems(b, responses, rooms);
}

static const char *problem_about(int status)
{
    switch (status) {
    case 400:
        return "The request is not right; `errors` says which fields";
    case 401:
        return "Nobody is signed in, or the token does not hold";
    case 403:
        return "Signed in, but without the right to do this";
    case 404:
        return "There is no such thing";
    case 406:
        return "No answer in the format that was asked for";
    case 409:
        return "It can't be done as things are now";
    case 413:
        return "The request is too large";
    case 414:
        return "The address is too long";
    case 415:
        return "The body is of a type that is not taken";
    case 429:
        return "Too many requests; try again after `Retry-After` seconds";
    case 503:
        return "Too busy or restarting; try again after `Retry-After` seconds";
    case 507:
        return "The disk is full";
    default:
        return "Something went wrong on the server";
    }
}

static void put_point(struct arena *a, struct view *schemas)
{
    struct view *v = view_put_object(a, schemas, "Point");
    view_put_cstr(a, v, "type", "object");
    view_put_cstr(a, v, "description", "GeoJSON point (RFC 7946), WGS 84: longitude, latitude");
    struct view *required = view_put_list(a, v, "required");
    view_add_text(a, required, TEXT("type"));
    view_add_text(a, required, TEXT("coordinates"));
    struct view *p = view_put_object(a, v, "properties");
    struct view *type = view_put_object(a, p, "type");
    view_put_cstr(a, type, "type", "string");
    view_add_text(a, view_put_list(a, type, "enum"), TEXT("Point"));
    struct view *coordinates = view_put_object(a, p, "coordinates");
    view_put_cstr(a, coordinates, "type", "array");
    view_put_int(a, coordinates, "minItems", 2);
    view_put_int(a, coordinates, "maxItems", 2);
    view_put_cstr(a, view_put_object(a, coordinates, "items"), "type", "number");
}

static void put_key(struct arena *a, struct view *parameters, const char *name, bool must)
{
    struct view *key = view_put_object(a, parameters, name);
    view_put_cstr(a, key, "name", "Idempotency-Key");
    view_put_cstr(a, key, "in", "header");
    view_put_bool(a, key, "required", must);
    view_put_cstr(a, key, "description",
                  "A UUIDv7 made for this request. The same request again under the same key is "
                  "answered alike and done once. Kept for 35 days.");
    view_put(a, key, "schema", string_schema(a, "uuid"));
}

static void put_shared(struct build *b, struct view *components)
{
    struct arena *a = b->a;
    put_point(a, b->schemas);
    view_put(a, b->schemas, "Problem", openapi_problem_schema(a));
    view_put(a, components, "schemas", b->schemas);
    struct view *responses = view_put_object(a, components, "responses");
    for (const int *status = problem_statuses; *status != 0; status++) {
        const char *name = text_cstr(a, text_format(a, "Problem%d", *status));
        struct view *r = view_put_object(a, responses, name);
        view_put_cstr(a, r, "description", problem_about(*status));
        put_version_header(a, r);
        put_content(a, r, "application/problem+json", openapi_reference(a, "schemas", "Problem"));
    }
    struct view *parameters = view_put_object(a, components, "parameters");
    put_key(a, parameters, "IdempotencyKey", true);
    put_key(a, parameters, "IdempotencyKeyMay", false);
    struct view *version =
        view_put_object(a, view_put_object(a, components, "headers"), "ApiVersion");
    view_put_cstr(a, version, "description", "Full version of the API");
    view_put(a, version, "schema", string_schema(a, NULL));
    struct view *schemes = view_put_object(a, components, "securitySchemes");
    struct view *bearer = view_put_object(a, schemes, "bearer");
    view_put_cstr(a, bearer, "type", "http");
    view_put_cstr(a, bearer, "scheme", "bearer");
    struct view *cookie = view_put_object(a, schemes, "cookie");
    view_put_cstr(a, cookie, "type", "apiKey");
    view_put_cstr(a, cookie, "in", "cookie");
    view_put_cstr(a, cookie, "name", "__Host-wesh");
    view_put_cstr(a, cookie, "description",
                  "Session of a browser. Calls that change something also need X-CSRF-Token.");
}

/* An address that mail software takes: a host without a name (as on one's own machine) has none. */
static struct text contact_email(struct arena *a, const char *base_url)
{
    const char *host = strstr(base_url, "://");
    host = host == NULL ? base_url : host + 3;
    size_t len = strcspn(host, ":/");
    bool named = len > 0 && isalpha((unsigned char)host[len - 1]) && memchr(host, '.', len) != NULL;
    return named ? text_format(a, "postmaster@%.*s", (int)len, host)
                 : TEXT("postmaster@localhost.localdomain");
}

static void put_info(struct arena *a, struct view *root, const char *base_url)
{
    struct view *info = view_put_object(a, root, "info");
    view_put_cstr(a, info, "title", "WESH");
    view_put_cstr(
        a, info, "description",
        "We Serve Here: neighbourhood tasks, proof, coins, shops and payouts. Amounts are "
        "whole cents; times are RFC 3339 in UTC; ids are UUIDs.");
    view_put_cstr(a, info, "version", "1.0.0");
    struct view *contact = view_put_object(a, info, "contact");
    view_put_cstr(a, contact, "name", "The operator of this installation");
    view_put_text(a, contact, "email", contact_email(a, base_url));
    view_put_cstr(a, contact, "url", base_url);
    struct view *license = view_put_object(a, info, "license");
    view_put_cstr(a, license, "name", "EUPL-1.2");
    view_put_cstr(a, license, "url", "https://eupl.eu/1.2/en/");
    view_put_cstr(a, info, "x-program-version", WESH_VERSION);
}

err openapi_view(struct arena *a, const struct feature *const *features, const char *base_url,
                 struct view **ret)
{
    struct build b = { a, view_object(a), view_object(a), view_list(a) };
    struct view *root = view_object(a);
    for (const struct feature *const *f = features; *f != NULL; f++)
        for (size_t i = 0; i < (*f)->route_count; i++)
            if (strncmp((*f)->routes[i].path, "/v1/", 4) == 0)
                put_route(&b, &(*f)->routes[i]);
    view_put_cstr(a, root, "openapi", "3.0.3");
    put_info(a, root, base_url);
    struct view *server = view_add_object(a, view_put_list(a, root, "servers"));
    view_put_text(a, server, "url", text_format(a, "%s/v1", base_url));
    view_put(a, root, "tags", b.tags);
    view_put(a, root, "paths", b.paths);
    put_shared(&b, view_put_object(a, root, "components"));
    *ret = root;
    return arena_spent(a) ? ERR_TOO_LARGE : OK;
}
