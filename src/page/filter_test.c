/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct instant at(const char *text)
{
    struct instant t;
    assert_int_equal(instant_parse(text_of(text), &t), OK);
    return t;
}

static const char *filtered(struct arena *a, const char *lang, const char *filter,
                            const struct view *v)
{
    struct filter_context c = { a, at("2026-11-24T13:05:00Z"), texts_lang(lang) };
    struct buf out = buf_new(a, 10000);
    filter_fn *f = filter_find(text_of(filter));
    assert_non_null(f);
    bool done = f(&c, v, &out);
    if (!done)
        assert_int_equal(out.len, 0);
    return done ? text_cstr(a, buf_text(&out)) : "(no)";
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *filter;
        int64_t value;
        const char *nl, *en, *de;
    } cases[] = {
        { "coins", 0, "0", "0", "0" },
        { "coins", 5, "0,05", "0.05", "0,05" },
        { "coins", 700, "7", "7", "7" },
        { "coins", 750, "7,50", "7.50", "7,50" },
        { "coins", -750, "-7,50", "-7.50", "-7,50" },
        { "euros", 0, "0,00", "0.00", "0,00" },
        { "euros", 700, "7,00", "7.00", "7,00" },
        { "euros", -123450, "-1.234,50", "-1,234.50", "-1.234,50" },
        { "coins", 123456789, "1.234.567,89", "1,234,567.89", "1.234.567,89" },
        { "coins", INT64_MIN, "-92.233.720.368.547.758,08", "-92,233,720,368,547,758.08",
          "-92.233.720.368.547.758,08" },
        { "number", 999, "999", "999", "999" },
        { "number", 1000, "1.000", "1,000", "1.000" },
        { "number", -1002003, "-1.002.003", "-1,002,003", "-1.002.003" },
        { "distance", 0, "0 m", "0 m", "0 m" },
        { "distance", 99, "99 m", "99 m", "99 m" },
        { "distance", 347, "350 m", "350 m", "350 m" },
        { "distance", 996, "1 km", "1 km", "1 km" },
        { "distance", 1234, "1,2 km", "1.2 km", "1,2 km" },
        { "distance", 9949, "9,9 km", "9.9 km", "9,9 km" },
        { "distance", 9950, "10 km", "10 km", "10 km" },
        { "distance", 1234567, "1.235 km", "1,235 km", "1.235 km" },
        { "distance", -1, "(no)", "(no)", "(no)" },
        { "minutes", 1, "1 minuut", "1 minute", "1 Minute" },
        { "minutes", 45, "45 minuten", "45 minutes", "45 Minuten" },
        { "minutes", 0, "0 minuten", "0 minutes", "0 Minuten" },
        { "date", 5, "(no)", "(no)", "(no)" },
        { "query", 5, "(no)", "(no)", "(no)" },
        { "lines", 5, "(no)", "(no)", "(no)" },
        { "json", 5, "5", "5", "5" },
    };
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct view v = { .kind = VIEW_INT, .integer = cases[i].value };
        assert_string_equal(filtered(a, "nl", cases[i].filter, &v), cases[i].nl);
        assert_string_equal(filtered(a, "en", cases[i].filter, &v), cases[i].en);
        assert_string_equal(filtered(a, "de", cases[i].filter, &v), cases[i].de);
    }
    struct view v = { .kind = VIEW_MICRO, .integer = INT64_C(-1234050000) };
    assert_string_equal(filtered(a, "nl", "number", &v), "-1.234,05");
    v.integer = 2000000;
    assert_string_equal(filtered(a, "nl", "number", &v), "2");
    v.integer = 1;
    assert_string_equal(filtered(a, "en", "number", &v), "0.000001");
    arena_free(a);
}

