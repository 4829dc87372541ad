/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/log.h"
#include "base/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 22);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct instant at(const char *text)
{
    struct instant t = { 0 };
    if (instant_parse(text_of(text), &t) != OK)
        fail_msg("not an instant: %s", text);
    return t;
}

static void test_coins(void **state)
{
    (void)state;
    struct coins sum = { 7 };
    assert_true(coins_add((struct coins){ 250 }, (struct coins){ -50 }, &sum));
    assert_int_equal(sum.cents, 200);
    assert_false(coins_add((struct coins){ INT64_MAX }, (struct coins){ 1 }, &sum));
    assert_false(coins_sub((struct coins){ INT64_MIN }, (struct coins){ 1 }, &sum));
    assert_int_equal(sum.cents, 200);
    assert_true(coins_sub((struct coins){ INT64_MIN }, (struct coins){ -1 }, &sum));
    assert_int_equal(sum.cents, INT64_MIN + 1);
}

static void test_uuid(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7",
        "0190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7bb",
        "0190a5b27c3d7e4f8a1b2c3d4e5f6a7b",
        "0190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7g",
        "0190a5b2+7c3d-7e4f-8a1b-2c3d4e5f6a7b",
        "0190a5b-27c3d-7e4f-8a1b-2c3d4e5f6a7b",
        "{190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7}",
    };
    uint128 v = 0;
    uint8_t bytes[16];
    assert_int_equal(uuid_parse(TEXT("0190A5B2-7c3D-7e4f-8a1b-2c3d4e5f6a7b"), &v), OK);
    assert_true(text_is(uuid_text(arena, v), "0190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7b"));
    uuid_to_bytes(v, bytes);
    assert_int_equal(bytes[0], 0x01);
    assert_int_equal(bytes[15], 0x7b);
    assert_true(uuid_from_bytes(bytes) == v);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(uuid_parse(text_of(bad[i]), &v), ERR_INVALID);
    assert_int_equal(uuid_parse(TEXT_NONE, &v), ERR_INVALID);
    assert_true(text_is(uuid_text(arena, 0), "00000000-0000-0000-0000-000000000000"));
}

static void test_uuid7(void **state)
{
    (void)state;
    struct random_seeded seeded;
    struct random_source random = random_seeded(&seeded, 0);
    struct instant now = at("2026-11-24T20:15:32.123456Z");
    uint128 before = 0;
    for (int i = 0; i < 2000; i++, now.us += 3) {
        uint128 v = uuid7_make(now, &random);
        assert_int_equal((unsigned)(v >> 76) & 15, 7);
        assert_int_equal((unsigned)(v >> 62) & 3, 2);
        assert_int_equal(uuid7_time(v).us, now.us / 1000 * 1000);
        assert_true(v > before); /* in order also within a millisecond */
        before = v;
    }
    assert_true(uuid7_make(now, &random) != uuid7_make(now, &random));
    assert_int_equal(uuid7_time(0).us, 0);
    assert_int_equal(uuid7_time(before & ~((uint128)0xf << 76)).us, 0);
    assert_int_equal(uuid7_time(before & ~((uint128)3 << 62)).us, 0);
}

static void test_instant_text(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { -1, "1969-12-31T23:59:59.999999Z" },
        { 1, "1970-01-01T00:00:00.000001Z" },
        { 500000, "1970-01-01T00:00:00.5Z" },
        { 951782400 * SECOND_US, "2000-02-29T00:00:00Z" },
        { INT64_C(1709251199) * SECOND_US, "2024-02-29T23:59:59Z" },
        { INT64_C(4107542400) * SECOND_US, "2100-03-01T00:00:00Z" },
        { INT64_C(253402300799) * SECOND_US, "9999-12-31T23:59:59Z" },
        { INT64_C(-62167219200) * SECOND_US, "0000-01-01T00:00:00Z" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text t = instant_text(arena, (struct instant){ cases[i].us });
        assert_string_equal(t.at, cases[i].text);
        assert_int_equal(at(cases[i].text).us, cases[i].us);
    }
    char out[INSTANT_TEXT_MAX];
    assert_true(instant_write((struct instant){ INT64_MAX }, out) < sizeof out);
    assert_true(instant_write((struct instant){ INT64_MIN }, out) < sizeof out);
    assert_true(civil_of((struct instant){ INT64_MAX }).month <= 12);
    assert_true(civil_of((struct instant){ INT64_MIN }).month <= 12);
    assert_int_equal(date_write((struct instant){ -1 }, out), 10);
    assert_memory_equal(out, "1969-12-31", 10);
}

