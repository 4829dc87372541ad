/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/evidence/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "feature/claim/claim.h"

enum { OWN = 7, OTHER = 8, DEADLINE = 1000 };

static void rules_in_order(void **state)
{
    static const struct {
        const char *name;
        int claim_state, who, now, photos;
        err change, add;
    } cases[] = {
        { "first photo", CLAIM_CLAIMED, OWN, 1, 0, OK, OK },
        { "rework", CLAIM_REWORK, OWN, 1, 3, OK, OK },
        { "eighth", CLAIM_CLAIMED, OWN, 1, 7, OK, OK },
        { "ninth", CLAIM_CLAIMED, OWN, 1, 8, OK, ERR_EVIDENCE_FULL },
        { "last moment", CLAIM_CLAIMED, OWN, 1000, 0, OK, OK },
        { "too late", CLAIM_CLAIMED, OWN, 1001, 8, ERR_CLAIM_LATE, ERR_CLAIM_LATE },
        { "handed in", CLAIM_SUBMITTED, OWN, 1001, 8, ERR_CLAIM_HANDED_IN, ERR_CLAIM_HANDED_IN },
        { "approved", CLAIM_APPROVED, OWN, 1, 0, ERR_CLAIM_STATE, ERR_CLAIM_STATE },
        { "rejected", CLAIM_REJECTED, OWN, 1, 0, ERR_CLAIM_STATE, ERR_CLAIM_STATE },
        { "expired", CLAIM_EXPIRED, OWN, 1001, 0, ERR_CLAIM_STATE, ERR_CLAIM_STATE },
        { "withdrawn", CLAIM_WITHDRAWN, OWN, 1, 0, ERR_CLAIM_STATE, ERR_CLAIM_STATE },
        { "of another", CLAIM_CLAIMED, OTHER, 1, 0, ERR_NOT_FOUND, ERR_NOT_FOUND },
        { "of another, ended", CLAIM_APPROVED, OTHER, 1001, 8, ERR_NOT_FOUND, ERR_NOT_FOUND },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evidence_facts f = {
            .person = { OWN },
            .state = cases[i].claim_state,
            .deadline_at = { DEADLINE },
            .photos = cases[i].photos,
        };
        struct person_id who = { (uint128)cases[i].who };
        struct instant now = { cases[i].now };
        print_message("%s\n", cases[i].name);
        assert_string_equal(err_info(evidence_change_check(&f, who, now))->name,
                            err_info(cases[i].change)->name);
        assert_string_equal(err_info(evidence_add_check(&f, who, now))->name,
                            err_info(cases[i].add)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rules_in_order) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
