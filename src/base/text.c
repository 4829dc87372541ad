/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text text_of(const char *cstr)
{
    return cstr == NULL ? TEXT_NONE : (struct text){ cstr, strlen(cstr) };
}

bool text_eq(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool text_is(struct text a, const char *cstr)
{
    return text_eq(a, text_of(cstr));
}

int text_cmp(struct text a, struct text b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least == 0 ? 0 : memcmp(a.at, b.at, least);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool text_starts(struct text a, const char *prefix)
{
    size_t len = strlen(prefix);
    return len == 0 || (a.len >= len && memcmp(a.at, prefix, len) == 0);
}

bool text_ends(struct text a, const char *suffix)
{
    size_t len = strlen(suffix);
    return len == 0 || (a.len >= len && memcmp(a.at + a.len - len, suffix, len) == 0);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text text_trim(struct text a)
{
    while (a.len > 0 && is_space(a.at[a.len - 1]))
        a.len--;
    while (a.len > 0 && is_space(a.at[0])) {
        a.at++;
        a.len--;
    }
    return a;
}

bool text_split(struct text *rest, char at, struct text *ret_head)
{
    if (rest->at == NULL)
        return false;
    const char *found = rest->len == 0 ? NULL : memchr(rest->at, at, rest->len);
    if (found == NULL) {
        *ret_head = *rest;
        *rest = TEXT_NONE;
        return true;
    }
    size_t len = (size_t)(found - rest->at);
    *ret_head = (struct text){ rest->at, len };
    *rest = (struct text){ found + 1, rest->len - len - 1 };
    return true;
}

char *text_cstr(struct arena *a, struct text t)
{
    char *copy = arena_alloc(a, t.len + 1);
    if (t.len > 0)
        memcpy(copy, t.at, t.len);
    return copy;
}

struct text text_copy(struct arena *a, struct text t)
{
    return t.at == NULL ? TEXT_NONE : (struct text){ text_cstr(a, t), t.len };
}

static struct text format_list(struct arena *a, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static struct text format_list(struct arena *a, const char *format, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, format, args);
    assert(len >= 0);
    char *at = arena_alloc(a, (size_t)len + 1);
    if ((size_t)len < sizeof small)
        memcpy(at, small, (size_t)len);
    else
        vsnprintf(at, (size_t)len + 1, format, again);
    va_end(again);
    return (struct text){ at, (size_t)len };
}

struct text text_format(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct text t = format_list(a, format, args);
    va_end(args);
    return t;
}

/* Length of the well-formed character at s (RFC 3629, 4), or 0. `left` is at least 1. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    unsigned char low = 0x80, high = 0xbf; /* the second byte's range */
    size_t len;
    if (s[0] < 0x80)
        return s[0] != 0;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        len = 2;
    } else if ((s[0] & 0xf0) == 0xe0) {
        len = 3;
        if (s[0] == 0xe0)
            low = 0xa0; /* overlong */
        if (s[0] == 0xed)
            high = 0x9f; /* surrogates */
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        len = 4;
        if (s[0] == 0xf0)
            low = 0x90; /* overlong */
        if (s[0] == 0xf4)
            high = 0x8f; /* past U+10FFFF */
    } else {
        return 0;
    }
    if (left < len || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

bool text_utf8_ok(struct text t)
{
    const unsigned char *s = (const unsigned char *)t.at;
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    size_t i = 0;
    while (i < t.len) {
        uint64_t word;
        if (t.len - i >= sizeof word) { /* eight ASCII characters, none NUL */
            memcpy(&word, s + i, sizeof word);
            if (((word | (word - ones)) & highs) == 0) {
                i += sizeof word;
                continue;
            }
        }
        size_t len = utf8_length(s + i, t.len - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

size_t text_chars(struct text t)
{
    size_t count = 0;
    for (size_t i = 0; i < t.len; i++)
        count += ((unsigned char)t.at[i] & 0xc0) != 0x80;
    return count;
}

err text_int(struct text t, int64_t *ret_value)
{
    bool is_negative = t.len > 0 && t.at[0] == '-';
    size_t i = is_negative;
    if (i == t.len)
        return ERR_INVALID;
    int64_t value = 0;
    for (; i < t.len; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return ERR_INVALID;
        int digit = t.at[i] - '0'; /* counted below zero, where there is one number more */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return ERR_INVALID;
    }
    if (!is_negative && __builtin_sub_overflow(0, value, &value))
        return ERR_INVALID;
    *ret_value = value;
    return OK;
}

struct text text_lower_ascii(struct arena *a, struct text t)
{
    if (t.at == NULL)
        return TEXT_NONE;
    char *copy = text_cstr(a, t);
    for (size_t i = 0; i < t.len; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] + ('a' - 'A'));
    return (struct text){ copy, t.len };
}

struct buf buf_new(struct arena *a, size_t max)
{
    return (struct buf){ .arena = a, .max = max };
}

/* Makes room for `want` more bytes, or for as many as the maximum allows; tells how many. */
static size_t buf_room(struct buf *b, size_t want)
{
    if (want > b->max - b->len) {
        want = b->max - b->len;
        b->full = true;
    }
    if (want > b->cap - b->len) {
        size_t cap = b->cap < 256 ? 512 : b->cap * 2;
        if (cap < b->len + want)
            cap = b->len + want;
        if (cap > b->max)
            cap = b->max;
        b->at = arena_grow(b->arena, b->at, b->cap, cap);
        b->cap = cap;
    }
    return want;
}

void buf_add(struct buf *b, struct text t)
{
    size_t count = t.len <= b->cap - b->len ? t.len : buf_room(b, t.len);
    if (count > 0)
        memcpy(b->at + b->len, t.at, count);
    b->len += count;
}

void buf_cstr(struct buf *b, const char *s)
{
    buf_add(b, text_of(s));
}

void buf_char(struct buf *b, char c)
{
    if (b->len < b->cap || buf_room(b, 1) == 1)
        b->at[b->len++] = c;
}

char *buf_extend(struct buf *b, size_t len)
{
    if (len > b->cap - b->len && buf_room(b, len) < len)
        return NULL;
    char *at = b->at + b->len;
    b->len += len;
    return at;
}

void buf_int(struct buf *b, int64_t v)
{
    char digits[20];
    char *end = digits + sizeof digits, *at = end;
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (v < 0)
        *--at = '-';
    buf_add(b, (struct text){ at, (size_t)(end - at) });
}

void buf_format(struct buf *b, const char *format, ...)
{
    char small[512];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, format, args);
    assert(len >= 0);
    if ((size_t)len < sizeof small)
        buf_add(b, (struct text){ small, (size_t)len });
    else
        buf_add(b, format_list(b->arena, format, again));
    va_end(again);
    va_end(args);
}

struct text buf_text(const struct buf *b)
{
    return (struct text){ b->at == NULL ? "" : b->at, b->len };
}

err buf_done(const struct buf *b, struct text *ret_text)
{
    if (b->full)
        return ERR_TOO_LARGE;
    *ret_text = buf_text(b);
    return OK;
}
