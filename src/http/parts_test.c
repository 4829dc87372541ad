/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/server.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;

static void test_accept(void **state)
{
    (void)state;
    static const struct {
        const char *header, *type;
        bool ok;
    } cases[] = {
        { NULL, "text/html", true },
        { "", "text/html", true },
        { "*/*", "text/html", true },
        { "text/*", "text/html", true },
        { "text/*", "application/json", false },
        { "TEXT/HTML", "text/html", true },
        { "text/html;charset=utf-8", "text/html", true },
        { "text/html;q=0", "text/html", false },
        { "text/html;q=0.000, */*", "text/html", false },
        { "text/html; Q=0.001", "text/html", true },
        { "application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json", true },
        { "*/*;q=0", "text/html", false },
        { "text/htm", "text/html", false },
        { ",,;;q", "text/html", false },
        { "text", "text/html", false },
        { "/*", "text/html", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (accept_has(cases[i].header, cases[i].type) != cases[i].ok)
            fail_msg("%s for %s", cases[i].header, cases[i].type);
    assert_true(accept_gzip("gzip"));
    assert_true(accept_gzip("br;q=1, GZIP;q=0.5"));
    assert_true(accept_gzip("*"));
    assert_false(accept_gzip(NULL));
    assert_false(accept_gzip("identity"));
    assert_false(accept_gzip("*, gzip;q=0"));
    assert_true(accept_is_type("Application/JSON ; charset=utf-8", "application/json"));
    assert_false(accept_is_type("application/jsonp", "application/json"));
    assert_false(accept_is_type(NULL, "application/json"));
    assert_false(accept_is_type("", "application/json"));
}

static void test_target(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        err e;
        size_t segments;
        const char *last;
    } cases[] = {
        { "/", OK, 0, NULL },
        { "/?", OK, 0, NULL },
        { "/a", OK, 1, "a" },
        { "/a/b%20c?x=/../", OK, 2, "b c" },
        { "/%C3%A9", OK, 1, "\xc3\xa9" },
        { "http://host", ERR_BAD_ADDRESS, 0, NULL },
        { "http://host/a", OK, 1, "a" },
        { "https://host:1/a?b", OK, 1, "a" },
        { "ftp://host/a", ERR_BAD_ADDRESS, 0, NULL },
        { "", ERR_BAD_ADDRESS, 0, NULL },
        { "*", ERR_BAD_ADDRESS, 0, NULL },
        { "a/b", ERR_BAD_ADDRESS, 0, NULL },
        { "/a#b", ERR_BAD_ADDRESS, 0, NULL },
        { "/a/", ERR_NOT_FOUND, 0, NULL },
        { "//", ERR_NOT_FOUND, 0, NULL },
        { "//a", ERR_NOT_FOUND, 0, NULL },
        { "/a//b", ERR_NOT_FOUND, 0, NULL },
        { "/.", ERR_NOT_FOUND, 0, NULL },
        { "/a/../b", ERR_NOT_FOUND, 0, NULL },
        { "/%2e%2E/b", ERR_NOT_FOUND, 0, NULL },
        { "/a%2fb", ERR_NOT_FOUND, 0, NULL },
        { "/a%5Cb", ERR_NOT_FOUND, 0, NULL },
        { "/%00", ERR_BAD_ADDRESS, 0, NULL },
        { "/%0a", ERR_BAD_ADDRESS, 0, NULL },
        { "/%7f", ERR_BAD_ADDRESS, 0, NULL },
        { "/%", ERR_BAD_ADDRESS, 0, NULL },
        { "/%4", ERR_BAD_ADDRESS, 0, NULL },
        { "/%4g", ERR_BAD_ADDRESS, 0, NULL },
        { "/%ff", ERR_BAD_ADDRESS, 0, NULL },
        { "/1/2/3/4/5/6/7/8/9/10/11/12", OK, 12, "12" },
        { "/1/2/3/4/5/6/7/8/9/10/11/12/13", ERR_NOT_FOUND, 0, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct target t;
        err e = target_parse(arena, cases[i].uri, &t);
        if (e != cases[i].e)
            fail_msg("%s: %s", cases[i].uri, err_info(e)->name);
        if (e != OK)
            continue;
        assert_int_equal(t.segment_count, cases[i].segments);
        if (cases[i].last != NULL)
            assert_true(text_is(t.segments[t.segment_count - 1], cases[i].last));
    }
}

static void test_local(void **state)
{
    (void)state;
    static const char *const good[] = { "/", "/tasks", "/tasks?a=b&c=%2F", "/a//b" };
    static const char *const bad[] = { "",        "tasks",        "//host",
                                       "/\\host", "https://host", "/a\r\nX",
                                       "/a b",    "javascript:",  "/\xc3\xa9",
                                       " /a" };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(target_is_local(text_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(target_is_local(text_of(bad[i])));
    assert_false(target_is_local(TEXT_NONE));
}

static void test_limit(void **state)
{
    (void)state;
    struct limit *l = limit_new(60, &random_system);
    for (int i = 0; i < 60; i++)
        assert_true(limit_take(l, 1, 1000));
    assert_false(limit_take(l, 1, 1000));
    assert_true(limit_take(l, 2, 1000));
    assert_false(limit_take(l, 1, 1999));
    assert_true(limit_take(l, 1, 2000)); /* one a second comes back */
    assert_false(limit_take(l, 1, 2001));
    for (int i = 0; i < 60; i++) /* never more than a minute's worth */
        assert_true(limit_take(l, 1, 10 * 60 * 1000));
    assert_false(limit_take(l, 1, 10 * 60 * 1000));
    for (uint128 who = 10; who < 100000; who++) /* more people than places */
        assert_true(limit_take(l, who, 10 * 60 * 1000));
    limit_free(l);
    assert_true(limit_take(NULL, 1, 1));
}

static void test_body(void **state)
{
    (void)state;
    static char bytes[200000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31 % 251);
    static const size_t sizes[] = { 0, 1, 4096, 65535, 65536, 65537, 200000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct body b;
        struct text t;
        body_begin(&b, arena, "/tmp", sizeof bytes);
        for (size_t at = 0; at < sizes[i]; at += 5000)
            assert_int_equal(body_add(&b, bytes + at, sizes[i] - at < 5000 ? sizes[i] - at : 5000),
                             OK);
        assert_true((b.fd >= 0) == (sizes[i] > 64 * 1024));
        assert_int_equal(body_done(&b, &t), OK);
        assert_int_equal(t.len, sizes[i]);
        assert_memory_equal(t.at, bytes, sizes[i]);
        body_free(&b);
        body_free(&b);
    }
    struct body b;
    body_begin(&b, arena, "/tmp", 10);
    assert_int_equal(body_add(&b, bytes, 10), OK);
    assert_int_equal(body_add(&b, bytes, 1), ERR_TOO_LARGE);
    body_free(&b);
    body_begin(&b, arena, "/nowhere", sizeof bytes);
    assert_int_equal(body_add(&b, bytes, 100000), ERR_INTERNAL);
    body_free(&b);
}

static void test_csrf(void **state)
{
    (void)state;
    struct text secret = TEXT("secret"), a = csrf_token(arena, secret, &random_system),
                b = csrf_token(arena, secret, &random_system);
    assert_false(text_eq(a, b));
    assert_true(csrf_ok(arena, secret, a));
    assert_true(csrf_ok(arena, secret, b));
    struct sha256 plain = hmac_sha256(secret, TEXT("csrf"));
    assert_true(csrf_ok(arena, secret, base64url(arena, (struct text){ (char *)plain.at, 32 })));
    assert_false(csrf_ok(arena, TEXT("other"), a));
    assert_false(csrf_ok(arena, secret, TEXT_NONE));
    assert_false(csrf_ok(arena, secret, TEXT("")));
    assert_false(csrf_ok(arena, secret, TEXT("====")));
    assert_false(csrf_ok(arena, secret, (struct text){ a.at, a.len - 2 }));
    char *changed = text_cstr(arena, a);
    changed[3] = changed[3] == 'A' ? 'B' : 'A';
    assert_false(csrf_ok(arena, secret, text_of(changed)));
}

static void test_actor(void **state)
{
    (void)state;
    struct actor a = { .person = { 1 },
                       .grants = { { ROLE_STEWARD, 5 }, { ROLE_AUDITOR, 0 }, { ROLE_STEWARD, 6 } },
                       .grant_count = 3 };
    assert_true(actor_has(&a, ROLE_STEWARD, 5));
    assert_true(actor_has(&a, ROLE_STEWARD | ROLE_CASHIER, 6));
    assert_false(actor_has(&a, ROLE_STEWARD, 7));
    assert_true(actor_has(&a, ROLE_AUDITOR, 7));
    assert_false(actor_has(&a, ROLE_CASHIER, 5));
    assert_true(actor_scope(&a, ROLE_STEWARD) == 5);
    assert_true(actor_scope(&a, ROLE_OWNER) == 0);
}

static const struct rooms none = { .id = "none" };
static const struct route route_list[] = {
    { .kind = READ, .method = GET, .path = "/", .rooms = &none, .page = "p" },
    { .kind = READ, .method = GET, .path = "/a/{x}", .rooms = &none, .page = "p" },
    { .kind = READ, .method = GET, .path = "/a/new", .rooms = &none },
    { .kind = WRITE, .method = POST, .path = "/a/{x}", .rooms = &none },
    { .kind = WRITE, .method = DELETE, .path = "/a/{x}/b/{y}", .rooms = &none },
};
static const struct feature feature = { "test", route_list, 5, NULL, 0 };

static void test_routes(void **state)
{
    (void)state;
    const struct feature *const list[] = { &feature, NULL };
    struct routes *r = routes_new(arena, list);
    struct target t;
    struct route_match m;
    assert_int_equal(target_parse(arena, "/a/new", &t), OK);
    routes_find(r, arena, &t, GET, &m);
    assert_ptr_equal(m.route, &route_list[2]);
    routes_find(r, arena, &t, POST, &m);
    assert_ptr_equal(m.route, &route_list[3]);
    assert_int_equal(target_parse(arena, "/a/%7B1/b/2%3F", &t), OK);
    routes_find(r, arena, &t, DELETE, &m);
    assert_ptr_equal(m.route, &route_list[4]);
    assert_true(text_is(input_get(m.path, "x")->text, "{1"));
    assert_true(text_is(routes_fill(arena, "/{y}/{x}/{id}/{", m.path, 0), "/2%3F/%7B1//{"));
    routes_find(r, arena, &t, GET, &m);
    assert_null(m.route);
    assert_string_equal(routes_allow(arena, m.methods), "DELETE, OPTIONS");
    assert_int_equal(target_parse(arena, "/", &t), OK);
    routes_find(r, arena, &t, GET, &m);
    assert_ptr_equal(m.route, &route_list[0]);
    assert_int_equal(target_parse(arena, "/b", &t), OK);
    routes_find(r, arena, &t, GET, &m);
    assert_int_equal(m.methods, 0);
    assert_ptr_equal(routes_page(r, "/a/{x}"), &route_list[1]);
    assert_null(routes_page(r, "/a/new")); /* no page */
}

static int setup(void **state)
{
    (void)state;
    crypto_start();
    arena = arena_new(8 * 1024 * 1024);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept), cmocka_unit_test(test_target), cmocka_unit_test(test_local),
        cmocka_unit_test(test_limit),  cmocka_unit_test(test_body),   cmocka_unit_test(test_csrf),
        cmocka_unit_test(test_actor),  cmocka_unit_test(test_routes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
