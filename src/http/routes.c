/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct entry { /* a route, its pattern cut at the slashes */
    const struct route *route;
    struct text segments[SEGMENTS_MAX]; /* "tasks", or "{task}" */
    size_t count;
};
struct routes {
    struct entry *at;
    size_t count;
    size_t first[SEGMENTS_MAX + 2]; /* entries of n segments: first[n] up to first[n + 1] */
};

static bool is_name(struct text segment)
{
    return segment.len > 2 && segment.at[0] == '{';
}

static struct text name_of(struct text segment)
{
    return (struct text){ segment.at + 1, segment.len - 2 };
}

/* By length; then literal segments before names, so that /tasks/new comes before /tasks/{task}. */
static int entry_cmp(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (size_t i = 0; i < a->count; i++) {
        if (is_name(a->segments[i]) != is_name(b->segments[i]))
            return is_name(a->segments[i]) ? 1 : -1;
        int order = text_cmp(a->segments[i], b->segments[i]);
        if (order != 0)
            return order;
    }
    return (int)a->route->method - (int)b->route->method;
}

static struct entry entry_of(const struct route *route)
{
    struct entry e = { .route = route };
    struct text rest = text_of(route->path), head;
    assert(rest.len > 0 && rest.at[0] == '/');
    rest.at++, rest.len--;
    while (rest.len > 0 && text_split(&rest, '/', &head)) {
        assert(e.count < SEGMENTS_MAX && head.len > 0);
        e.segments[e.count++] = head;
    }
    return e;
}

struct routes *routes_new(struct arena *a, const struct feature *const *features)
{
    struct routes *r = ARENA_NEW(a, struct routes);
    size_t count = 0;
    for (const struct feature *const *f = features; *f != NULL; f++)
        count += (*f)->route_count;
    r->at = ARENA_ARRAY(a, struct entry, count + 1);
    for (const struct feature *const *f = features; *f != NULL; f++)
        for (size_t i = 0; i < (*f)->route_count; i++)
            r->at[r->count++] = entry_of(&(*f)->routes[i]);
    qsort(r->at, r->count, sizeof *r->at, entry_cmp);
    for (size_t i = 1; i < r->count; i++)
        assert(entry_cmp(&r->at[i - 1], &r->at[i]) != 0); /* a route twice */
    for (size_t n = 0, i = 0; n < SEGMENTS_MAX + 2; n++) {
        while (i < r->count && r->at[i].count < n)
            i++;
        r->first[n] = i;
    }
    return r;
}

static bool entry_matches(const struct entry *e, const struct target *t)
{
    for (size_t i = 0; i < e->count; i++)
        if (!is_name(e->segments[i]) && !text_eq(e->segments[i], t->segments[i]))
            return false;
    return true;
}

static struct input *path_fields(struct arena *a, const struct entry *e, const struct target *t)
{
    struct input *object = ARENA_NEW(a, struct input);
    object->kind = INPUT_OBJECT;
    object->is_form = true;
    struct input **end = &object->first;
    for (size_t i = 0; i < e->count; i++) {
        if (!is_name(e->segments[i]))
            continue;
        struct input *field = ARENA_NEW(a, struct input);
        field->name = name_of(e->segments[i]);
        field->kind = INPUT_TEXT;
        field->is_form = true;
        field->text = t->segments[i];
        *end = field;
        end = &field->next;
        object->count++;
    }
    return object;
}

void routes_find(const struct routes *r, struct arena *a, const struct target *t,
                 enum http_method method, struct route_match *ret)
{
    struct route_match match = { 0 };
    for (size_t i = r->first[t->segment_count]; i < r->first[t->segment_count + 1]; i++) {
        const struct entry *e = &r->at[i];
        if (!entry_matches(e, t))
            continue;
        match.methods |= 1U << e->route->method;
        if (match.route == NULL && e->route->method == method) {
            match.route = e->route;
            match.path = path_fields(a, e, t);
        }
    }
    *ret = match;
}

const struct route *routes_page(const struct routes *r, const char *path)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->at[i].route->kind == READ && r->at[i].route->page != NULL &&
            strcmp(r->at[i].route->path, path) == 0)
            return r->at[i].route;
    return NULL;
}

const char *routes_allow(struct arena *a, unsigned methods)
{
    static const char *const names[] = { "GET, HEAD", "POST", "PUT", "PATCH", "DELETE" };
    struct buf b = buf_new(a, 128);
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((methods & 1U << i) != 0)
            buf_format(&b, "%s, ", names[i]);
    buf_cstr(&b, "OPTIONS");
    return text_cstr(a, buf_text(&b));
}

struct text routes_fill(struct arena *a, const char *pattern, struct input *path, uint128 id)
{
    struct buf b = buf_new(a, 2048);
    for (const char *p = pattern; *p != '\0'; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end == NULL) {
            buf_char(&b, *p);
            continue;
        }
        char *name = text_cstr(a, (struct text){ p + 1, (size_t)(end - p - 1) });
        struct input *field = input_get(path, name);
        if (strcmp(name, "id") == 0 && id != 0)
            buf_add(&b, uuid_text(a, id));
        else if (field != NULL)
            target_encode(&b, field->text);
        p = end;
    }
    return buf_text(&b);
}
