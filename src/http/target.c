/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* A segment of a path, decoded. What would change the path's shape once decoded is not there. */
static err segment_decode(struct arena *a, struct text raw, struct text *ret)
{
    char *out = arena_alloc(a, raw.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];
        if (c == '%') {
            int high = i + 2 < raw.len ? hex_digit(raw.at[i + 1]) : -1;
            int low = i + 2 < raw.len ? hex_digit(raw.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return ERR_BAD_ADDRESS;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return ERR_BAD_ADDRESS;
        if (c == '/' || c == '\\')
            return ERR_NOT_FOUND;
        out[len++] = c;
    }
    struct text t = { out, len };
    if (len == 0 || text_is(t, ".") || text_is(t, ".."))
        return ERR_NOT_FOUND;
    if (!text_utf8_ok(t))
        return ERR_BAD_ADDRESS;
    *ret = t;
    return OK;
}

/* Absolute form (RFC 9112, 3.2.2): proxies may send "http://host/path". */
static struct text origin_form(struct text uri)
{
    size_t scheme = text_starts(uri, "http://") ? 7 : text_starts(uri, "https://") ? 8 : 0;
    if (scheme == 0)
        return uri;
    size_t at = scheme;
    while (at < uri.len && uri.at[at] != '/' && uri.at[at] != '?')
        at++;
    return (struct text){ uri.at + at, uri.len - at };
}

err target_parse(struct arena *a, const char *uri, struct target *ret)
{
    struct target t = { .query = TEXT_NONE };
    struct text rest = origin_form(text_of(uri));
    const char *mark = rest.len == 0 ? NULL : memchr(rest.at, '?', rest.len);
    t.path = rest;
    if (mark != NULL) {
        t.path.len = (size_t)(mark - rest.at);
        t.query = (struct text){ mark + 1, rest.len - t.path.len - 1 };
    }
    if (t.path.len == 0 || t.path.at[0] != '/' || memchr(rest.at, '#', rest.len) != NULL)
        return ERR_BAD_ADDRESS;
    for (size_t start = 1; start < t.path.len;) {
        const char *slash = memchr(t.path.at + start, '/', t.path.len - start);
        size_t end = slash == NULL ? t.path.len : (size_t)(slash - t.path.at);
        if (t.segment_count == SEGMENTS_MAX || end + 1 == t.path.len)
            return ERR_NOT_FOUND; /* too deep, or a slash at the end */
        TRY(segment_decode(a, (struct text){ t.path.at + start, end - start },
                           &t.segments[t.segment_count]));
        t.segment_count++;
        start = end + 1;
    }
    *ret = t;
    return OK;
}

bool target_is_local(struct text path)
{
    if (path.at == NULL || path.len == 0 || path.len > 1024 || path.at[0] != '/')
        return false;
    if (path.len > 1 && (path.at[1] == '/' || path.at[1] == '\\'))
        return false;
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.at[i] <= 0x20 || (unsigned char)path.at[i] >= 0x7f)
            return false;
    return true;
}

void target_encode(struct buf *b, struct text t)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] != '\0' && strchr(plain, t.at[i]) != NULL)
            buf_char(b, t.at[i]);
        else
            buf_format(b, "%%%02X", (unsigned)(unsigned char)t.at[i]);
    }
}
