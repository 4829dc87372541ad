/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "feature/account/account.h"

#include <string.h>

static struct arena *arena;

static void names(void **state)
{
    static const struct {
        const char *name;
        bool ok;
    } cases[] = {
        { "Ann", true },
        { "Amina Y\xc4\xb1ld\xc4\xb1z", true },
        { "J.P. O'Neil-de Vries (sr)", true },
        { "\xd0\x9e\xd0\xbb\xd0\xb5\xd0\xbd\xd0\xb0", true }, /* Olena */
        { "\xce\x95\xce\xbb\xce\xad\xce\xbd\xce\xb7", true }, /* Eleni */
        { "\xd9\x81\xd8\xa7\xd8\xb7\xd9\x85\xd8\xa9", true }, /* Fatima */
        { "\xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99", true },     /* Li Xiaolong */
        { "Ann 2", true },
        { "", false },
        { "  ", false },
        { "-", false },
        { "12", false },
        { "\xd0\x90nn", false },         /* a Cyrillic A */
        { "Ann\xce\xbf", false },        /* a Greek o */
        { "Ann\xe2\x80\xaegro", false }, /* turned around */
        { "Ann\xe2\x80\x8b", false },    /* no width */
        { "A\xc2\xadnn", false },        /* soft hyphen */
        { "A\xc2\xa0nn", false },        /* a blank that isn't */
        { "\xef\xbc\xa1nn", false },     /* full width */
        { "\xf0\x9d\x90\x80nn", false }, /* mathematical */
        { "Ann\xf0\x9f\x87\xb3\xf0\x9f\x87\xb1", false },
        { "<b>Ann</b>", false },
        { "ann@example.org", false },
        { "http://x", false },
        { "Ann\nBob", false },
        { "Ann\xff", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("'%s'\n", cases[i].name);
        assert_int_equal(account_name_ok(text_of(cases[i].name)), cases[i].ok);
    }
    char name[200];
    memset(name, 'a', sizeof name);
    assert_true(account_name_ok((struct text){ name, ACCOUNT_NAME_MAX }));
    assert_false(account_name_ok((struct text){ name, ACCOUNT_NAME_MAX + 1 }));
}

static void ages(void **state)
{
    static const struct {
        int64_t birth_month;
        const char *today;
        bool ok;
    } cases[] = {
        { 198005, "2026-11-24", true },  { 201010, "2026-11-01", true },
        { 201011, "2026-11-30", false }, /* turns 16 somewhere in this month */
        { 201011, "2026-12-01", true },  { 201012, "2026-12-31", false },
        { 201012, "2027-01-01", true },  { 201101, "2027-01-31", false },
        { 202611, "2026-11-24", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct instant now;
        assert_int_equal(date_parse(text_of(cases[i].today), &now), OK);
        now.us += 12 * HOUR_US;
        print_message("born %lld, on %s\n", (long long)cases[i].birth_month, cases[i].today);
        assert_int_equal(account_age_ok(cases[i].birth_month, now), cases[i].ok);
    }
}

static void recovery_codes(void **state)
{
    (void)state;
    uint8_t chance[RECOVERY_CHARS];
    for (size_t i = 0; i < RECOVERY_CHARS; i++)
        chance[i] = (uint8_t)(i * 13 + 200);
    struct text code = recovery_code_of(arena, chance), parsed;
    assert_int_equal(code.len, 24);
    assert_int_equal(recovery_code_parse(arena, code, &parsed), OK);
    assert_true(text_eq(parsed, code));
    static const struct {
        const char *typed, *code; /* NULL: refused */
    } cases[] = {
        { "0123-4567-89AB-CDEF-GHJK", "0123-4567-89AB-CDEF-GHJK" },
        { " 0123 4567 89ab cdef ghjk ", "0123-4567-89AB-CDEF-GHJK" },
        { "o1il-4567-89AB-CDEF-GHJK", "0111-4567-89AB-CDEF-GHJK" },
        { "0123456789ABCDEFGHJK", "0123-4567-89AB-CDEF-GHJK" },
        { "0123-4567-89AB-CDEF-GHJ", NULL },
        { "0123-4567-89AB-CDEF-GHJKM", NULL },
        { "0123-4567-89AB-CDEF-GHJU", NULL },
        { "", NULL },
        { "0123-4567-89AB-CDEF-GHJ\n", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        err e = recovery_code_parse(arena, text_of(cases[i].typed), &parsed);
        print_message("'%s'\n", cases[i].typed);
        assert_int_equal(e, cases[i].code == NULL ? ERR_ACCOUNT_RECOVERY : OK);
        if (cases[i].code != NULL)
            assert_true(text_is(parsed, cases[i].code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(ages),
        cmocka_unit_test(recovery_codes),
    };
    arena = arena_new(1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