static void test_instant_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *same;
    } good[] = {
        { "2026-11-24T20:15:32+01:00", "2026-11-24T19:15:32Z" },
        { "2026-11-24t20:15:32z", "2026-11-24T20:15:32Z" },
        { "2026-01-01T00:30:00+14:00", "2025-12-31T10:30:00Z" },
        { "2025-12-31T23:30:00-00:30", "2026-01-01T00:00:00Z" },
        { "2026-11-24T20:15:32.1Z", "2026-11-24T20:15:32.100000Z" },
        { "2026-11-24T20:15:32.1234567899Z", "2026-11-24T20:15:32.123456Z" },
        { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
        { "2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z" },
    };
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-24",
        "2026-11-24T20:15:32",
        "2026-11-24 20:15:32Z",
        "2026-11-24T20:15Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T20:60:00Z",
        "2026-11-24T20:15:61Z",
        "2026-11-24T20:15:60Z",
        "2026-11-24T20:15:32.Z",
        "2026-11-24T20:15:32+0100",
        "2026-11-24T20:15:32+24:00",
        "2026-11-24T20:15:32+01:60",
        "2026-11-24T20:15:32Zx",
        "26-11-24T20:15:32Z",
        "+2026-11-24T20:15:32Z",
        "2026-1-24T20:15:32Z",
        "2026-11-24T20:15:32 01:00",
        "\331\242026-11-24T20:15:32Z",
    };
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(at(good[i].text).us, at(good[i].same).us);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct instant t = { 5 };
        if (instant_parse(text_of(bad[i]), &t) != ERR_INVALID)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(t.us, 5);
    }
    struct instant t;
    assert_int_equal(date_parse(TEXT("2026-11-24"), &t), OK);
    assert_int_equal(t.us, at("2026-11-24T00:00:00Z").us);
    assert_int_equal(date_parse(TEXT("2026-02-29"), &t), ERR_INVALID);
    assert_int_equal(date_parse(TEXT("2026-11-24 "), &t), ERR_INVALID);
    assert_int_equal(date_parse(TEXT("24-11-2026"), &t), ERR_INVALID);
}

static void test_civil(void **state)
{
    (void)state;
    static const struct {
        const char *utc;
        struct civil c;
    } cases[] = {
        { "2026-01-15T12:00:00Z", { 2026, 1, 15, 13, 0, 0, 4, 60 } },
        { "2026-07-15T12:30:45Z", { 2026, 7, 15, 14, 30, 45, 3, 120 } },
        { "2026-03-29T00:59:59Z", { 2026, 3, 29, 1, 59, 59, 7, 60 } },
        { "2026-03-29T01:00:00Z", { 2026, 3, 29, 3, 0, 0, 7, 120 } },
        { "2026-10-25T00:59:59Z", { 2026, 10, 25, 2, 59, 59, 7, 120 } },
        { "2026-10-25T01:00:00Z", { 2026, 10, 25, 2, 0, 0, 7, 60 } },
        { "2024-03-31T01:00:00Z",
          { 2024, 3, 31, 3, 0, 0, 7, 120 } }, /* a Sunday that is the 31st */
        { "2021-10-31T01:00:00Z", { 2021, 10, 31, 2, 0, 0, 7, 60 } },
        { "2025-03-30T00:59:59Z", { 2025, 3, 30, 1, 59, 59, 7, 60 } },
        { "2025-12-31T23:00:00Z", { 2026, 1, 1, 0, 0, 0, 4, 60 } },
        { "2024-02-29T23:30:00Z", { 2024, 3, 1, 0, 30, 0, 5, 60 } },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct civil c = civil_of(at(cases[i].utc)), e = cases[i].c;
        if (c.year != e.year || c.month != e.month || c.day != e.day || c.hour != e.hour ||
            c.minute != e.minute || c.second != e.second || c.weekday != e.weekday ||
            c.offset_minutes != e.offset_minutes)
            fail_msg("%s: %d-%d-%d %d:%d:%d day %d offset %d", cases[i].utc, c.year, c.month, c.day,
                     c.hour, c.minute, c.second, c.weekday, c.offset_minutes);
    }
}

