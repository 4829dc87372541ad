/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/claim/claim.h"
#include "feature/review/review.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_check(void **state)
{
    (void)state;
    const struct {
        uint128 reviewer;
        enum claim_state claim;
        bool pending;
        enum review_outcome outcome;
        const char *reason;
        err expected;
    } cases[] = {
        /* in order of precedence */
        { 1, CLAIM_APPROVED, true, REVIEW_REJECTED, "", ERR_REVIEW_OWN },
        { 2, CLAIM_APPROVED, true, REVIEW_REJECTED, "", ERR_REVIEW_STATE },
        { 2, CLAIM_CLAIMED, false, REVIEW_APPROVED, "", ERR_REVIEW_STATE },
        { 2, CLAIM_REWORK, false, REVIEW_APPROVED, "", ERR_REVIEW_STATE },
        { 2, CLAIM_SUBMITTED, true, REVIEW_REJECTED, "", ERR_REVIEW_PENDING },
        { 2, CLAIM_SUBMITTED, false, REVIEW_REJECTED, "no", ERR_REVIEW_REASON },
        { 2, CLAIM_SUBMITTED, false, REVIEW_REWORK, "", ERR_REVIEW_REASON },
        { 2, CLAIM_SUBMITTED, false, REVIEW_REWORK, "nat", OK },
        { 2, CLAIM_SUBMITTED, false, REVIEW_APPROVED, "", OK },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct review_facts f = { .claim_state = (int64_t)cases[i].claim, .claimant = { 1 } };
        assert_int_equal(review_check(&f, (struct person_id){ cases[i].reviewer }, cases[i].pending,
                                      cases[i].outcome, text_of(cases[i].reason)),
                         cases[i].expected);
    }
}

static void test_take_back(void **state)
{
    (void)state;
    struct review_get r = { .reviewer = { 2 }, .state = REVIEW_PENDING, .posts_at = { 100 } };
    assert_int_equal(review_check_take_back(&r, (struct person_id){ 3 }, (struct instant){ 50 }),
                     ERR_NOT_FOUND);
    assert_int_equal(review_check_take_back(&r, (struct person_id){ 2 }, (struct instant){ 99 }),
                     OK);
    assert_int_equal(review_check_take_back(&r, (struct person_id){ 2 }, (struct instant){ 100 }),
                     ERR_REVIEW_TOO_LATE);
    r.state = REVIEW_POSTED;
    assert_int_equal(review_check_take_back(&r, (struct person_id){ 2 }, (struct instant){ 50 }),
                     ERR_REVIEW_TOO_LATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_take_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
