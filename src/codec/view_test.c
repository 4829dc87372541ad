/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/view.h"

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

static void assert_json(const struct view *v, const char *expected)
{
    struct text json = TEXT_NONE;
    assert_int_equal(view_json(arena, v, 1 << 20, &json), OK);
    assert_string_equal(text_cstr(arena, json), expected);
}

static void test_each_kind(void **state)
{
    (void)state;
    struct view *v = view_object(arena);
    view_put_null(arena, v, "null");
    view_put_bool(arena, v, "yes", true);
    view_put_bool(arena, v, "no", false);
    view_put_int(arena, v, "int", INT64_MIN);
    view_put_coins(arena, v, "coins", (struct coins){ 750 });
    view_put_text(arena, v, "text", TEXT("caf\xc3\xa9"));
    view_put_text(arena, v, "noText", TEXT_NONE);
    view_put_text(arena, v, "empty", TEXT(""));
    view_put_cstr(arena, v, "noCstr", NULL);
    view_put_id(arena, v, "id", (uint128)1 << 100);
    view_put_id(arena, v, "noId", 0);
    view_put_instant(arena, v, "at", (struct instant){ 1500000 });
    view_put_instant(arena, v, "noAt", (struct instant){ 0 });
    assert_json(v, "{\"null\":null,\"yes\":true,\"no\":false,\"int\":-9223372036854775808,"
                   "\"coins\":750,\"text\":\"caf\xc3\xa9\",\"noText\":null,\"empty\":\"\","
                   "\"noCstr\":null,\"id\":\"00000010-0000-0000-0000-000000000000\",\"noId\":null,"
                   "\"at\":\"1970-01-01T00:00:01.5Z\",\"noAt\":null}");
    assert_int_equal(v->count, 13);
    assert_int_equal(view_get(v, "coins")->integer, 750);
    assert_null(view_get(v, "coin"));
    assert_null(view_get(v, "coinss"));
}

static void test_micro(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *json;
    } cases[] = {
        { 0, "{\"v\":0}" },
        { 1, "{\"v\":0.000001}" },
        { -1, "{\"v\":-0.000001}" },
        { 5981000, "{\"v\":5.981}" },
        { -180000000, "{\"v\":-180}" },
        { 50888123, "{\"v\":50.888123}" },
        { -500000, "{\"v\":-0.5}" },
        { INT64_MAX, "{\"v\":9223372036854.775807}" },
        { INT64_MIN, "{\"v\":-9223372036854.775808}" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct view *v = view_object(arena);
        view_put_micro(arena, v, "v", cases[i].value);
        assert_json(v, cases[i].json);
    }
}

static void test_nesting(void **state)
{
    (void)state;
    struct view *v = view_object(arena);
    struct view *items = view_put_list(arena, v, "items");
    view_put_list(arena, v, "none");
    view_put_object(arena, v, "nothing");
    view_add_text(arena, items, TEXT("a"));
    view_add_text(arena, items, TEXT_NONE);
    view_put_int(arena, view_add_object(arena, items), "n", 1);
    view_add(items, view_list(arena));
    assert_int_equal(items->count, 4);
    assert_json(v, "{\"items\":[\"a\",null,{\"n\":1},[]],\"none\":[],\"nothing\":{}}");
    assert_json(view_list(arena), "[]");
}

static void test_escapes(void **state)
{
    (void)state;
    struct view *v = view_list(arena);
    view_add_text(arena, v, TEXT("\"\\/\b\f\n\r\t"));
    view_add_text(arena, v, TEXT("\x00\x01\x1f\x7f"));
    view_add_text(arena, v, TEXT("</script><!--"));
    view_add_text(arena, v, TEXT("\xf0\x9f\x98\x80\xe2\x80\xa8"));
    assert_json(v, "[\"\\\"\\\\/\\b\\f\\n\\r\\t\",\"\\u0000\\u0001\\u001f\x7f\","
                   "\"\\u003c/script>\\u003c!--\",\"\xf0\x9f\x98\x80\xe2\x80\xa8\"]");
    struct view *object = view_object(arena);
    view_put_int(arena, object, "a\"b", 1);
    assert_json(object, "{\"a\\\"b\":1}");
}

/* Each character at each place of a text longer than a word, against the plain rule. */
static void test_each_character(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        for (size_t place = 0; place < 20; place++) {
            char t[20];
            memset(t, 'x', sizeof t);
            t[place] = (char)c;
            bool is_plain = c >= ' ' && c != '"' && c != '\\' && c != '<';
            bool is_short = c != 0 && strchr("\"\\\b\f\n\r\t", c) != NULL;
            struct view *v = view_list(arena);
            struct text json = TEXT_NONE;
            view_add_text(arena, v, (struct text){ t, sizeof t });
            assert_int_equal(view_json(arena, v, 100, &json), OK);
            assert_int_equal(json.len, sizeof t + 4 + (is_plain ? 0U : is_short ? 1U : 5U));
            assert_int_equal(json.at[2 + place], is_plain ? (char)c : '\\');
            assert_int_equal(json.at[json.len - 3], place < 19 ? 'x' : json.at[json.len - 3]);
        }
    }
}

static void test_too_large(void **state)
{
    (void)state;
    struct view *v = view_list(arena);
    struct text json = TEXT("before");
    view_add_text(arena, v, TEXT("12345"));
    assert_int_equal(view_json(arena, v, 9, &json), OK);
    assert_true(text_is(json, "[\"12345\"]"));
    json = TEXT("before");
    for (size_t max = 0; max < 9; max++)
        assert_int_equal(view_json(arena, v, max, &json), ERR_TOO_LARGE);
    assert_true(text_is(json, "before"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind),      cmocka_unit_test(test_micro),
        cmocka_unit_test(test_nesting),        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_each_character), cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
