/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/shop/shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_hours(void **state)
{
    (void)state;
    const struct {
        const char *text;
        err expected;
        size_t count;
    } cases[] = {
        { "mo-fr 08:30-18:00; sa 09:00-17:00", OK, 6 },
        { "su 00:00-24:00", OK, 1 },
        { "mo-su 09:00-12:00; mo-su 13:00-18:00", OK, 14 },
        { "", OK, 0 },
        { "mo", ERR_INVALID, 0 },
        { "xx 09:00-10:00", ERR_INVALID, 0 },
        { "mo 10:00-09:00", ERR_INVALID, 0 },
        { "fr-mo 09:00-10:00", ERR_INVALID, 0 },
        { "mo 9:00-10:00", ERR_INVALID, 0 },
        { "mo 09:00-24:30", ERR_INVALID, 0 },
        { "mo-su 01:00-02:00; mo-su 03:00-04:00; mo-su 05:00-06:00; mo-su 07:00-08:00; mo 09:00-10:00",
          ERR_INVALID, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct shop_span spans[28];
        size_t count = 0;
        assert_int_equal(shop_hours_parse(text_of(cases[i].text), spans, &count),
                         cases[i].expected);
        assert_int_equal(count, cases[i].count);
    }
}

static void test_opening(void **state)
{
    (void)state;
    const struct shop_span spans[] = { { 1, 540, 720 }, { 1, 780, 1080 }, { 2, 600, 660 } };
    const struct {
        int weekday, hour, minute;
        bool open;
        int64_t opens_at, closes_at;
    } cases[] = {
        { 1, 8, 59, false, 540, INT_NONE },      { 1, 9, 0, true, INT_NONE, 720 },
        { 1, 12, 0, false, 780, INT_NONE },      { 1, 17, 59, true, INT_NONE, 1080 },
        { 1, 18, 0, false, INT_NONE, INT_NONE }, { 3, 10, 0, false, INT_NONE, INT_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil c = { .weekday = cases[i].weekday,
                           .hour = cases[i].hour,
                           .minute = cases[i].minute };
        struct shop_opening o = shop_opening_of(spans, 3, &c);
        assert_int_equal(o.is_open, cases[i].open);
        assert_int_equal(o.opens_at, cases[i].opens_at);
        assert_int_equal(o.closes_at, cases[i].closes_at);
    }
}

static void test_iban(void **state)
{
    (void)state;
    assert_true(iban_ok(TEXT("NL91ABNA0417164300")));
    assert_true(iban_ok(TEXT("BE68539007547034")));
    assert_true(iban_ok(TEXT("DE89370400440532013000")));
    assert_false(iban_ok(TEXT("NL92ABNA0417164300")));
    assert_false(iban_ok(TEXT("NL91 ABNA 0417 1643 00")));
    assert_false(iban_ok(TEXT("nl91abna0417164300")));
    assert_false(iban_ok(TEXT("NL91ABNA04171643O0")));
    assert_false(iban_ok(TEXT("")));
    assert_false(iban_ok(TEXT("9191ABNA0417164300")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_iban),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
