/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/view.h"

#include <assert.h>
#include <string.h>

static struct view *view_new(struct arena *a, enum view_kind kind)
{
    struct view *v = ARENA_NEW(a, struct view);
    v->kind = kind;
    return v;
}

static void append(struct view *parent, struct view *value)
{
    assert(value->next == NULL);
    if (parent->last == NULL)
        parent->first = value;
    else
        parent->last->next = value;
    parent->last = value;
    parent->count++;
}

struct view *view_object(struct arena *a)
{
    return view_new(a, VIEW_OBJECT);
}

struct view *view_list(struct arena *a)
{
    return view_new(a, VIEW_LIST);
}

const struct view *view_get(const struct view *object, const char *key)
{
    assert(object->kind == VIEW_OBJECT);
    for (const struct view *v = object->first; v != NULL; v = v->next)
        if (v->key[0] == key[0] && strcmp(v->key, key) == 0)
            return v;
    return NULL;
}

void view_put(struct arena *a, struct view *object, const char *key, struct view *value)
{
    (void)a;
    assert(view_get(object, key) == NULL);
    value->key = key;
    append(object, value);
}

static struct view *put(struct arena *a, struct view *object, const char *key, enum view_kind kind)
{
    struct view *v = view_new(a, kind);
    view_put(a, object, key, v);
    return v;
}

void view_put_null(struct arena *a, struct view *object, const char *key)
{
    put(a, object, key, VIEW_NULL);
}

void view_put_bool(struct arena *a, struct view *object, const char *key, bool value)
{
    put(a, object, key, VIEW_BOOL)->boolean = value;
}

void view_put_int(struct arena *a, struct view *object, const char *key, int64_t value)
{
    put(a, object, key, VIEW_INT)->integer = value;
}

void view_put_micro(struct arena *a, struct view *object, const char *key, int64_t value)
{
    put(a, object, key, VIEW_MICRO)->integer = value;
}

void view_put_text(struct arena *a, struct view *object, const char *key, struct text value)
{
    struct view *v = put(a, object, key, value.at == NULL ? VIEW_NULL : VIEW_TEXT);
    v->text = value;
}

void view_put_cstr(struct arena *a, struct view *object, const char *key, const char *value)
{
    view_put_text(a, object, key, text_of(value));
}

void view_put_id(struct arena *a, struct view *object, const char *key, uint128 value)
{
    put(a, object, key, value == 0 ? VIEW_NULL : VIEW_ID)->id = value;
}

void view_put_instant(struct arena *a, struct view *object, const char *key, struct instant value)
{
    put(a, object, key, VIEW_INSTANT)->instant = value;
}

void view_put_coins(struct arena *a, struct view *object, const char *key, struct coins value)
{
    view_put_int(a, object, key, value.cents);
}

struct view *view_put_object(struct arena *a, struct view *object, const char *key)
{
    return put(a, object, key, VIEW_OBJECT);
}

struct view *view_put_list(struct arena *a, struct view *object, const char *key)
{
    return put(a, object, key, VIEW_LIST);
}

void view_add(struct view *list, struct view *value)
{
    assert(list->kind == VIEW_LIST);
    append(list, value);
}

void view_add_text(struct arena *a, struct view *list, struct text value)
{
    struct view *v = view_new(a, value.at == NULL ? VIEW_NULL : VIEW_TEXT);
    v->text = value;
    view_add(list, v);
}

struct view *view_add_object(struct arena *a, struct view *list)
{
    struct view *v = view_object(a);
    view_add(list, v);
    return v;
}

/* '<' is escaped too, so that the JSON may stand in a page's script element. */
static bool is_plain(unsigned char c)
{
    return c >= ' ' && c != '"' && c != '\\' && c != '<';
}

/* How many characters at the start of t need no escape; eight at a time where it can. */
static size_t plain_count(struct text t)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    size_t i = 0;
    for (uint64_t word; t.len - i >= sizeof word; i += sizeof word) {
        memcpy(&word, t.at + i, sizeof word);
        uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\'),
                 less = word ^ (ones * '<');
        /* A byte's top bit is set where it borrows: where it is 0, or less than a space. */
        uint64_t found = ((word - ones * ' ') & ~word) | ((quote - ones) & ~quote) |
                         ((slash - ones) & ~slash) | ((less - ones) & ~less);
        if ((found & highs) != 0)
            break;
    }
    while (i < t.len && is_plain((unsigned char)t.at[i]))
        i++;
    return i;
}

