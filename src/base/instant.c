/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/value.h"

struct day {
    int64_t year;
    int month, day;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970-01-01 of a date in the Gregorian calendar. Years start in March here, so that
 * the leap day is the last one and the months' lengths follow one line. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year += floor_div(month - 1, 12);
    int64_t from_march = (month + 9) - floor_div(month + 9, 12) * 12;
    if (from_march >= 10)
        year--;
    return year * 365 + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) +
           (153 * from_march + 2) / 5 + day - 1 - 719468;
}

static struct day day_of(int64_t days)
{
    days += 719468;
    int64_t era = floor_div(days, 146097);
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    return (struct day){
        .year = year + era * 400 + (month <= 2),
        .month = (int)month,
        .day = (int)(of_year - (153 * from_march + 2) / 5 + 1),
    };
}

static int month_length(int64_t year, int month)
{
    return (int)(days_of(year, month + 1, 1) - days_of(year, month, 1));
}

static char *digits_put(char *at, int count, int64_t value)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

size_t date_write(struct instant t, char out[INSTANT_TEXT_MAX])
{
    struct day d = day_of(floor_div(t.us, DAY_US));
    char *at = out;
    if (d.year < 0 || d.year > 9999) /* outside RFC 3339: as ISO 8601 extends it */
        *at++ = d.year < 0 ? '-' : '+';
    int64_t year = d.year < 0 ? -d.year : d.year;
    at = digits_put(at, year > 9999 ? 6 : 4, year);
    *at++ = '-';
    at = digits_put(at, 2, d.month);
    *at++ = '-';
    at = digits_put(at, 2, d.day);
    return (size_t)(at - out);
}

size_t instant_write(struct instant t, char out[INSTANT_TEXT_MAX])
{
    int64_t of_day = t.us % DAY_US + (t.us % DAY_US < 0 ? DAY_US : 0);
    int64_t seconds = of_day / SECOND_US, fraction = of_day % SECOND_US;
    char *at = out + date_write(t, out);
    *at++ = 'T';
    at = digits_put(at, 2, seconds / 3600);
    *at++ = ':';
    at = digits_put(at, 2, seconds / 60 % 60);
    *at++ = ':';
    at = digits_put(at, 2, seconds % 60);
    if (fraction != 0) {
        *at++ = '.';
        at = digits_put(at, 6, fraction);
        while (at[-1] == '0')
            at--;
    }
    *at++ = 'Z';
    return (size_t)(at - out);
}

struct text instant_text(struct arena *a, struct instant t)
{
    char out[INSTANT_TEXT_MAX];
    return text_copy(a, (struct text){ out, instant_write(t, out) });
}

/* Takes exactly `count` digits off t. */
static bool digits_take(struct text *t, size_t count, int *ret_value)
{
    if (t->len < count)
        return false;
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (t->at[i] < '0' || t->at[i] > '9')
            return false;
        value = value * 10 + (t->at[i] - '0');
    }
    *t = (struct text){ t->at + count, t->len - count };
    *ret_value = value;
    return true;
}

static bool char_take(struct text *t, const char *any_of)
{
    if (t->len == 0)
        return false;
    for (; *any_of != '\0'; any_of++) {
        if (t->at[0] == *any_of) {
            *t = (struct text){ t->at + 1, t->len - 1 };
            return true;
        }
    }
    return false;
}

static bool date_take(struct text *t, int64_t *ret_days)
{
    int year, month, day;
    if (!digits_take(t, 4, &year) || !char_take(t, "-") || !digits_take(t, 2, &month) ||
        !char_take(t, "-") || !digits_take(t, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > month_length(year, month))
        return false;
    *ret_days = days_of(year, month, day);
    return true;
}

static bool time_take(struct text *t, int64_t *ret_us, bool *ret_is_leap)
{
    int hour, minute, second, digit;
    if (!digits_take(t, 2, &hour) || !char_take(t, ":") || !digits_take(t, 2, &minute) ||
        !char_take(t, ":") || !digits_take(t, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    int64_t us = hour * HOUR_US + minute * MINUTE_US + second * SECOND_US;
    if (char_take(t, ".")) {
        int64_t unit = SECOND_US / 10;
        if (!digits_take(t, 1, &digit))
            return false;
        do {
            us += digit * unit; /* past the sixth digit the unit is 0 */
            unit /= 10;
        } while (digits_take(t, 1, &digit));
    }
    *ret_us = us;
    *ret_is_leap = second == 60;
    return true;
}

static bool offset_take(struct text *t, int64_t *ret_us)
{
    *ret_us = 0;
    if (char_take(t, "Zz"))
        return true;
    bool is_west = t->len > 0 && t->at[0] == '-';
    int hours, minutes;
    if (!char_take(t, "+-") || !digits_take(t, 2, &hours) || !char_take(t, ":") ||
        !digits_take(t, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    int64_t east = hours * HOUR_US + minutes * MINUTE_US;
    *ret_us = is_west ? -east : east;
    return true;
}

err instant_parse(struct text t, struct instant *ret)
{
    int64_t days, of_day, offset;
    bool is_leap;
    if (!date_take(&t, &days) || !char_take(&t, "Tt") || !time_take(&t, &of_day, &is_leap) ||
        !offset_take(&t, &offset) || t.len != 0)
        return ERR_INVALID;
    int64_t us = days * DAY_US + of_day - offset;
    int64_t of_utc_day = us - floor_div(us, DAY_US) * DAY_US;
    if (is_leap && of_utc_day >= SECOND_US) /* a leap second is the last of a day in UTC */
        return ERR_INVALID;
    ret->us = us;
    return OK;
}

err date_parse(struct text t, struct instant *ret)
{
    int64_t days;
    if (!date_take(&t, &days) || t.len != 0)
        return ERR_INVALID;
    ret->us = days * DAY_US;
    return OK;
}

/* 01:00 UTC on the last Sunday of the month, in seconds. Both months asked for have 31 days. */
static int64_t clock_change(int64_t year, int month)
{
    int64_t last = days_of(year, month, 31);
    int64_t since_sunday = (last + 4) - floor_div(last + 4, 7) * 7; /* 1970-01-01: a Thursday */
    return (last - since_sunday) * 86400 + 3600;
}

static int offset_minutes(int64_t us)
{
    int64_t seconds = floor_div(us, SECOND_US);
    int64_t year = day_of(floor_div(seconds, 86400)).year;
    return seconds >= clock_change(year, 3) && seconds < clock_change(year, 10) ? 120 : 60;
}

struct civil civil_of(struct instant t)
{
    int offset = offset_minutes(t.us);
    int64_t local = floor_div(t.us, SECOND_US) + offset * 60;
    int64_t days = floor_div(local, 86400);
    int of_day = (int)(local - days * 86400);
    struct day d = day_of(days);
    return (struct civil){
        .year = (int)d.year,
        .month = d.month,
        .day = d.day,
        .hour = of_day / 3600,
        .minute = of_day / 60 % 60,
        .second = of_day % 60,
        .weekday = (int)((days + 3) - floor_div(days + 3, 7) * 7) + 1,
        .offset_minutes = offset,
    };
}

struct instant civil_to_instant(const struct civil *c)
{
    int64_t local = days_of(c->year, c->month, c->day) * DAY_US + c->hour * HOUR_US +
                    c->minute * MINUTE_US + c->second * SECOND_US;
    int64_t summer = local - 2 * HOUR_US;
    return (struct instant){ offset_minutes(summer) == 120 ? summer : local - HOUR_US };
}
