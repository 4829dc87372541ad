/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/person/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void only_this_site(void **state)
{
    static const struct {
        const char *next;
        bool ok;
    } cases[] = {
        { "/", true },
        { "/tasks?category=bench&near=50.8,5.9", true },
        { "/claims/01a1f071-fc1c-7e9f-bfe8-bd5cb156e849", true },
        { "", false },
        { "tasks", false },
        { "//evil.example", false },
        { "/\\evil.example", false },
        { "\\\\evil.example", false },
        { "/\t/evil.example", false },
        { "/\n/evil.example", false },
        { "/tasks\r\nSet-Cookie: a=b", false },
        { "https://evil.example/", false },
        { "javascript:alert(1)", false },
        { " /tasks", false },
        { "/t\xc3\xa4sks", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("'%s'\n", cases[i].next);
        assert_int_equal(person_next_ok(text_of(cases[i].next)), cases[i].ok);
    }
    assert_false(person_next_ok(TEXT_NONE));
    assert_false(person_next_ok((struct text){ "/a\0b", 4 }));
    char path[600];
    for (size_t i = 0; i < sizeof path; i++)
        path[i] = i == 0 ? '/' : 'a';
    assert_true(person_next_ok((struct text){ path, 500 }));
    assert_false(person_next_ok((struct text){ path, 501 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(only_this_site) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
