/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

#define TYPE     "multipart/form-data; boundary=AaB"
#define FIELD(n) "Content-Disposition: form-data; name=\"" n "\"\r\n\r\n"
#define FILE_OF(n, f)                                                                              \
    "Content-Disposition: form-data; name=\"" n "\"; filename=\"" f                                \
    "\"\r\nContent-Type: image/jpeg\r\n\r\n"
#define PART "--AaB\r\n"
#define NEXT "\r\n--AaB\r\n"
#define END  "\r\n--AaB--\r\n"

struct result {
    struct input *fields;
    struct upload *files;
    size_t file_count;
};

static err read_as(struct text type, struct text body, struct result *r)
{
    *r = (struct result){ 0 };
    return input_multipart(arena, type, body, &r->fields, &r->files, &r->file_count);
}

static void test_fields_and_files(void **state)
{
    (void)state;
    struct result r;
    struct text body = TEXT("preamble\r\n" PART FIELD("title") "Paint\r\nthe bench" NEXT FIELD(
        "empty") "" NEXT FILE_OF("photo", "C:\\photos\\a b.jpg") "\xff\xd8\0\r\n--AaBx\r\n--" NEXT
                                FILE_OF("photo", "../../etc/passwd") "x" NEXT FILE_OF(
                                    "chosenNone", "") "" END "epilogue\r\n--AaB\r\n");
    assert_int_equal(read_as(TEXT(TYPE), body, &r), OK);
    assert_int_equal(r.fields->count, 2);
    assert_true(r.fields->is_form);
    assert_true(text_is(input_get(r.fields, "title")->text, "Paint\r\nthe bench"));
    assert_true(text_is(input_get(r.fields, "empty")->text, ""));
    assert_int_equal(r.file_count, 2);
    assert_true(text_is(r.files[0].field, "photo"));
    assert_true(text_is(r.files[0].filename, "a b.jpg"));
    assert_true(text_is(r.files[0].media_type, "image/jpeg"));
    assert_true(text_eq(r.files[0].content, TEXT("\xff\xd8\0\r\n--AaBx\r\n--")));
    assert_true(r.files[0].content.at > body.at);
    assert_true(r.files[0].content.at < body.at + body.len); /* not copied */
    assert_true(text_is(r.files[1].filename, "passwd"));
}