static void write_escape(struct buf *b, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char short_of[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the character, its letter */
    for (const char *pair = short_of; *pair != '\0'; pair += 2) {
        if ((unsigned char)pair[0] == c) {
            buf_add(b, (struct text){ (const char[]){ '\\', pair[1] }, 2 });
            return;
        }
    }
    char escape[] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
    buf_add(b, (struct text){ escape, sizeof escape });
}

static void write_text(struct buf *b, struct text t)
{
    buf_char(b, '"');
    while (t.len > 0) {
        size_t count = plain_count(t);
        buf_add(b, (struct text){ t.at, count });
        t = (struct text){ t.at + count, t.len - count };
        if (t.len > 0) {
            write_escape(b, (unsigned char)t.at[0]);
            t = (struct text){ t.at + 1, t.len - 1 };
        }
    }
    buf_char(b, '"');
}

static void write_key(struct buf *b, const char *key)
{
    struct text t = text_of(key);
    char *at = plain_count(t) == t.len ? buf_extend(b, t.len + 3) : NULL;
    if (at == NULL) {
        write_text(b, t);
        buf_char(b, ':');
        return;
    }
    *at = '"';
    memcpy(at + 1, t.at, t.len);
    memcpy(at + 1 + t.len, "\":", 2);
}

static void write_micro(struct buf *b, int64_t value)
{
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value < 0)
        buf_char(b, '-');
    buf_int(b, (int64_t)(left / 1000000));
    uint64_t fraction = left % 1000000;
    if (fraction == 0)
        return;
    char digits[7] = ".";
    size_t len = 7;
    for (int i = 6; i > 0; i--, fraction /= 10)
        digits[i] = (char)('0' + fraction % 10);
    while (digits[len - 1] == '0')
        len--;
    buf_add(b, (struct text){ digits, len });
}

static void write_id(struct buf *b, uint128 id)
{
    char quoted[38];
    quoted[0] = quoted[37] = '"';
    uuid_write(id, quoted + 1);
    buf_add(b, (struct text){ quoted, sizeof quoted });
}

static void write_instant(struct buf *b, struct instant t)
{
    char quoted[INSTANT_TEXT_MAX + 2];
    size_t len = instant_write(t, quoted + 1);
    quoted[0] = quoted[len + 1] = '"';
    buf_add(b, (struct text){ quoted, len + 2 });
}

static void write_view(struct buf *b, const struct view *v)
{
    switch (v->kind) {
    case VIEW_NULL:
        buf_add(b, TEXT("null"));
        break;
    case VIEW_BOOL:
        buf_add(b, v->boolean ? TEXT("true") : TEXT("false"));
        break;
    case VIEW_INT:
        buf_int(b, v->integer);
        break;
    case VIEW_MICRO:
        write_micro(b, v->integer);
        break;
    case VIEW_TEXT:
        write_text(b, v->text);
        break;
    case VIEW_ID:
        write_id(b, v->id);
        break;
    case VIEW_INSTANT:
        if (v->instant.us == 0)
            buf_add(b, TEXT("null"));
        else
            write_instant(b, v->instant);
        break;
    case VIEW_LIST:
    case VIEW_OBJECT:
        buf_char(b, v->kind == VIEW_LIST ? '[' : '{');
        for (const struct view *m = v->first; m != NULL && !b->full; m = m->next) {
            if (m != v->first)
                buf_char(b, ',');
            if (v->kind == VIEW_OBJECT)
                write_key(b, m->key);
            write_view(b, m);
        }
        buf_char(b, v->kind == VIEW_LIST ? ']' : '}');
        break;
    }
}

err view_json(struct arena *a, const struct view *v, size_t bytes_max, struct text *ret_json)
{
    struct buf b = buf_new(a, bytes_max);
    write_view(&b, v);
    return buf_done(&b, ret_json);
}
