/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct text_entry dutch[] = {
    { "Bench", "Bank", NULL },
    { "Bin", "Bak", NULL },
    { "bin:a:b", "bakje", NULL },
    { "\xc3\xa9", "e", NULL },
};
static const struct text_entry english[] = { { "bin:c", "Sea", NULL } };
static const struct text_catalogue all[] = {
    { "en", english, 1 },
    { "nl", dutch, 4 },
    { NULL, NULL, 0 },
};

static void test_find(void **state)
{
    (void)state;
    const struct text_catalogue *nl = texts_catalogue(all, "nl");
    assert_ptr_equal(nl, &all[1]);
    assert_null(texts_catalogue(all, "de"));
    assert_null(texts_catalogue(all, NULL));
    assert_null(texts_catalogue(NULL, "nl"));
    for (size_t i = 0; i < nl->count; i++)
        assert_ptr_equal(texts_find(nl, text_of(dutch[i].key)), &dutch[i]);
    static const char *const absent[] = { "", "A", "Benc", "Benchs", "zzz" };
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        assert_null(texts_find(nl, text_of(absent[i])));
    assert_null(texts_find(NULL, TEXT("Bin")));
}

static void test_word(void **state)
{
    (void)state;
    static const struct {
        const char *lang, *key, *expected;
    } cases[] = {
        { "nl", "bin:a:b", "bakje" }, { "de", "bin:a:b", "a:b" }, { "nl", "bin:c", "Sea" },
        { "nl", "bin:", "" },         { "nl", "none", "none" },   { "nl", "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text word = texts_word(all, cases[i].lang, text_of(cases[i].key));
        assert_true(text_eq(word, text_of(cases[i].expected)));
    }
}

static void test_page_text(void **state)
{
    (void)state;
    assert_string_equal(page_text("nl", "No such text: none"), "No such text: none");
    assert_string_equal(page_text("xx", "This is not valid JSON."), "This is not valid JSON.");
    assert_string_equal(page_text("de", "no.such_word:kind"), "kind");
    assert_string_equal(page_text("nl", ""), "");
    assert_string_equal(page_text("nl", "This is not valid JSON."), "Dit is geen geldige JSON.");
}

static void test_lang_pick(void **state)
{
    (void)state;
    static const struct {
        const char *cookie, *accept, *expected;
    } cases[] = {
        { NULL, NULL, "nl" },
        { NULL, "", "nl" },
        { "de", "en", "de" },
        { "fr", "en", "en" },
        { "", "de", "de" },
        { "de;", NULL, "nl" },
        { NULL, "en-GB,en;q=0.9", "en" },
        { NULL, "DE-at", "de" },
        { NULL, "fr-FR, fr;q=0.9, de;q=0.4, en;q=0.5", "en" },
        { NULL, "en;q=0.5, de;q=0.5", "en" },
        { NULL, "de;q=0.5, en;q=0.5", "de" },
        { NULL, "de ; q=1.000 , en;q=0.999", "de" },
        { NULL, "en;q=0", "nl" },
        { NULL, "nl;q=0, *", "en" },
        { NULL, "nl;q=0, en;q=0, *;q=0.1", "de" },
        { NULL, "*;q=0.1, de;q=0.05", "nl" },
        { NULL, "*;q=0", "nl" },
        { NULL, "nl-BE;q=0.2, de;q=0.3, nl;q=0.4", "nl" },
        { NULL, "deu, english, enx", "nl" },
        { NULL, "de;q=1.5, en;q=0.1", "en" },
        { NULL, "de;q=x, en;q=0.1", "en" },
        { NULL, "de;q=0.1234, en;q=0.1", "en" },
        { NULL, "de;q=, en;q=.9, nl;q=0.1", "nl" },
        { NULL, "de;level=1, en;q=0.1", "en" },
        { NULL, ",,;;,;q=1,de", "de" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *lang = page_lang_pick(text_of(cases[i].cookie), text_of(cases[i].accept));
        if (strcmp(lang, cases[i].expected) != 0)
            fail_msg("%s gave %s", cases[i].accept, lang);
    }
}

/* Past 32 ranges or 1 KiB a header is not read on. */
static void test_lang_pick_bounded(void **state)
{
    (void)state;
    char header[5000];
    for (size_t i = 0; i < sizeof header; i++)
        header[i] = i % 3 == 2 ? ',' : 'x';
    memcpy(header + 9 * 3, "de", 2);
    memcpy(header + 40 * 3, "en", 2);
    assert_string_equal(page_lang_pick(TEXT_NONE, (struct text){ header, sizeof header }), "de");
    memset(header, 'x', sizeof header);
    memcpy(header + 1100, ",en", 3);
    assert_string_equal(page_lang_pick(TEXT_NONE, (struct text){ header, sizeof header }), "nl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_word),
        cmocka_unit_test(test_page_text),
        cmocka_unit_test(test_lang_pick),
        cmocka_unit_test(test_lang_pick_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