static void test_moments(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *value, *nl, *en, *de;
    } cases[] = {
        { "date", "2026-11-24T13:05:00Z", "dinsdag 24 november", "Tuesday 24 November",
          "Dienstag, 24. November" },
        { "date", "2027-03-07T12:00:00Z", "zondag 7 maart 2027", "Sunday 7 March 2027",
          "Sonntag, 7. März 2027" },
        { "date", "2026-12-31T23:30:00Z", "vrijdag 1 januari 2027", "Friday 1 January 2027",
          "Freitag, 1. Januar 2027" },
        { "time", "2026-11-24T13:05:00Z", "14:05", "14:05", "14:05" },
        { "time", "2026-07-01T22:00:59Z", "00:00", "00:00", "00:00" },
        { "datetime", "2026-05-04T07:09:00Z", "maandag 4 mei om 09:09", "Monday 4 May at 09:09",
          "Montag, 4. Mai um 09:09 Uhr" },
        { "day", "2026-11-24T22:59:00Z", "vandaag", "today", "heute" },
        { "day", "2026-11-24T23:00:00Z", "morgen", "tomorrow", "morgen" },
        { "day", "2026-11-23T22:59:00Z", "gisteren", "yesterday", "gestern" },
        { "day", "2026-11-22T22:59:00Z", "zondag 22 november", "Sunday 22 November",
          "Sonntag, 22. November" },
        { "day", "2025-11-24T12:00:00Z", "maandag 24 november 2025", "Monday 24 November 2025",
          "Montag, 24. November 2025" },
    };
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct view v = { .kind = VIEW_INSTANT, .instant = at(cases[i].value) };
        assert_string_equal(filtered(a, "nl", cases[i].filter, &v), cases[i].nl);
        assert_string_equal(filtered(a, "en", cases[i].filter, &v), cases[i].en);
        assert_string_equal(filtered(a, "de", cases[i].filter, &v), cases[i].de);
    }
    struct view date = { .kind = VIEW_TEXT, .text = TEXT("2026-11-25") };
    assert_string_equal(filtered(a, "nl", "date", &date), "woensdag 25 november");
    assert_string_equal(filtered(a, "nl", "day", &date), "morgen");
    date.text = TEXT("2026-11-25T08:00:00+01:00");
    assert_string_equal(filtered(a, "nl", "time", &date), "08:00");
    static const char *const bad[] = { "", "x", "2026-13-01", "2026-11-25 <b>" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        date.text = text_of(bad[i]);
        assert_string_equal(filtered(a, "nl", "date", &date), "(no)");
    }
    arena_free(a);
}

/* The days of 23 and 25 hours. */
static void test_day_at_clock_change(void **state)
{
    (void)state;
    static const struct {
        const char *now, *value, *expected;
    } cases[] = {
        { "2026-03-28T22:30:00Z", "2026-03-28T23:30:00Z", "tomorrow" },
        { "2026-03-28T23:30:00Z", "2026-03-29T21:59:00Z", "today" },
        { "2026-03-28T23:30:00Z", "2026-03-29T22:00:00Z", "tomorrow" },
        { "2026-10-24T22:30:00Z", "2026-10-25T22:59:00Z", "today" },
        { "2026-10-25T22:30:00Z", "2026-10-24T22:00:00Z", "today" },
        { "2026-10-25T22:30:00Z", "2026-10-24T21:59:00Z", "yesterday" },
    };
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filter_context c = { a, at(cases[i].now), texts_lang("en") };
        struct view v = { .kind = VIEW_INSTANT, .instant = at(cases[i].value) };
        struct buf out = buf_new(a, 100);
        assert_true(filter_find(TEXT("day"))(&c, &v, &out));
        assert_string_equal(text_cstr(a, buf_text(&out)), cases[i].expected);
    }
    arena_free(a);
}

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *value, *expected;
    } cases[] = {
        { "query", "", "" },
        { "query", "a b+c/d?e&f=g", "a%20b%2Bc%2Fd%3Fe%26f%3Dg" },
        { "query", "\xc3\xa9~-._", "%C3%A9~-._" },
        { "lines", "", "" },
        { "lines", "a", "a" },
        { "lines", "a\n\nb\r\n", "a<br><br>b<br>" },
        { "lines", "\r<x>\n&", "\r&lt;x&gt;<br>&amp;" },
        { "json", "a\"b", "&quot;a\\&quot;b&quot;" },
        { "coins", "<b>", "(no)" },
    };
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct view v = { .kind = VIEW_TEXT, .text = text_of(cases[i].value) };
        assert_string_equal(filtered(a, "nl", cases[i].filter, &v), cases[i].expected);
    }
    struct view t = { .kind = VIEW_INSTANT, .instant = at("2026-11-24T13:05:00Z") };
    assert_string_equal(filtered(a, "nl", "query", &t), "2026-11-24T13%3A05%3A00Z");
    arena_free(a);
}

static void test_addresses(void **state)
{
    (void)state;
    static const char *const good[] = { "",           "/a:b",    "a/b:c",     "?x=a:b",
                                        "#a:b",       "x",       "https://x", "HTTP:x",
                                        "mailto:a@b", "tel:+31", "geo:1,2" };
    static const char *const bad[] = {
        "javascript:x", " javascript:x", "java\nscript:x", "data:x",
        ":x",           "https\t:x",     "vbscript:x",     "httpx:x"
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(html_url_ok(text_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(html_url_ok(text_of(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_day_at_clock_change),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
