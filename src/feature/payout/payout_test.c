/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/payout/payout.h"

#include <libxml/parser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_decision(void **state)
{
    (void)state;
    struct payout_get p = { .state = PAYOUT_PROPOSED, .proposed_by = { 1 } };
    assert_int_equal(payout_check_decision(&p, (struct person_id){ 1 }, true), ERR_PAYOUT_OWN);
    assert_int_equal(payout_check_decision(&p, (struct person_id){ 1 }, false), OK);
    assert_int_equal(payout_check_decision(&p, (struct person_id){ 2 }, true), OK);
    p.state = PAYOUT_APPROVED;
    assert_int_equal(payout_check_decision(&p, (struct person_id){ 2 }, true), ERR_PAYOUT_DECIDED);
    assert_int_equal(payout_check_decision(&p, (struct person_id){ 1 }, true), ERR_PAYOUT_DECIDED);
}

static void test_sepa_text(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    const struct {
        const char *from, *to;
        size_t max;
    } cases[] = {
        { "Bakkerij De Gouden Korst", "Bakkerij De Gouden Korst", 70 },
        { "Caf\xc3\xa9 \xc3\x9c"
          "ber & Z\xc3\xb8n",
          "Cafe Uber + Zon", 70 },
        { "\xc5\x81ukasz <script>", "ukasz script", 70 },
        { "abcdef", "abc", 3 },
        { "\xe2\x82\xac\xe2\x82\xac", "-", 70 },
        { "", "-", 70 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(text_cstr(a, payout_sepa_text(a, text_of(cases[i].from), cases[i].max)),
                            cases[i].to);
    arena_free(a);
}

static struct text file_of(struct arena *a, size_t count, struct payout_get *payout)
{
    struct payout_items *items = ARENA_ARRAY(a, struct payout_items, count);
    int64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct payout_items){ .id = { i + 1 },
                                          .amount = { (int64_t)i * 7 + 1 },
                                          .name = TEXT("Bakkerij \"De <Korst>\" & Zn"),
                                          .iban = TEXT("NL03RABO0000000001"),
                                          .bic = i % 2 == 0 ? TEXT("RABONL2U") : TEXT(""),
                                          .end_to_end = text_format(a, "E2E%zu", i) };
        total += items[i].amount.cents;
    }
    *payout = (struct payout_get){ .id = { (uint128)1 << 127 },
                                   .state = PAYOUT_APPROVED,
                                   .item_count = (int64_t)count,
                                   .total = { total },
                                   .brand = TEXT("Heitje"),
                                   .currency = TEXT("EUR"),
                                   .debtor_name = TEXT("Gemeente Heerlen & Co"),
                                   .debtor_iban = TEXT("NL91ABNA0417164300"),
                                   .debtor_bic = TEXT(""),
                                   .decided_at = { INT64_C(1795536000123456) } };
    struct payout_items_rows rows = { .at = items, .count = count };
    struct text xml;
    assert_int_equal(payout_pain001(a, payout, &rows, &xml), OK);
    return xml;
}

static void test_pain001(void **state)
{
    (void)state;
    struct arena *a = arena_new(4 << 20);
    struct payout_get payout;
    struct text xml = file_of(a, 3, &payout);
    assert_non_null(strstr(text_cstr(a, xml), "<NbOfTxs>3</NbOfTxs><CtrlSum>0.24</CtrlSum>"));
    assert_non_null(strstr(text_cstr(a, xml), "<InstdAmt Ccy=\"EUR\">0.08</InstdAmt>"));
    assert_non_null(strstr(text_cstr(a, xml), "<ReqdExctnDt><Dt>2026-11-25</Dt></ReqdExctnDt>"));
    assert_non_null(strstr(text_cstr(a, xml), "<Nm>Bakkerij De Korst + Zn</Nm>"));
    assert_true(text_eq(xml, file_of(a, 3, &payout))); /* the same bytes each time */
    xmlDocPtr document = xmlReadMemory(xml.at, (int)xml.len, "pain", NULL, XML_PARSE_NONET);
    assert_non_null(document);
    xmlFreeDoc(document);
    payout.state = PAYOUT_PROPOSED;
    struct payout_items_rows none = { 0 };
    assert_int_equal(payout_pain001(a, &payout, &none, &xml), ERR_PAYOUT_NOT_APPROVED);
    arena_free(a);
}

/* The bank's own schema, where the folder with it stands beside the checkout. */
static void test_pain001_schema(void **state)
{
    (void)state;
    char schema[1024], path[] = "/tmp/wesh-pain001-XXXXXX", command[2200];
    snprintf(schema, sizeof schema, "%s/../shared/conformance/pain.001.001.09.xsd",
             getenv("WESH_ROOT") != NULL ? getenv("WESH_ROOT") : ".");
    if (access(schema, R_OK) != 0) {
        print_message("no ../shared/conformance here\n");
        skip();
    }
    struct arena *a = arena_new(4 << 20);
    struct payout_get payout;
    struct text xml = file_of(a, 250, &payout);
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, xml.at, xml.len) == (ssize_t)xml.len);
    close(fd);
    snprintf(command, sizeof command, "xmllint --noout --nonet --schema '%s' '%s'", schema, path);
    assert_int_equal(system(command), 0);
    unlink(path);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decision),
        cmocka_unit_test(test_sepa_text),
        cmocka_unit_test(test_pain001),
        cmocka_unit_test(test_pain001_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
