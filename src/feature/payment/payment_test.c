/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/payment/payment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_choose(void **state)
{
    (void)state;
    /* in the order the statement gives: soonest to expire first, then by issuer */
    const struct payment_wallet coins[] = {
        { { 1 }, 20261231, { 300 }, { 100 } },
        { { 2 }, EXPIRES_NEVER, { 500 }, { 0 } },
        { { 3 }, EXPIRES_NEVER, { 50 }, { 50 } },
        { { 4 }, EXPIRES_NEVER, { 1000 }, { 0 } },
    };
    const struct {
        int64_t amount;
        err expected;
        size_t count;
        int64_t parts[3];
    } cases[] = {
        { 1, OK, 1, { 1 } },
        { 200, OK, 1, { 200 } },
        { 201, OK, 2, { 200, 1 } },
        { 700, OK, 2, { 200, 500 } },
        { 1700, OK, 3, { 200, 500, 1000 } },
        { 1701, ERR_PAYMENT_TOO_LITTLE, 0, { 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct payment_part parts[PAYMENT_PARTS_MAX];
        size_t count = 0;
        assert_int_equal(payment_choose(coins, 4, (struct coins){ cases[i].amount }, parts, &count),
                         cases[i].expected);
        assert_int_equal(count, cases[i].count);
        for (size_t p = 0; p < count; p++)
            assert_int_equal(parts[p].amount.cents, cases[i].parts[p]);
    }
    size_t none = 0;
    struct payment_part parts[PAYMENT_PARTS_MAX];
    assert_int_equal(payment_choose(NULL, 0, (struct coins){ 1 }, parts, &none),
                     ERR_PAYMENT_TOO_LITTLE);
}

static void test_payer(void **state)
{
    (void)state;
    struct actor cashier = { .roles = ROLE_CASHIER | ROLE_RESIDENT,
                             .grants = { { ROLE_RESIDENT, 0 }, { ROLE_CASHIER, 5 } },
                             .grant_count = 2 };
    assert_int_equal(payment_check_payer(&cashier, (struct shop_id){ 5 }), ERR_PAYMENT_OWN_SHOP);
    assert_int_equal(payment_check_payer(&cashier, (struct shop_id){ 6 }), OK);
}

static void test_refund(void **state)
{
    (void)state;
    const struct coins left[] = { { 200 }, { 500 }, { 0 } };
    const struct {
        int64_t amount;
        err expected;
        int64_t shares[3];
    } cases[] = {
        { 1, OK, { 0, 1, 0 } },
        { 500, OK, { 0, 500, 0 } },
        { 501, OK, { 1, 500, 0 } },
        { 700, OK, { 200, 500, 0 } },
        { 701, ERR_REFUND_TOO_MUCH, { -1, -1, -1 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct coins shares[PAYMENT_PARTS_MAX] = { { -1 }, { -1 }, { -1 } };
        assert_int_equal(payment_spread_refund(left, 3, (struct coins){ cases[i].amount }, shares),
                         cases[i].expected);
        for (size_t p = 0; p < 3; p++)
            assert_int_equal(shares[p].cents, cases[i].shares[p]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_payer),
        cmocka_unit_test(test_refund),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
