/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void rewards(void **state)
{
    static const struct {
        int64_t cents, minutes;
        enum task_reward_fit fit;
    } cases[] = {
        { 1, 5, TASK_REWARD_FITS },          { 575, 60, TASK_REWARD_FITS },
        { 576, 60, TASK_REWARD_HIGH },       { 1725, 60, TASK_REWARD_HIGH },
        { 1726, 60, TASK_REWARD_REFUSED },   { 287, 30, TASK_REWARD_FITS },
        { 288, 30, TASK_REWARD_HIGH },       { 750, 90, TASK_REWARD_FITS },
        { 15000, 480, TASK_REWARD_REFUSED },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(task_reward_check((struct coins){ cases[i].cents }, cases[i].minutes,
                                           (struct coins){ TASK_GUIDE_CENTS }),
                         cases[i].fit);
}

static void sign_off(void **state)
{
    static const struct {
        const char *name;
        enum task_state state;
        int author, who;
        bool may;
        err sign_off;
    } cases[] = {
        { "a colleague", TASK_DRAFT, 1, 2, true, OK },
        { "one's own", TASK_DRAFT, 1, 1, true, ERR_TASK_OWN_SIGN_OFF },
        { "from elsewhere", TASK_DRAFT, 1, 2, false, ERR_FORBIDDEN },
        { "open already", TASK_OPEN, 1, 2, true, ERR_TASK_NOT_DRAFT },
        { "one's own, open", TASK_OPEN, 1, 1, true, ERR_TASK_NOT_DRAFT },
        { "closed", TASK_CLOSED, 1, 2, true, ERR_TASK_NOT_DRAFT },
        { "withdrawn", TASK_WITHDRAWN, 1, 2, true, ERR_TASK_NOT_DRAFT },
        { "withdrawn elsewhere", TASK_WITHDRAWN, 1, 2, false, ERR_FORBIDDEN },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct task_duty duty = {
            (int64_t)cases[i].state, { (uint128)cases[i].author }, cases[i].may, false
        };
        print_message("%s\n", cases[i].name);
        assert_string_equal(
            err_info(task_sign_off_check(&duty, (struct person_id){ (uint128)cases[i].who }))->name,
            err_info(cases[i].sign_off)->name);
    }
}

static void withdrawal(void **state)
{
    (void)state;
    struct task_duty duty = { TASK_OPEN, { 1 }, true, true };
    assert_int_equal(task_withdraw_check(&duty), OK);
    duty.state = TASK_DRAFT;
    assert_int_equal(task_withdraw_check(&duty), OK);
    duty.state = TASK_WITHDRAWN;
    assert_int_equal(task_withdraw_check(&duty), ERR_TASK_ENDED);
    duty.may_withdraw = false;
    assert_int_equal(task_withdraw_check(&duty), ERR_FORBIDDEN);
}

static void degrees(void **state)
{
    static const struct {
        const char *text;
        int64_t max;
        err result;
        int64_t udeg;
    } cases[] = {
        { "50.9238", 90, OK, 50923800 },
        { "0", 90, OK, 0 },
        { "-5.5", 180, OK, -5500000 },
        { "90", 90, OK, 90000000 },
        { "90.000001", 90, ERR_INVALID, 0 },
        { "-180", 180, OK, -180000000 },
        { "5.12345678", 180, OK, 5123456 },
        { "", 90, ERR_INVALID, 0 },
        { "-", 90, ERR_INVALID, 0 },
        { ".5", 90, ERR_INVALID, 0 },
        { "5.", 90, ERR_INVALID, 0 },
        { "5,5", 90, ERR_INVALID, 0 },
        { "1e2", 90, ERR_INVALID, 0 },
        { "+5", 90, ERR_INVALID, 0 },
        { "nan", 90, ERR_INVALID, 0 },
        { "1000", 180, ERR_INVALID, 0 },
        { "5.1234567890123456789012", 90, ERR_INVALID, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t udeg = 0;
        print_message("'%s'\n", cases[i].text);
        assert_int_equal(task_degrees_parse(text_of(cases[i].text), cases[i].max, &udeg),
                         cases[i].result);
        assert_int_equal(udeg, cases[i].udeg);
    }
}

static void cells(void **state)
{
    (void)state;
    /* Each corner of the earth has a cell of its own, and rows never run over into a strip. */
    assert_int_equal(task_cell((struct point){ -90000000, -180000000 }), 0);
    assert_int_equal(task_cell((struct point){ 90000000, 180000000 }),
                     36000 * TASK_CELL_ROWS + 18000);
    assert_int_equal(task_cell((struct point){ 50888000, 5979000 }),
                     18597 * TASK_CELL_ROWS + 14088);
    assert_int_equal(task_cell((struct point){ 50889999, 5979999 }),
                     task_cell((struct point){ 50880000, 5970000 }));
    assert_int_not_equal(task_cell((struct point){ 50890000, 5979999 }),
                         task_cell((struct point){ 50889999, 5979999 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rewards), cmocka_unit_test(sign_off), cmocka_unit_test(withdrawal),
        cmocka_unit_test(degrees), cmocka_unit_test(cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
