/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <string.h>

/* In the order of page_langs: nl, en, de. */
static const char *const months[LANG_COUNT][12] = {
    { "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
      "oktober", "november", "december" },
    { "January", "February", "March", "April", "May", "June", "July", "August", "September",
      "October", "November", "December" },
    { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
      "November", "Dezember" },
};
static const char *const weekdays[LANG_COUNT][7] = {
    { "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag" },
    { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" },
    { "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag" },
};
static const struct {
    char decimal, group;
    const char *yesterday, *today, *tomorrow;
    const char *minute, *minutes;
    const char *after_weekday, *after_day; /* "Dienstag, 24. November" */
    const char *before_time, *after_time;
} words[LANG_COUNT] = {
    { ',', '.', "gisteren", "vandaag", "morgen", "minuut", "minuten", " ", " ", " om ", "" },
    { '.', ',', "yesterday", "today", "tomorrow", "minute", "minutes", " ", " ", " at ", "" },
    { ',', '.', "gestern", "heute", "morgen", "Minute", "Minuten", ", ", ". ", " um ", " Uhr" },
};

/* 1234567 → "1.234.567" */
static void add_grouped(const struct filter_context *c, struct buf *out, uint64_t value)
{
    if (value >= 1000) {
        add_grouped(c, out, value / 1000);
        buf_char(out, words[c->lang].group);
        buf_format(out, "%03d", (int)(value % 1000));
    } else {
        buf_int(out, (int64_t)value);
    }
}

static uint64_t add_sign(struct buf *out, int64_t value)
{
    if (value >= 0)
        return (uint64_t)value;
    buf_char(out, '-');
    return 0 - (uint64_t)value;
}

static bool filter_coins(const struct filter_context *c, const struct view *v, struct buf *out)
{
    if (v->kind != VIEW_INT)
        return false;
    uint64_t cents = add_sign(out, v->integer);
    add_grouped(c, out, cents / 100);
    if (cents % 100 != 0) {
        buf_char(out, words[c->lang].decimal);
        buf_format(out, "%02d", (int)(cents % 100));
    }
    return true;
}

/* Bank money is always written in full: "7,00". */
static bool filter_euros(const struct filter_context *c, const struct view *v, struct buf *out)
{
    if (v->kind != VIEW_INT)
        return false;
    uint64_t cents = add_sign(out, v->integer);
    add_grouped(c, out, cents / 100);
    buf_char(out, words[c->lang].decimal);
    buf_format(out, "%02d", (int)(cents % 100));
    return true;
}

static bool filter_number(const struct filter_context *c, const struct view *v, struct buf *out)
{
    if (v->kind != VIEW_INT && v->kind != VIEW_MICRO)
        return false;
    uint64_t value = add_sign(out, v->integer);
    if (v->kind == VIEW_INT) {
        add_grouped(c, out, value);
        return true;
    }
    add_grouped(c, out, value / 1000000);
    int rest = (int)(value % 1000000);
    int digits = 6;
    for (; rest != 0 && rest % 10 == 0; digits--)
        rest /= 10;
    if (rest != 0) {
        buf_char(out, words[c->lang].decimal);
        buf_format(out, "%0*d", digits, rest);
    }
    return true;
}

/* Tens of metres from 100 m, tenths of a kilometre from 1 km, kilometres from 10 km: more would
 * promise what a straight line over a map can't keep. */
static bool filter_distance(const struct filter_context *c, const struct view *v, struct buf *out)
{
    if (v->kind != VIEW_INT || v->integer < 0)
        return false;
    int64_t metres = v->integer;
    if (metres >= 9950) {
        add_grouped(c, out, (uint64_t)metres / 1000 + (metres % 1000 >= 500));
        buf_cstr(out, " km");
        return true;
    }
    if (metres >= 100 && metres < 1000)
        metres = (metres + 5) / 10 * 10;
    if (metres < 1000) {
        buf_format(out, "%d m", (int)metres);
        return true;
    }
    int tenths = (int)(metres + 50) / 100;
    buf_int(out, tenths / 10);
    if (tenths % 10 != 0)
        buf_format(out, "%c%d", words[c->lang].decimal, tenths % 10);
    buf_cstr(out, " km");
    return true;
}

static bool filter_minutes(const struct filter_context *c, const struct view *v, struct buf *out)
{
    if (v->kind != VIEW_INT)
        return false;
    add_grouped(c, out, add_sign(out, v->integer));
    buf_char(out, ' ');
    buf_cstr(out, v->integer == 1 ? words[c->lang].minute : words[c->lang].minutes);
    return true;
}

/* A moment, or a text that is one: a view keeps a date as "2026-11-24". */
static bool moment_of(const struct view *v, struct instant *ret)
{
    if (v->kind == VIEW_INSTANT) {
        *ret = v->instant;
        return v->instant.us != 0;
    }
    if (v->kind != VIEW_TEXT)
        return false;
    return date_parse(v->text, ret) == OK || instant_parse(v->text, ret) == OK;
}

/* The year is told only when it isn't this one. */
static void add_date(const struct filter_context *c, struct buf *out, const struct civil *day)
{
    buf_cstr(out, weekdays[c->lang][(day->weekday + 6) % 7]);
    buf_cstr(out, words[c->lang].after_weekday);
    buf_int(out, day->day);
    buf_cstr(out, words[c->lang].after_day);
    buf_cstr(out, months[c->lang][(day->month + 11) % 12]);
    if (day->year != civil_of(c->now).year) {
        buf_char(out, ' ');
        buf_int(out, day->year);
    }
}

static void add_time(struct buf *out, const struct civil *t)
{
    buf_format(out, "%02d:%02d", t->hour, t->minute);
}

static bool filter_date(const struct filter_context *c, const struct view *v, struct buf *out)
{
    struct instant t;
    if (!moment_of(v, &t))
        return false;
    struct civil day = civil_of(t);
    add_date(c, out, &day);
    return true;
}

static bool filter_time(const struct filter_context *c, const struct view *v, struct buf *out)
{
    (void)c;
    struct instant t;
    if (!moment_of(v, &t))
        return false;
    struct civil time = civil_of(t);
    add_time(out, &time);
    return true;
}

static bool filter_datetime(const struct filter_context *c, const struct view *v, struct buf *out)
{
    struct instant t;
    if (!moment_of(v, &t))
        return false;
    struct civil time = civil_of(t);
    add_date(c, out, &time);
    buf_cstr(out, words[c->lang].before_time);
    add_time(out, &time);
    buf_cstr(out, words[c->lang].after_time);
    return true;
}

/* Counted from noon: a day of 23 or 25 hours can't skip one. */
static bool is_day(struct instant now, int days, const struct civil *day)
{
    struct civil noon = civil_of(now);
    noon.hour = 12;
    noon.minute = noon.second = 0;
    struct civil other = civil_of((struct instant){ civil_to_instant(&noon).us + days * DAY_US });
    return other.year == day->year && other.month == day->month && other.day == day->day;
}

static bool filter_day(const struct filter_context *c, const struct view *v, struct buf *out)
{
    struct instant t;
    if (!moment_of(v, &t))
        return false;
    struct civil day = civil_of(t);
    if (is_day(c->now, 0, &day))
        buf_cstr(out, words[c->lang].today);
    else if (is_day(c->now, 1, &day))
        buf_cstr(out, words[c->lang].tomorrow);
    else if (is_day(c->now, -1, &day))
        buf_cstr(out, words[c->lang].yesterday);
    else
        add_date(c, out, &day);
    return true;
}

/* RFC 3986: everything but the unreserved characters. */
static bool filter_query(const struct filter_context *c, const struct view *v, struct buf *out)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";
    struct text t = v->kind == VIEW_TEXT      ? v->text
                    : v->kind == VIEW_INSTANT ? instant_text(c->arena, v->instant)
                                              : TEXT_NONE;
    if (t.at == NULL)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        if (memchr(unreserved, t.at[i], sizeof unreserved - 1) != NULL)
            buf_char(out, t.at[i]);
        else
            buf_format(out, "%%%02X", (unsigned)(unsigned char)t.at[i]);
    }
    return true;
}

