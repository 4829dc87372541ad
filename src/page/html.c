/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void name_add(char name[12], uint8_t *len, char c)
{
    if (*len < 12)
        name[(*len)++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool name_is(const char name[12], uint8_t len, const char *word)
{
    return len == strlen(word) && memcmp(name, word, len) == 0;
}

static void tag_start(struct html_state *s, bool closing)
{
    s->place = HTML_TAG_NAME;
    s->closing = closing;
    s->tag_len = s->attribute_len = 0;
}

static void tag_end(struct html_state *s)
{
    bool raw = name_is(s->tag, s->tag_len, "script") || name_is(s->tag, s->tag_len, "style");
    s->place = raw && !s->closing ? HTML_RAW : HTML_TEXT;
}

static void feed_tag(struct html_state *s, char c)
{
    if (c == '>') {
        tag_end(s);
    } else if (c == '"' || c == '\'') {
        s->place = HTML_VALUE;
        s->quote = c;
    } else if (s->place == HTML_TAG_NAME) {
        if (is_space(c) || c == '/')
            s->place = HTML_TAG;
        else
            name_add(s->tag, &s->tag_len, c);
    } else if (c != '=' && !is_space(c)) {
        if (is_space(s->last) || s->last == '"' || s->last == '\'' || s->last == '/')
            s->attribute_len = 0;
        name_add(s->attribute, &s->attribute_len, c);
    }
}

void html_feed(struct html_state *s, struct text literal)
{
    for (size_t i = 0; i < literal.len; i++) {
        char c = literal.at[i];
        switch (s->place) {
        case HTML_TEXT:
            if (s->last == '<' && (is_letter(c) || c == '/' || c == '!')) {
                tag_start(s, c == '/');
                if (c != '/')
                    feed_tag(s, c);
            }
            break;
        case HTML_RAW:
            if (s->last == '<' && c == '/')
                tag_start(s, true);
            break;
        case HTML_VALUE:
            if (c == s->quote)
                s->place = HTML_TAG;
            break;
        case HTML_TAG_NAME:
        case HTML_TAG:
            feed_tag(s, c);
            break;
        }
        s->last = c;
    }
}

bool html_attribute_is_url(const struct html_state *s)
{
    static const char *const urls[] = { "href", "src", "action", "formaction", "poster", "data" };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        if (name_is(s->attribute, s->attribute_len, urls[i]))
            return true;
    }
    return false;
}

bool html_attribute_is_code(const struct html_state *s)
{
    return (s->attribute_len > 2 && memcmp(s->attribute, "on", 2) == 0) ||
           name_is(s->attribute, s->attribute_len, "style") ||
           name_is(s->attribute, s->attribute_len, "srcdoc");
}

void html_escape(struct buf *out, struct text t)
{
    static const struct text escapes[256] = {
        ['&'] = { "&amp;", 5 },  ['<'] = { "&lt;", 4 },   ['>'] = { "&gt;", 4 },
        ['"'] = { "&quot;", 6 }, ['\''] = { "&#39;", 5 },
    };
    size_t from = 0;
    for (size_t i = 0; i < t.len; i++) {
        const struct text *escape = &escapes[(unsigned char)t.at[i]];
        if (escape->len != 0) {
            buf_add(out, (struct text){ t.at + from, i - from });
            buf_add(out, *escape);
            from = i + 1;
        }
    }
    if (from < t.len)
        buf_add(out, (struct text){ t.at + from, t.len - from });
}

bool html_url_ok(struct text url)
{
    static const char *const schemes[] = { "http", "https", "mailto", "tel", "geo" };
    size_t len = 0;
    while (len < url.len && memchr(":/?#", url.at[len], 4) == NULL)
        len++;
    if (len == url.len || url.at[len] != ':')
        return true;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (len == strlen(schemes[i]) && strncasecmp(url.at, schemes[i], len) == 0)
            return true;
    }
    return false;
}
