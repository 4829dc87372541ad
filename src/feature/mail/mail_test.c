/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "feature/mail/mail.h"

#include <string.h>

static struct arena *arena;

static void addresses(void **state)
{
    static const struct {
        const char *typed, *address; /* NULL: refused */
    } cases[] = {
        { "ann@example.org", "ann@example.org" },
        { "  Ann.Janssen+wesh@Mail.Example.ORG\n", "ann.janssen+wesh@mail.example.org" },
        { "o'neil@xn--exmple-cua.nl", "o'neil@xn--exmple-cua.nl" },
        { "a@b.co", "a@b.co" },
        { "", NULL },
        { "ann", NULL },
        { "@example.org", NULL },
        { "ann@", NULL },
        { "ann@example", NULL },
        { "ann@example.org.", NULL },
        { "ann@.example.org", NULL },
        { "ann@example..org", NULL },
        { "ann@-example.org", NULL },
        { "ann@example-.org", NULL },
        { "ann@192.0.2.1", NULL },
        { "ann@[192.0.2.1]", NULL },
        { ".ann@example.org", NULL },
        { "ann.@example.org", NULL },
        { "an..n@example.org", NULL },
        { "ann@bob@example.org", NULL },
        { "\"ann\"@example.org", NULL },
        { "ann bob@example.org", NULL },
        { "ann@example.org\r\nBcc: eve@example.org", NULL },
        { "ann\r\n@example.org", NULL },
        { "ann@example.org,eve@example.org", NULL },
        { "<ann@example.org>", NULL },
        { "\xd0\xb0nn@example.org", NULL },
        { "ann@ex\xc3\xa4mple.org", NULL },
        { "1234567890123456789012345678901234567890123456789012345678901234@example.org",
          "1234567890123456789012345678901234567890123456789012345678901234@example.org" },
        { "12345678901234567890123456789012345678901234567890123456789012345@example.org", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text address = TEXT_NONE;
        err e = mail_address_parse(arena, text_of(cases[i].typed), &address);
        print_message("'%s'\n", cases[i].typed);
        assert_int_equal(e, cases[i].address == NULL ? ERR_MAIL_ADDRESS : OK);
        if (cases[i].address != NULL)
            assert_true(text_is(address, cases[i].address));
    }
    assert_int_equal(
        mail_address_parse(arena, (struct text){ "a@b\0.example.org", 16 }, &(struct text){ 0 }),
        ERR_MAIL_ADDRESS);
}

static const char *written(const char *to, const char *subject, const char *body)
{
    struct text message;
    struct mail_message m = {
        TEXT("coins@example.org"),    text_of(to), text_of(subject), text_of(body), { 1 },
        { INT64_C(1790000000000000) }
    };
    return mail_write(arena, &m, &message) == OK ? text_cstr(arena, message) : NULL;
}

static void headers(void **state)
{
    (void)state;
    const char *plain = written("ann@example.org", "Hello", "Hi\n");
    assert_non_null(plain);
    assert_ptr_equal(strstr(plain,
                            "From: WESH <coins@example.org>\r\nTo: <ann@example.org>\r\n"
                            "Subject: Hello\r\nDate: Mon, 21 Sep 2026 16:13:20 +0200\r\n"
                            "Message-ID: <00000000-0000-0000-0000-000000000001@example.org>"),
                     plain);
    assert_non_null(strstr(plain, "\r\n\r\nHi\r\n"));
    assert_non_null(strstr(written("ann@example.org", "J\xc3\xbcrgen", ""),
                           "Subject: =?UTF-8?B?SsO8cmdlbg==?=\r\n"));
    assert_non_null(strstr(written("ann@example.org", "=?UTF-8?B?SGk=?=", ""),
                           "Subject: =?UTF-8?B?PT9VVEYtOD9CP1NHaz0/PQ==?=\r\n"));
    /* A long one is folded between characters: each word is at most 75, and whole UTF-8. */
    const char *folded = strstr(
        written("ann@example.org",
                "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                "\xc3\xa9",
                ""),
        "Subject: ");
    const char *end = strstr(folded, "\r\n");
    assert_true(end - folded <= 78);
    assert_int_equal(strncmp(end, "\r\n =?UTF-8?B?w6nDqQ==?=\r\n", 25), 0);

    static const char *const bad_subjects[] = { "a\r\nBcc: eve@example.org", "a\nb", "a\rb",
                                                "a\x7f", "a\xff" };
    for (size_t i = 0; i < sizeof bad_subjects / sizeof bad_subjects[0]; i++)
        assert_null(written("ann@example.org", bad_subjects[i], ""));
    assert_null(written("ann@example.org>\r\nBcc: <eve@example.org", "Hello", ""));
    assert_null(written("ann@example.org", "Hello", "\xff"));
}

static void bodies(void **state)
{
    static const struct {
        const char *body, *coded;
    } cases[] = {
        { "Caf\xc3\xa9 = \xe2\x82\xac 3\n", "\r\n\r\nCaf=C3=A9 =3D =E2=82=AC 3\r\n" },
        { "end \n\tx\t\n", "\r\n\r\nend=20\r\n\tx=09\r\n" },
        { ".\n..x\na.b", "\r\n\r\n=2E\r\n=2E.x\r\na.b\r\n" },
        { "a\rb\n", "\r\n\r\na=0Db\r\n" },
        { "", "\r\n\r\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *message = written("ann@example.org", "Hello", cases[i].body);
        assert_non_null(message);
        assert_string_equal(strstr(message, "\r\n\r\n"), cases[i].coded);
    }
    char line[400];
    memset(line, '.', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    const char *at = strstr(written("ann@example.org", "Hello", line), "\r\n\r\n") + 4;
    while (*at != '\0') {
        const char *end = strstr(at, "\r\n");
        assert_non_null(end);
        assert_true(end - at <= 76);
        assert_true(*at != '.'); /* to SMTP that would be the end */
        at = end + 2;
    }
}

static void texts(void **state)
{
    (void)state;
    const char *pairs[] = { "name", "Ann {code}", "code", "123", NULL };
    assert_true(text_is(mail_fill(arena, "Hello {name}, {code} {other} {", pairs),
                        "Hello Ann {code}, 123 {other} {"));
}

static void pauses(void **state)
{
    (void)state;
    int64_t total = 0;
    for (int64_t tries = 1; tries <= 20; tries++) {
        assert_true(mail_pause_us(tries) > 0);
        assert_true(tries == 1 || mail_pause_us(tries) >= mail_pause_us(tries - 1));
        total += mail_pause_us(tries);
    }
    assert_int_equal(mail_pause_us(1), MINUTE_US);
    assert_true(total > 3 * DAY_US); /* fewer than 20 tries in three days */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses), cmocka_unit_test(headers), cmocka_unit_test(bodies),
        cmocka_unit_test(texts),     cmocka_unit_test(pauses),
    };
    arena = arena_new(4 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
