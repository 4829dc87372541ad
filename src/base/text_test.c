/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void test_utf8(void **state)
{
    (void)state;
    const struct {
        struct text t;
        bool is_ok;
        size_t chars;
    } cases[] = {
        { TEXT(""), true, 0 },
        { TEXT("abc"), true, 3 },
        { TEXT("12345678"), true, 8 },
        { TEXT("123456789 and more than a word"), true, 30 },
        { TEXT("\x01\x7f"), true, 2 },
        { TEXT("\xc2\x80"), true, 1 },         /* U+0080 */
        { TEXT("\xdf\xbf"), true, 1 },         /* U+07FF */
        { TEXT("\xe0\xa0\x80"), true, 1 },     /* U+0800 */
        { TEXT("\xed\x9f\xbf"), true, 1 },     /* U+D7FF */
        { TEXT("\xee\x80\x80"), true, 1 },     /* U+E000 */
        { TEXT("\xef\xbf\xbf"), true, 1 },     /* U+FFFF */
        { TEXT("\xf0\x90\x80\x80"), true, 1 }, /* U+10000 */
        { TEXT("\xf4\x8f\xbf\xbf"), true, 1 }, /* U+10FFFF */
        { TEXT("caf\xc3\xa9 \xf0\x9f\x98\x80!"), true, 7 },
        { TEXT("\0"), false, 0 },
        { TEXT("12345\0"
               "78"),
          false, 0 }, /* within a word */
        { TEXT("1234567\0"), false, 0 },
        { TEXT("\x80"), false, 0 }, /* continuation alone */
        { TEXT("\xbf"), false, 0 },
        { TEXT("\xc0\x80"), false, 0 }, /* overlong NUL */
        { TEXT("\xc1\xbf"), false, 0 },
        { TEXT("\xe0\x9f\xbf"), false, 0 }, /* overlong */
        { TEXT("\xf0\x8f\xbf\xbf"), false, 0 },
        { TEXT("\xed\xa0\x80"), false, 0 }, /* surrogates */
        { TEXT("\xed\xbf\xbf"), false, 0 },
        { TEXT("\xf4\x90\x80\x80"), false, 0 }, /* past U+10FFFF */
        { TEXT("\xf5\x80\x80\x80"), false, 0 },
        { TEXT("\xf8\x88\x80\x80\x80"), false, 0 },
        { TEXT("\xfe"), false, 0 },
        { TEXT("\xff"), false, 0 },
        { TEXT("\xc3"), false, 0 }, /* cut off */
        { TEXT("\xe2\x82"), false, 0 },
        { TEXT("\xf0\x9f\x98"), false, 0 },
        { TEXT("\xe2\x82x"), false, 0 },
        { TEXT("\xc3\xc3\xa9"), false, 0 },
        { TEXT("1234567\xc3"), false, 0 }, /* cut off behind a word */
        { TEXT("12345678\xc3"), false, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (text_utf8_ok(cases[i].t) != cases[i].is_ok)
            fail_msg("case %zu", i);
        if (cases[i].is_ok)
            assert_int_equal(text_chars(cases[i].t), cases[i].chars);
    }
    assert_true(text_utf8_ok(TEXT_NONE));
}

static void test_int(void **state)
{
    (void)state;
    const struct {
        struct text t;
        int64_t value;
    } good[] = {
        { TEXT("0"), 0 },
        { TEXT("-0"), 0 },
        { TEXT("007"), 7 },
        { TEXT("42"), 42 },
        { TEXT("-1"), -1 },
        { TEXT("9223372036854775807"), INT64_MAX },
        { TEXT("-9223372036854775808"), INT64_MIN },
    };
    const struct text bad[] = {
        TEXT(""),
        TEXT("-"),
        TEXT("+1"),
        TEXT(" 1"),
        TEXT("1 "),
        TEXT("1.0"),
        TEXT("1e3"),
        TEXT("0x1"),
        TEXT("--1"),
        TEXT("1-"),
        TEXT("1\0"),
        TEXT("9223372036854775808"),
        TEXT("-9223372036854775809"),
        TEXT("99999999999999999999999999"),
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t value = 99;
        assert_int_equal(text_int(good[i].t, &value), OK);
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t value = 99;
        assert_int_equal(text_int(bad[i], &value), ERR_INVALID);
        assert_int_equal(value, 99);
    }
    int64_t value;
    assert_int_equal(text_int(TEXT_NONE, &value), ERR_INVALID);
}

static void test_compare(void **state)
{
    (void)state;
    assert_true(text_eq(TEXT(""), TEXT_NONE));
    assert_true(text_is(TEXT("ab"), "ab"));
    assert_false(text_is(TEXT("ab"), "abc"));
    assert_false(text_is(TEXT("ab\0"), "ab"));
    assert_null(text_of(NULL).at);
    assert_true(text_cmp(TEXT("a"), TEXT("b")) < 0);
    assert_true(text_cmp(TEXT("a"), TEXT("ab")) < 0);
    assert_true(text_cmp(TEXT("\xc3"), TEXT("z")) > 0); /* bytes are unsigned */
    assert_true(text_cmp(TEXT_NONE, TEXT("")) == 0);
    assert_true(text_cmp(TEXT_NONE, TEXT("a")) < 0);
    assert_true(text_starts(TEXT("task/1"), "task/"));
    assert_true(text_starts(TEXT_NONE, ""));
    assert_false(text_starts(TEXT("ta"), "task"));
    assert_true(text_ends(TEXT("rewardCents"), "Cents"));
    assert_false(text_ends(TEXT("ents"), "Cents"));
    assert_true(text_ends(TEXT("Cents"), "Cents"));
}

static void test_trim(void **state)
{
    (void)state;
    assert_true(text_is(text_trim(TEXT(" \t\r\n\v\f a b \n")), "a b"));
    assert_int_equal(text_trim(TEXT("   ")).len, 0);
    assert_int_equal(text_trim(TEXT_NONE).len, 0);
    assert_true(text_is(text_trim(TEXT("\xc2\xa0")), "\xc2\xa0"));
}

static void test_split(void **state)
{
    (void)state;
    struct text rest = TEXT("a,,b,"), head;
    static const char *const parts[] = { "a", "", "b", "" };
    for (size_t i = 0; i < 4; i++) {
        assert_true(text_split(&rest, ',', &head));
        assert_true(text_is(head, parts[i]));
    }
    assert_false(text_split(&rest, ',', &head));
    rest = TEXT("");
    assert_true(text_split(&rest, ',', &head));
    assert_int_equal(head.len, 0);
    assert_false(text_split(&rest, ',', &head));
}

static void test_copies(void **state)
{
    (void)state;
    assert_string_equal(text_cstr(arena, (struct text){ "hello", 4 }), "hell");
    assert_string_equal(text_cstr(arena, TEXT_NONE), "");
    assert_null(text_copy(arena, TEXT_NONE).at);
    assert_non_null(text_copy(arena, TEXT("")).at);
    assert_true(text_is(text_lower_ascii(arena, TEXT("AbZ\xc3\x89[@")), "abz\xc3\x89[@"));
    char long_one[1000];
    memset(long_one, 'x', sizeof long_one - 1);
    long_one[999] = '\0';
    for (int cut = 250; cut < 260; cut++) { /* around the small buffer's size */
        struct text t = text_format(arena, "%.*s", cut, long_one);
        assert_int_equal(t.len, cut);
        assert_int_equal(t.at[cut], '\0');
    }
    struct text t = text_format(arena, "%s|%d", long_one, -5);
    assert_int_equal(t.len, 1002);
    assert_true(text_ends(t, "x|-5"));
}

static void test_buf(void **state)
{
    (void)state;
    struct buf b = buf_new(arena, 1 << 20);
    struct text done;
    assert_int_equal(buf_text(&b).len, 0);
    assert_non_null(buf_text(&b).at);
    buf_cstr(&b, "n=");
    buf_int(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_int(&b, 0);
    buf_format(&b, " %05d", 42);
    buf_add(&b, TEXT_NONE);
    assert_int_equal(buf_done(&b, &done), OK);
    assert_true(text_is(done, "n=-9223372036854775808 0 00042"));
    for (int i = 0; i < 20000; i++)
        buf_add(&b, TEXT("0123456789"));
    buf_format(&b, "%600d", 7);
    assert_int_equal(buf_text(&b).len, done.len + 200600);
    assert_true(text_starts(buf_text(&b), "n=-9"));
    assert_true(text_ends(buf_text(&b), " 7"));
}

static void test_buf_full(void **state)
{
    (void)state;
    struct buf b = buf_new(arena, 5);
    struct text done = TEXT("before");
    buf_cstr(&b, "12345");
    assert_false(b.full);
    assert_int_equal(buf_done(&b, &done), OK);
    buf_char(&b, '6');
    assert_true(b.full);
    buf_int(&b, 7);
    buf_format(&b, "%d", 8);
    assert_true(text_is(buf_text(&b), "12345"));
    done = TEXT("before");
    assert_int_equal(buf_done(&b, &done), ERR_TOO_LARGE);
    assert_true(text_is(done, "before"));
    struct buf part = buf_new(arena, 3);
    buf_cstr(&part, "abcdef");
    assert_true(text_is(buf_text(&part), "abc"));
    struct buf none = buf_new(arena, 0);
    buf_char(&none, 'x');
    assert_int_equal(buf_done(&none, &done), ERR_TOO_LARGE);
}

static void test_buf_extend(void **state)
{
    (void)state;
    struct buf b = buf_new(arena, 600);
    for (int i = 0; i < 6; i++) {
        char *at = buf_extend(&b, 100);
        assert_non_null(at);
        memset(at, 'a' + i, 100);
    }
    assert_false(b.full);
    assert_int_equal(b.at[599], 'f');
    assert_null(buf_extend(&b, 1));
    assert_true(b.full);
    assert_int_equal(b.len, 600);
}

static void test_err_table(void **state)
{
    (void)state;
    for (int e = OK + 1; e < ERR_COUNT; e++) {
        const struct err_info *info = err_info((err)e);
        assert_true(strncmp(info->name, "ERR_", 4) == 0);
        assert_true(info->status >= 400 && info->status < 600 && info->status != 422);
        assert_true(strlen(info->text) > 0);
        for (const char *c = info->code; *c != '\0'; c++)
            assert_non_null(strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", *c));
        for (int other = OK; other < e; other++)
            assert_string_not_equal(info->code, err_info((err)other)->code);
    }
    assert_string_equal(err_info(ERR_NOT_FOUND)->code, "not-found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),       cmocka_unit_test(test_int),
        cmocka_unit_test(test_compare),    cmocka_unit_test(test_trim),
        cmocka_unit_test(test_split),      cmocka_unit_test(test_copies),
        cmocka_unit_test(test_buf),        cmocka_unit_test(test_buf_full),
        cmocka_unit_test(test_buf_extend), cmocka_unit_test(test_err_table),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