static void test_headers(void **state)
{
    (void)state;
    struct result r;
    const struct {
        struct text headers;
        const char *name;
    } cases[] = {
        { TEXT("content-disposition:form-data;name=a"), "a" },
        { TEXT("Content-Disposition: FORM-DATA ; NAME = \"a b\" ; x"), "a b" },
        { TEXT("Content-Disposition: form-data; name=\"a%22b\""), "a\"b" },
        { TEXT("Content-Disposition: form-data; name=\"a\\\"b\""), "a\"b" },
        { TEXT("Content-Disposition: form-data; name=\"a\\b\""), "a\\b" },
        { TEXT("Content-Disposition: form-data; name=\"a;b=c\""), "a;b=c" },
        { TEXT("Content-Disposition: form-data; name=\"\""), "" },
        { TEXT("Content-Disposition: form-data; name=\"caf\xc3\xa9%\""), "caf\xc3\xa9%" },
        { TEXT("X-Other: 1\r\nContent-Disposition: form-data; name=\"a\"\r\n"
               "Content-Transfer-Encoding: 8BIT"),
          "a" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text body =
            text_format(arena, PART "%.*s\r\n\r\nvalue" END, TEXT_ARGS(cases[i].headers));
        if (read_as(TEXT(TYPE), body, &r) != OK || r.fields->count != 1 ||
            !text_is(r.fields->first->name, cases[i].name) ||
            !text_is(r.fields->first->text, "value"))
            fail_msg("case %zu", i);
    }
}

static void test_types(void **state)
{
    (void)state;
    const struct {
        struct text type;
        err e;
    } cases[] = {
        { TEXT("multipart/form-data; boundary=\"AaB\""), OK },
        { TEXT("Multipart/Form-Data;charset=utf-8; BOUNDARY=AaB ; x=y"), OK },
        { TEXT("multipart/form-data; boundary=Aa"), ERR_BAD_FORM },
        { TEXT("multipart/form-data; boundary="), ERR_BAD_FORM },
        { TEXT("multipart/form-data; boundary=\"AaB"), ERR_BAD_FORM },
        { TEXT("multipart/form-data; =AaB"), ERR_BAD_FORM },
        { TEXT("multipart/form-data"), ERR_BAD_FORM },
        { TEXT("multipart/form-data;"), ERR_BAD_FORM },
        { TEXT("multipart/form-data; boundary=12345678901234567890123456789012345678901234567890"
               "123456789012345678901"),
          ERR_BAD_FORM },
        { TEXT("multipart/mixed; boundary=AaB"), ERR_MEDIA_TYPE },
        { TEXT("application/json"), ERR_MEDIA_TYPE },
        { TEXT(""), ERR_MEDIA_TYPE },
        { TEXT_NONE, ERR_MEDIA_TYPE },
    };
    struct result r;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (read_as(cases[i].type, TEXT(PART FIELD("a") "1" END), &r) != cases[i].e)
            fail_msg("case %zu", i);
}

static void test_refused(void **state)
{
    (void)state;
    const struct {
        struct text body;
        err e;
    } cases[] = {
        { TEXT(""), ERR_BAD_FORM },
        { TEXT_NONE, ERR_BAD_FORM },
        { TEXT("--"), ERR_BAD_FORM },
        { TEXT("--AaB"), ERR_BAD_FORM },
        { TEXT(PART), ERR_BAD_FORM },
        { TEXT(PART FIELD("a") "1"), ERR_BAD_FORM }, /* cut off */
        { TEXT(PART FIELD("a") "1\r\n--AaB"), ERR_BAD_FORM },
        { TEXT(PART FIELD("a") "1\r\n--AaB-"), ERR_BAD_FORM },
        { TEXT(PART "Content-Disposition: form-data; name=\"a\"" END), ERR_BAD_FORM },
        { TEXT(PART "\r\nvalue" END), ERR_BAD_FORM }, /* no headers */
        { TEXT(PART "Content-Type: text/plain\r\n\r\nvalue" END), ERR_BAD_FORM },
        { TEXT(PART "Content-Disposition: form-data\r\n\r\nvalue" END), ERR_BAD_FORM },
        { TEXT(PART "Content-Disposition: attachment; name=\"a\"\r\n\r\nvalue" END), ERR_BAD_FORM },
        { TEXT(PART "Content-Disposition: form-data; name=\"a\r\n\r\nvalue" END), ERR_BAD_FORM },
        { TEXT(PART "no colon\r\n" FIELD("a") "value" END), ERR_BAD_FORM },
        { TEXT(PART "Content-Disposition: form-data; name=b\r\n" FIELD("a") "x" END),
          ERR_BAD_FORM },
        { TEXT(PART "Content-Transfer-Encoding: base64\r\n" FIELD("a") "eA==" END), ERR_BAD_FORM },
        { TEXT(PART FIELD("a") "1" NEXT FIELD("a") "2" END), ERR_BAD_FORM }, /* twice */
        { TEXT(PART FIELD("a") "\xff" END), ERR_BAD_TEXT },
        { TEXT(PART FIELD("a") "\0" END), ERR_BAD_TEXT },
        { TEXT(PART FIELD("a\xff") "1" END), ERR_BAD_TEXT },
        { TEXT(PART FILE_OF("f", "a\xff.jpg") "1" END), ERR_BAD_TEXT },
        { TEXT(PART FILE_OF("f", "a\0.jpg") "1" END), ERR_BAD_TEXT },
    };
    struct result r;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (read_as(TEXT(TYPE), cases[i].body, &r) != cases[i].e || r.fields != NULL)
            fail_msg("case %zu", i);
    assert_int_equal(read_as(TEXT(TYPE), TEXT("--AaB--"), &r), OK); /* an empty form */
    assert_int_equal(r.fields->count, 0);
}

static struct text many(size_t parts, bool is_file)
{
    struct buf b = buf_new(arena, 1 << 20);
    for (size_t i = 0; i < parts; i++)
        buf_format(&b, "--AaB\r\nContent-Disposition: form-data; name=\"n%zu\"%s\r\n\r\nx\r\n", i,
                   is_file ? "; filename=\"a\"" : "");
    buf_cstr(&b, "--AaB--\r\n");
    return buf_text(&b);
}

static void test_limits(void **state)
{
    (void)state;
    struct result r;
    assert_int_equal(read_as(TEXT(TYPE), many(64, false), &r), OK);
    assert_int_equal(r.fields->count, 64);
    assert_int_equal(read_as(TEXT(TYPE), many(65, false), &r), ERR_TOO_LARGE);
    assert_int_equal(read_as(TEXT(TYPE), many(8, true), &r), OK);
    assert_int_equal(r.file_count, 8);
    assert_true(text_is(r.files[7].media_type, "application/octet-stream"));
    assert_int_equal(read_as(TEXT(TYPE), many(9, true), &r), ERR_TOO_LARGE);
    struct buf b = buf_new(arena, 1 << 20);
    buf_cstr(&b, PART "X-Long: ");
    for (int i = 0; i < 9000; i++)
        buf_char(&b, 'x');
    buf_cstr(&b, "\r\n" FIELD("a") "1" END);
    assert_int_equal(read_as(TEXT(TYPE), buf_text(&b), &r), ERR_BAD_FORM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_and_files),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
