/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/claim/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "feature/task/task.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { ANN = 1, BOB = 2, DEADLINE = 1000 };

/* Each case breaks one rule more than the one below it: the first broken rule is told. */
static void claiming(void **state)
{
    static const struct {
        const char *name;
        enum task_state task;
        int author, places, taken, on_task, done, in_all;
        err claim;
    } cases[] = {
        { "draft", TASK_DRAFT, BOB, 1, 1, 1, 0, 3, ERR_CLAIM_TASK_CLOSED },
        { "withdrawn", TASK_WITHDRAWN, BOB, 1, 1, 1, 0, 3, ERR_CLAIM_TASK_CLOSED },
        { "staged", TASK_STAGED, BOB, 1, 0, 0, 0, 0, ERR_CLAIM_TASK_CLOSED },
        { "own task", TASK_CLOSED, BOB, 1, 1, 1, 0, 3, ERR_CLAIM_OWN_TASK },
        { "twice", TASK_CLOSED, ANN, 1, 1, 1, 1, 3, ERR_CLAIM_TWICE },
        { "done already", TASK_CLOSED, ANN, 1, 1, 0, 1, 3, ERR_CLAIM_DONE },
        { "done already, with a place", TASK_OPEN, ANN, 2, 1, 0, 1, 0, ERR_CLAIM_DONE },
        { "full", TASK_CLOSED, ANN, 1, 1, 0, 0, 3, ERR_CLAIM_TASK_FULL },
        { "more than full", TASK_OPEN, ANN, 1, 2, 0, 0, 0, ERR_CLAIM_TASK_FULL },
        { "closed, with a place", TASK_CLOSED, ANN, 2, 1, 0, 0, 3, ERR_CLAIM_TASK_CLOSED },
        { "three in hand", TASK_OPEN, ANN, 2, 1, 0, 0, 3, ERR_CLAIM_TOO_MANY },
        { "two in hand", TASK_OPEN, ANN, 2, 1, 0, 0, 2, OK },
        { "first", TASK_OPEN, ANN, 1, 0, 0, 0, 0, OK },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct claim_facts f = {
            .task_state = (int64_t)cases[i].task,
            .author = { (uint128)cases[i].author },
            .places = cases[i].places,
            .places_taken = cases[i].taken,
            .open_on_task = cases[i].on_task,
            .done_on_task = cases[i].done,
            .open_in_all = cases[i].in_all,
        };
        print_message("%s\n", cases[i].name);
        assert_string_equal(err_info(claim_check(&f, (struct person_id){ BOB }))->name,
                            err_info(cases[i].claim)->name);
    }
}

static void handing_in_and_giving_back(void **state)
{
    static const struct {
        enum claim_state state;
        int now, photos;
        err submit, withdraw;
    } cases[] = {
        { CLAIM_SUBMITTED, 2000, 0, ERR_CLAIM_HANDED_IN, ERR_CLAIM_HANDED_IN },
        { CLAIM_APPROVED, 2000, 0, ERR_CLAIM_STATE, ERR_CLAIM_STATE },
        { CLAIM_REJECTED, 1, 1, ERR_CLAIM_STATE, ERR_CLAIM_STATE },
        { CLAIM_EXPIRED, 2000, 1, ERR_CLAIM_STATE, ERR_CLAIM_STATE },
        { CLAIM_WITHDRAWN, 1, 1, ERR_CLAIM_STATE, ERR_CLAIM_STATE },
        { CLAIM_CLAIMED, 1001, 0, ERR_CLAIM_LATE, OK },
        { CLAIM_REWORK, 1001, 1, ERR_CLAIM_LATE, OK },
        { CLAIM_CLAIMED, 1000, 0, ERR_CLAIM_NO_PHOTO, OK },
        { CLAIM_CLAIMED, 1000, 1, OK, OK },
        { CLAIM_REWORK, 1, 3, OK, OK },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct claim_end_facts f = { .state = (int64_t)cases[i].state,
                                     .deadline_at = { DEADLINE },
                                     .after_photos = cases[i].photos };
        print_message("%s at %d\n", claim_states[cases[i].state], cases[i].now);
        assert_string_equal(
            err_info(claim_submit_check(&f, (struct instant){ cases[i].now }))->name,
            err_info(cases[i].submit)->name);
        assert_string_equal(err_info(claim_withdraw_check(&f))->name,
                            err_info(cases[i].withdraw)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claiming),
        cmocka_unit_test(handing_in_and_giving_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