static bool filter_lines(const struct filter_context *c, const struct view *v, struct buf *out)
{
    (void)c;
    if (v->kind != VIEW_TEXT)
        return false;
    struct text rest = v->text;
    while (rest.len > 0) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end == NULL ? rest.len : (size_t)(end - rest.at);
        size_t shown = len > 0 && rest.at[len - 1] == '\r' ? len - 1 : len;
        html_escape(out, (struct text){ rest.at, shown });
        if (end == NULL)
            break;
        buf_cstr(out, "<br>");
        rest = (struct text){ end + 1, rest.len - len - 1 };
    }
    return true;
}

static bool filter_json(const struct filter_context *c, const struct view *v, struct buf *out)
{
    struct text json;
    if (view_json(c->arena, v, out->max, &json) != OK)
        out->full = true;
    else
        html_escape(out, json);
    return true;
}

filter_fn *filter_find(struct text name)
{
    static const struct {
        const char *name;
        filter_fn *filter;
    } filters[] = {
        { "coins", filter_coins },       { "date", filter_date },
        { "datetime", filter_datetime }, { "day", filter_day },
        { "distance", filter_distance }, { "euros", filter_euros },
        { "json", filter_json },         { "lines", filter_lines },
        { "minutes", filter_minutes },   { "number", filter_number },
        { "query", filter_query },       { "time", filter_time },
    };
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        if (text_is(name, filters[i].name))
            return filters[i].filter;
    }
    return NULL;
}

bool filter_makes_html(filter_fn *f)
{
    return f == filter_lines;
}
