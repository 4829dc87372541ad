/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A view: what an answer says, as a small tree in the request's arena. The API writes it as JSON;
 * a page is a template over the same tree. Keys are not copied: use literals. Texts are not copied.
 *
 * Building: view_object/view_list make an empty node; view_put_* add a member in order (a key put
 * twice is a programmer's mistake); view_add_* append to a list. */
#ifndef WESH_CODEC_VIEW_H
#define WESH_CODEC_VIEW_H

#include "base/value.h"

enum view_kind {
    VIEW_NULL,
    VIEW_BOOL,
    VIEW_INT,
    VIEW_MICRO, /* integer = value × 10^6, written with up to 6 decimals */
    VIEW_TEXT,
    VIEW_ID,
    VIEW_INSTANT, /* none is written as null */
    VIEW_LIST,
    VIEW_OBJECT
};

struct view {
    const char *key; /* in an object; else NULL */
    enum view_kind kind;
    uint32_t count; /* members of a list or object */
    union {
        bool boolean;
        int64_t integer;
        struct text text;
        uint128 id;
        struct instant instant;
        struct {
            struct view *first, *last;
        };
    };
    struct view *next; /* sibling */
};

struct view *view_object(struct arena *a);
struct view *view_list(struct arena *a);
void view_put(struct arena *a, struct view *object, const char *key, struct view *value);
void view_put_null(struct arena *a, struct view *object, const char *key);
void view_put_bool(struct arena *a, struct view *object, const char *key, bool value);
void view_put_int(struct arena *a, struct view *object, const char *key, int64_t value);
void view_put_micro(struct arena *a, struct view *object, const char *key, int64_t value);
void view_put_text(struct arena *a, struct view *object, const char *key, struct text value);
void view_put_cstr(struct arena *a, struct view *object, const char *key, const char *value);
void view_put_id(struct arena *a, struct view *object, const char *key,
                 uint128 value); /* 0: null */
void view_put_instant(struct arena *a, struct view *object, const char *key, struct instant value);
void view_put_coins(struct arena *a, struct view *object, const char *key, struct coins value);
struct view *view_put_object(struct arena *a, struct view *object, const char *key);
struct view *view_put_list(struct arena *a, struct view *object, const char *key);
void view_add(struct view *list, struct view *value);
void view_add_text(struct arena *a, struct view *list, struct text value);
struct view *view_add_object(struct arena *a, struct view *list);
const struct view *view_get(const struct view *object, const char *key); /* NULL when absent */

/* JSON (RFC 8259), UTF-8, no white space. ERR_TOO_LARGE past bytes_max. */
MUST err view_json(struct arena *a, const struct view *v, size_t bytes_max, struct text *ret_json);

#endif
