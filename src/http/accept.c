/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Content negotiation: RFC 9110, sections 12.5.1 (Accept), 12.5.3 (Accept-Encoding), 8.3. */
#include "http/server.h"

#include <strings.h>

static bool same(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

/* Takes one element of a list: its value and whether its weight is above 0. */
static bool element_next(struct text *rest, struct text *ret_value, bool *ret_wanted)
{
    struct text item, part;
    if (rest->len == 0 || !text_split(rest, ',', &item))
        return false;
    *ret_value = TEXT_NONE;
    *ret_wanted = true;
    for (bool first = true; item.len > 0 && text_split(&item, ';', &part); first = false) {
        part = text_trim(part);
        if (first)
            *ret_value = part;
        else if (part.len >= 3 && strncasecmp(part.at, "q=0", 3) == 0) {
            *ret_wanted = false;
            for (size_t i = 3; i < part.len; i++)
                if (part.at[i] >= '1' && part.at[i] <= '9')
                    *ret_wanted = true;
        }
    }
    return true;
}

/* How closely a range names a type: 0 not, 1 any, 2 its family, 3 exactly. */
static int closeness(struct text range, struct text type)
{
    if (same(range, type))
        return 3;
    if (text_is(range, "*/*"))
        return 1;
    if (range.len > 2 && text_ends(range, "/*") && type.len >= range.len &&
        strncasecmp(range.at, type.at, range.len - 1) == 0)
        return 2;
    return 0;
}

bool accept_has(const char *header, const char *media_type)
{
    if (header == NULL || header[0] == '\0')
        return true;
    struct text rest = text_of(header), range;
    bool wanted, accepted = false;
    int best = 0;
    while (element_next(&rest, &range, &wanted)) {
        int close = closeness(range, text_of(media_type));
        if (close > best) {
            best = close;
            accepted = wanted;
        }
    }
    return accepted;
}

bool accept_gzip(const char *header)
{
    struct text rest = text_of(header), coding;
    bool wanted, any = false;
    while (element_next(&rest, &coding, &wanted)) {
        if (same(coding, TEXT("gzip")))
            return wanted;
        if (text_is(coding, "*"))
            any = wanted;
    }
    return any;
}

bool accept_is_type(const char *content_type, const char *media_type)
{
    struct text rest = text_of(content_type), type;
    if (rest.len == 0 || !text_split(&rest, ';', &type))
        return false;
    return same(text_trim(type), text_of(media_type));
}
