/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/shop/shop.h"

struct shop_opening shop_opening_of(const struct shop_span *spans, size_t count,
                                    const struct civil *c)
{
    struct shop_opening result = { false, INT_NONE, INT_NONE };
    int64_t minute = c->hour * 60 + c->minute;
    for (size_t i = 0; i < count; i++) {
        if (spans[i].weekday != c->weekday)
            continue;
        if (spans[i].opens <= minute && minute < spans[i].closes)
            return (struct shop_opening){ true, INT_NONE, spans[i].closes };
        if (spans[i].opens > minute &&
            (result.opens_at == INT_NONE || spans[i].opens < result.opens_at))
            result.opens_at = spans[i].opens;
    }
    return result;
}

static const char *const weekdays[] = { "mo", "tu", "we", "th", "fr", "sa", "su" };

static bool weekday_of(struct text t, int64_t *ret)
{
    for (int64_t i = 0; i < 7; i++)
        if (text_is(t, weekdays[i])) {
            *ret = i + 1;
            return true;
        }
    return false;
}

/* "08:30" */
static bool minute_of(struct text t, int64_t *ret)
{
    int64_t hour, minute;
    if (t.len != 5 || t.at[2] != ':' || text_int((struct text){ t.at, 2 }, &hour) != OK ||
        text_int((struct text){ t.at + 3, 2 }, &minute) != OK)
        return false;
    if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || hour * 60 + minute > 1440)
        return false;
    *ret = hour * 60 + minute;
    return true;
}

/* "mo-fr 08:30-18:00": the days, then the hours */
static err hours_part(struct text part, struct shop_span *spans, size_t *count)
{
    struct text days, first_day, first_hour;
    if (!text_split(&part, ' ', &days))
        return ERR_INVALID;
    struct text hours = text_trim(part), last_day = days, last_hour = hours;
    if (!text_split(&last_day, '-', &first_day) || !text_split(&last_hour, '-', &first_hour))
        return ERR_INVALID;
    int64_t from, to, opens, closes;
    if (!weekday_of(first_day, &from))
        return ERR_INVALID;
    to = from;
    if (last_day.len > 0 && !weekday_of(last_day, &to))
        return ERR_INVALID;
    if (!minute_of(first_hour, &opens) || !minute_of(last_hour, &closes) || opens >= closes ||
        to < from)
        return ERR_INVALID;
    for (int64_t day = from; day <= to; day++) {
        if (*count == 28)
            return ERR_INVALID;
        spans[(*count)++] = (struct shop_span){ day, opens, closes };
    }
    return OK;
}

err shop_hours_parse(struct text t, struct shop_span spans[28], size_t *ret_count)
{
    size_t count = 0;
    struct text part;
    while (text_split(&t, ';', &part))
        if (text_trim(part).len > 0)
            TRY(hours_part(text_trim(part), spans, &count));
    *ret_count = count;
    return OK;
}

bool iban_ok(struct text iban)
{
    if (iban.len < 15 || iban.len > 34)
        return false;
    unsigned remainder = 0;
    for (size_t i = 0; i < iban.len; i++) {
        char c = iban.at[(i + 4) % iban.len]; /* the first four count last */
        size_t at = (i + 4) % iban.len;
        bool digit = c >= '0' && c <= '9', letter = c >= 'A' && c <= 'Z';
        if ((at < 2 && !letter) || (at >= 2 && at < 4 && !digit) || (!digit && !letter))
            return false;
        unsigned value = digit ? (unsigned)(c - '0') : (unsigned)(c - 'A') + 10;
        remainder = (remainder * (digit ? 10 : 100) + value) % 97;
    }
    return remainder == 1;
}

bool bic_ok(struct text bic)
{
    for (size_t i = 0; i < bic.len; i++)
        if (!(bic.at[i] >= 'A' && bic.at[i] <= 'Z') &&
            !(i >= 6 && bic.at[i] >= '0' && bic.at[i] <= '9'))
            return false;
    return bic.len == 0 || bic.len == 8 || bic.len == 11;
}
