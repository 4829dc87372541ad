/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/input.h"

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
    arena = arena_new(1 << 24);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static err json_of(struct text t, struct input **ret)
{
    return input_json(arena, t, ret);
}

static void test_json_values(void **state)
{
    (void)state;
    struct input *in = NULL;
    assert_int_equal(json_of(TEXT(" {\"text\":\"caf\\u00e9 \\ud83d\\ude00\",\"int\":-5,\"big\":"
                                  "9223372036854775807,\"yes\":true,\"no\":false,\"nothing\":null,"
                                  "\"list\":[1,\"a\",[]],\"object\":{\"a\":{\"b\":2}},\"\":1} "),
                             &in),
                     OK);
    assert_int_equal(in->kind, INPUT_OBJECT);
    assert_int_equal(in->count, 9);
    assert_false(in->is_form);
    assert_true(text_is(input_get(in, "text")->text, "caf\xc3\xa9 \xf0\x9f\x98\x80"));
    assert_int_equal(input_get(in, "int")->kind, INPUT_INT);
    assert_int_equal(input_get(in, "int")->integer, -5);
    assert_true(input_get(in, "big")->integer == INT64_MAX);
    assert_true(input_get(in, "yes")->boolean);
    assert_int_equal(input_get(in, "no")->kind, INPUT_BOOL);
    assert_int_equal(input_get(in, "nothing")->kind, INPUT_NULL);
    struct input *list = input_get(in, "list");
    assert_int_equal(list->count, 3);
    assert_int_equal(list->first->integer, 1);
    assert_null(list->first->name.at);
    assert_int_equal(list->first->next->next->kind, INPUT_LIST);
    assert_int_equal(input_get(input_get(input_get(in, "object"), "a"), "b")->integer, 2);
    assert_null(input_get(in, "texts"));
    assert_int_equal(input_get(in, "")->integer, 1);
    assert_true(text_is(in->first->name, "text")); /* in the order they came */
}

static void test_json_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int64_t micro;
    } cases[] = {
        { "{\"v\":1.5}", 1500000 },
        { "{\"v\":-0.000001}", -1 },
        { "{\"v\":0.0000005}", 1 },
        { "{\"v\":0.0000004}", 0 },
        { "{\"v\":50.88812345678}", 50888123 },
        { "{\"v\":5.9815}", 5981500 },
        { "{\"v\":1e3}", 1000000000 },
        { "{\"v\":2.0}", 2000000 },
        { "{\"v\":9007199254.0}", INT64_C(9007199254000000) },
        { "{\"v\":-0.0}", 0 },
    };
    static const char *const bad[] = {
        "{\"v\":9007199255.0}",
        "{\"v\":-1e18}",
        "{\"v\":1e308}",
        "{\"v\":1e999}",
        "{\"v\":9223372036854775808}",
        "{\"v\":-9223372036854775809}",
        "{\"v\":NaN}",
        "{\"v\":Infinity}",
        "{\"v\":1.}",
        "{\"v\":.5}",
        "{\"v\":01}",
        "{\"v\":+1}",
        "{\"v\":0x1}",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input *in = NULL;
        assert_int_equal(json_of(text_of(cases[i].json), &in), OK);
        assert_int_equal(in->first->kind, INPUT_MICRO);
        assert_int_equal(in->first->integer, cases[i].micro);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct input *in = NULL;
        if (json_of(text_of(bad[i]), &in) != ERR_BAD_JSON || in != NULL)
            fail_msg("taken: %s", bad[i]);
    }
}

