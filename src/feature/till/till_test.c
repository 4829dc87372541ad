/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/till/till.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_request(void **state)
{
    (void)state;
    const struct {
        enum request_state stored;
        int64_t expires_at, now;
        enum request_state shown;
        err expected;
    } cases[] = {
        { REQUEST_OPEN, 100, 99, REQUEST_OPEN, OK },
        { REQUEST_OPEN, 100, 100, REQUEST_EXPIRED, ERR_TILL_REQUEST_EXPIRED },
        { REQUEST_PAID, 100, 200, REQUEST_PAID, ERR_TILL_REQUEST_PAID },
        { REQUEST_CANCELLED, 100, 50, REQUEST_CANCELLED, ERR_TILL_REQUEST_CANCELLED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct till_request_get r = { .state = (int64_t)cases[i].stored,
                                      .expires_at = { cases[i].expires_at } };
        struct instant now = { cases[i].now };
        assert_int_equal(till_request_state(&r, now), cases[i].shown);
        assert_int_equal(till_request_check(&r, now), cases[i].expected);
    }
}

static struct instant at(int month, int day, int hour)
{
    return civil_to_instant(
        &(struct civil){ .year = 2026, .month = month, .day = day, .hour = hour });
}

/* Payouts on Tuesdays: what is taken by Monday is in Tuesday's payout and at the bank on Wednesday. */
static void test_bank_day(void **state)
{
    (void)state;
    const struct {
        int month, day;
        int64_t payout_weekday;
        int bank_month, bank_day;
    } cases[] = {
        { 11, 23, 2, 11, 25 }, /* Monday: tomorrow's payout */
        { 11, 24, 2, 12, 2 },  /* Tuesday: too late for today's */
        { 11, 29, 2, 12, 2 },  /* Sunday */
        { 11, 24, 5, 11, 30 }, /* Friday's payout is at the bank on Monday */
        { 10, 24, 1, 10, 27 }, /* over the change to winter time */
        { 12, 30, 5, 1, 4 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil c =
            civil_of(till_bank_day(at(cases[i].month, cases[i].day, 15), cases[i].payout_weekday));
        assert_int_equal(c.month, cases[i].bank_month);
        assert_int_equal(c.day, cases[i].bank_day);
        assert_int_equal(c.hour, 12);
    }
}

/* An approval of a Friday is at the bank on Monday, and still on its way that day. */
static void test_on_the_way(void **state)
{
    (void)state;
    const struct {
        int day, since_day;
    } cases[] = { { 23, 20 }, { 24, 23 }, { 27, 26 }, { 28, 27 }, { 29, 27 }, { 30, 27 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil c = civil_of(till_on_the_way_since(at(11, cases[i].day, 15)));
        assert_int_equal(c.day, cases[i].since_day);
        assert_int_equal(c.hour, 0);
    }
}

static void test_shop_of(void **state)
{
    (void)state;
    struct actor cashier = { .roles = ROLE_CASHIER,
                             .grants = { { ROLE_CASHIER, 5 } },
                             .grant_count = 1 };
    struct actor nobody = { 0 };
    struct shop_id shop;
    assert_int_equal(till_shop_of(&cashier, &shop), OK);
    assert_true(shop.v == 5);
    assert_int_equal(till_shop_of(&nobody, &shop), ERR_TILL_NO_SHOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_bank_day),
        cmocka_unit_test(test_on_the_way),
        cmocka_unit_test(test_shop_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