static void test_civil_to_instant(void **state)
{
    (void)state;
    static const struct {
        struct civil c;
        const char *utc;
    } cases[] = {
        { { .year = 2026, .month = 1, .day = 15, .hour = 13 }, "2026-01-15T12:00:00Z" },
        { { .year = 2026, .month = 7, .day = 15, .hour = 14 }, "2026-07-15T12:00:00Z" },
        /* twice: the earlier one */
        { { .year = 2026, .month = 10, .day = 25, .hour = 2, .minute = 30 },
          "2026-10-25T00:30:00Z" },
        { { .year = 2026, .month = 10, .day = 25, .hour = 3 }, "2026-10-25T02:00:00Z" },
        /* never: as far behind the change as it says */
        { { .year = 2026, .month = 3, .day = 29, .hour = 2, .minute = 30 },
          "2026-03-29T01:30:00Z" },
        /* fields past their end carry on */
        { { .year = 2026, .month = 14, .day = 1, .hour = 1 }, "2027-02-01T00:00:00Z" },
        { { .year = 2026, .month = 12, .day = 32, .hour = 1 }, "2027-01-01T00:00:00Z" },
        { { .year = 2026, .month = 0, .day = 1, .hour = 1 }, "2025-12-01T00:00:00Z" },
        { { .year = 2026, .month = -11, .day = 1, .hour = 1 }, "2025-01-01T00:00:00Z" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(civil_to_instant(&cases[i].c).us, at(cases[i].utc).us);
}

/* The C library knows the same zone by itself. */
static void test_civil_like_the_system(void **state)
{
    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0/2,M10.5.0/3", 1);
    tzset();
    for (int64_t s = 820454400; s < INT64_C(4102444800); s += 12347 * 7) { /* 1996 to 2100 */
        time_t when = (time_t)s;
        struct tm tm;
        localtime_r(&when, &tm);
        struct civil c = civil_of((struct instant){ s * SECOND_US });
        assert_int_equal(c.year, tm.tm_year + 1900);
        assert_int_equal(c.month, tm.tm_mon + 1);
        assert_int_equal(c.day, tm.tm_mday);
        assert_int_equal(c.hour, tm.tm_hour);
        assert_int_equal(c.minute, tm.tm_min);
        assert_int_equal(c.second, tm.tm_sec);
        assert_int_equal(c.weekday % 7, tm.tm_wday);
        assert_int_equal(c.offset_minutes * 60, tm.tm_gmtoff);
        int64_t back = civil_to_instant(&c).us / SECOND_US;
        assert_true(back == s || back == s - 3600); /* the hour that is there twice */
    }
}

static void test_distance(void **state)
{
    (void)state;
    struct point heerlen = { 50888100, 5979500 }, maastricht = { 50851400, 5690900 };
    assert_int_equal(point_distance_m(heerlen, heerlen), 0);
    assert_in_range(point_distance_m(heerlen, maastricht), 20600, 20700);
    assert_int_equal(point_distance_m(heerlen, maastricht), point_distance_m(maastricht, heerlen));
    struct point pole = { 90000000, 0 }, other_pole = { -90000000, 0 };
    assert_int_equal(point_distance_m(pole, other_pole), 20015114);
    struct point east = { 0, 179999999 }, west = { 0, -179999999 };
    assert_in_range(point_distance_m(east, west), 0, 1); /* over the date line */
}

static void test_sources(void **state)
{
    (void)state;
    struct clock_fixed fixed = { 42 };
    struct clock clock = clock_fixed(&fixed);
    assert_int_equal(clock_now(&clock).us, 42);
    fixed.us = 43;
    assert_int_equal(clock_now(&clock).us, 43);
    assert_true(clock_now(&clock_system).us > at("2024-01-01T00:00:00Z").us);

    struct random_seeded one, same, other;
    struct random_source a = random_seeded(&one, 7), b = random_seeded(&same, 7),
                         c = random_seeded(&other, 8);
    unsigned char x[100], y[100], z[100];
    a.fill(a.self, x, sizeof x);
    b.fill(b.self, y, sizeof y);
    c.fill(c.self, z, sizeof z);
    assert_memory_equal(x, y, sizeof x);
    assert_memory_not_equal(x, z, sizeof x);
    random_system.fill(random_system.self, x, sizeof x);
    random_system.fill(random_system.self, y, sizeof y);
    assert_memory_not_equal(x, y, sizeof x);
}

/* What log_line wrote to standard error. */
static size_t log_catch(char *out, size_t size, enum log_level level, const char *value)
{
    int ends[2];
    int before = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_line(level, "test", "value=%s", value);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t got = read(ends[0], out, size - 1);
    close(ends[0]);
    out[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

static void test_log(void **state)
{
    (void)state;
    char line[4096], large[5000];
    log_catch(line, sizeof line, LOG_WARNING, "a\nlevel=error event=forged\x1b[2J");
    assert_non_null(strstr(line, " level=warning event=test value=a level=error event=forged"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strchr(line, 0x1b));
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    size_t len = log_catch(line, sizeof line, LOG_ERROR, large);
    assert_true(len > 1000 && len <= 2048);
    assert_int_equal(line[len - 1], '\n');
    assert_int_equal(log_catch(line, sizeof line, LOG_DEBUG, "quiet"), 0);
    log_level_set(LOG_DEBUG);
    assert_true(log_catch(line, sizeof line, LOG_DEBUG, "loud") > 0);
    log_level_set(LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coins),
        cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_uuid7),
        cmocka_unit_test(test_instant_text),
        cmocka_unit_test(test_instant_parse),
        cmocka_unit_test(test_civil),
        cmocka_unit_test(test_civil_to_instant),
        cmocka_unit_test(test_civil_like_the_system),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_log),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