static void test_json_refused(void **state)
{
    (void)state;
    const struct {
        struct text t;
        err e;
    } cases[] = {
        { TEXT_NONE, ERR_BAD_JSON },
        { TEXT(""), ERR_BAD_JSON },
        { TEXT("   "), ERR_BAD_JSON },
        { TEXT("[]"), ERR_BAD_JSON },
        { TEXT("1"), ERR_BAD_JSON },
        { TEXT("null"), ERR_BAD_JSON },
        { TEXT("\"a\""), ERR_BAD_JSON },
        { TEXT("{"), ERR_BAD_JSON },
        { TEXT("{}}"), ERR_BAD_JSON },
        { TEXT("{} {}"), ERR_BAD_JSON },
        { TEXT("{\"a\":1,}"), ERR_BAD_JSON },
        { TEXT("{'a':1}"), ERR_BAD_JSON },
        { TEXT("{a:1}"), ERR_BAD_JSON },
        { TEXT("{\"a\":1}//x"), ERR_BAD_JSON },
        { TEXT("{\"a\":1,\"a\":1}"), ERR_BAD_JSON },
        { TEXT("{\"o\":{\"a\":1,\"\\u0061\":1}}"), ERR_BAD_JSON },
        { TEXT("{\"a\":\"\\u0000\"}"), ERR_BAD_JSON },
        { TEXT("{\"a\\u0000b\":1}"), ERR_BAD_JSON },
        { TEXT("{\"a\":\"\\ud800\"}"), ERR_BAD_JSON },
        { TEXT("{\"a\":\"\\udc00\\ud800\"}"), ERR_BAD_JSON },
        { TEXT("{\"a\":\"\n\"}"), ERR_BAD_JSON },
        { TEXT("{\"a\":\"\\x41\"}"), ERR_BAD_JSON },
        { TEXT("{\"a\":\"x"), ERR_BAD_JSON },
        { TEXT("{\"a\":\"x\\"), ERR_BAD_JSON },
        { TEXT("\xef\xbb\xbf{}"), ERR_BAD_JSON },
        { TEXT("{\"a\":\"\xff\"}"), ERR_BAD_TEXT },
        { TEXT("{\"a\":\"\0\"}"), ERR_BAD_TEXT },
        { TEXT("{}\0"), ERR_BAD_TEXT },
        { TEXT("{\"\xed\xa0\x80\":1}"), ERR_BAD_TEXT },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input *in = NULL;
        if (json_of(cases[i].t, &in) != cases[i].e || in != NULL)
            fail_msg("case %zu: %s", i, cases[i].t.at);
    }
}

/* {"a":[[…]]} with `lists` lists, so lists + 1 deep. */
static struct text nested(size_t lists)
{
    struct buf b = buf_new(arena, 1 << 22);
    buf_cstr(&b, "{\"a\":");
    for (size_t i = 0; i < lists; i++)
        buf_char(&b, '[');
    for (size_t i = 0; i < lists; i++)
        buf_char(&b, ']');
    buf_char(&b, '}');
    return buf_text(&b);
}

static struct text long_list(size_t members, const char *member)
{
    struct buf b = buf_new(arena, 1 << 22);
    buf_cstr(&b, "{\"a\":[");
    for (size_t i = 0; i < members; i++) {
        buf_cstr(&b, i == 0 ? "" : ",");
        buf_cstr(&b, member);
    }
    buf_cstr(&b, "]}");
    return buf_text(&b);
}

static void test_json_limits(void **state)
{
    (void)state;
    struct input *in = NULL;
    assert_int_equal(json_of(nested(15), &in), OK);
    assert_int_equal(json_of(nested(16), &in), ERR_TOO_LARGE);
    assert_int_equal(json_of(nested(1000000), &in), ERR_TOO_LARGE);
    assert_int_equal(json_of(long_list(998, "1"), &in), OK); /* the object and the list are nodes */
    assert_int_equal(json_of(long_list(999, "1"), &in), ERR_TOO_LARGE);
    assert_int_equal(json_of(long_list(500, "[1]"), &in), ERR_TOO_LARGE);
    assert_int_equal(json_of(long_list(200000, "1"), &in), ERR_TOO_LARGE);
    /* Brackets and commas in texts are only text. */
    struct buf b = buf_new(arena, 1 << 20);
    buf_cstr(&b, "{\"a\":\"\\\\\\\"");
    for (size_t i = 0; i < 3000; i++)
        buf_cstr(&b, "[{,");
    buf_cstr(&b, "\"}");
    assert_int_equal(json_of(buf_text(&b), &in), OK);
    assert_int_equal(in->first->text.len, 9002);
}

static void test_form(void **state)
{
    (void)state;
    struct input *in = NULL;
    assert_int_equal(
        input_form(arena,
                   TEXT("title=Paint+the+%62ench&note=a%0D%0Ab&&empty=&alone&caf%C3%A9="
                        "%F0%9F%98%80&a=b=c&pct=100%&odd=%4&bad=%zz&=x&plus=%2B"),
                   &in),
        OK);
    assert_true(in->is_form);
    assert_int_equal(in->count, 11);
    assert_true(text_is(input_get(in, "title")->text, "Paint the bench"));
    assert_true(input_get(in, "title")->is_form);
    assert_true(text_is(input_get(in, "note")->text, "a\r\nb"));
    assert_true(text_is(input_get(in, "empty")->text, ""));
    assert_true(text_is(input_get(in, "alone")->text, ""));
    assert_true(text_is(input_get(in, "caf\xc3\xa9")->text, "\xf0\x9f\x98\x80"));
    assert_true(text_is(input_get(in, "a")->text, "b=c"));
    assert_true(text_is(input_get(in, "pct")->text, "100%"));
    assert_true(text_is(input_get(in, "odd")->text, "%4"));
    assert_true(text_is(input_get(in, "bad")->text, "%zz"));
    assert_true(text_is(input_get(in, "")->text, "x"));
    assert_true(text_is(input_get(in, "plus")->text, "+"));
    assert_int_equal(input_form(arena, TEXT(""), &in), OK);
    assert_int_equal(in->count, 0);
    assert_int_equal(input_form(arena, TEXT_NONE, &in), OK);
    assert_int_equal(in->count, 0);
}

static void test_form_refused(void **state)
{
    (void)state;
    const struct {
        struct text t;
        err e;
    } cases[] = {
        { TEXT("a=%00"), ERR_BAD_TEXT },       { TEXT("a=%ff"), ERR_BAD_TEXT },
        { TEXT("%c3=1"), ERR_BAD_TEXT },       { TEXT("a=\0"), ERR_BAD_TEXT },
        { TEXT("a=%ed%a0%80"), ERR_BAD_TEXT }, { TEXT("a=1&b=2&a=1"), ERR_BAD_FORM },
        { TEXT("a&%61"), ERR_BAD_FORM },
    };
    struct input *in = NULL;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (input_form(arena, cases[i].t, &in) != cases[i].e || in != NULL)
            fail_msg("case %zu", i);
    }
    for (int fields = 999; fields <= 1000; fields++) {
        struct buf b = buf_new(arena, 1 << 20);
        for (int i = 0; i < fields; i++)
            buf_format(&b, "f%d=%d&", i, i);
        assert_int_equal(input_form(arena, buf_text(&b), &in), fields == 999 ? OK : ERR_TOO_LARGE);
    }
}

static void test_errors_are_kept_short(void **state)
{
    (void)state;
    struct field_errors *errors = ARENA_NEW(arena, struct field_errors);
    errors->arena = arena;
    struct buf b = buf_new(arena, 4096);
    buf_char(&b, 'x');
    for (int i = 0; i < 1000; i++)
        buf_cstr(&b, "\xc3\xa9");
    char name[] = "minutes";
    field_errors_add(errors, text_of(name), "Use {max}.", 1, 2);
    name[0] = 'M'; /* the name was copied */
    field_errors_add(errors, buf_text(&b), "x", 0, 0);
    assert_true(text_is(errors->at[0].field, "minutes"));
    assert_int_equal(errors->at[0].max, 2);
    assert_false(errors->at[0].is_coins);
    assert_in_range(errors->at[1].field.len, 100, 120);
    assert_true(text_utf8_ok(errors->at[1].field));
    for (int i = 0; i < 200; i++)
        field_errors_add(errors, TEXT("a"), "x", 0, 0);
    assert_int_equal(errors->count, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_values),
        cmocka_unit_test(test_json_decimals),
        cmocka_unit_test(test_json_refused),
        cmocka_unit_test(test_json_limits),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_form_refused),
        cmocka_unit_test(test_errors_are_kept_short),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
