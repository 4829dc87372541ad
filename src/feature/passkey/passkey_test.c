/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "feature/passkey/passkey.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

static struct arena *arena;
static struct passkey_site site;
static EVP_PKEY *key;

static void sites(void **state)
{
    static const struct {
        const char *url, *origin, *rp_id; /* NULL: refused */
    } cases[] = {
        { "https://Coins.Example.org", "https://coins.example.org", "coins.example.org" },
        { "http://localhost:8080", "http://localhost:8080", "localhost" },
        { "https://example.org/wesh", "https://example.org", "example.org" },
        { "http://[::1]:80", "http://[::1]:80", "[::1]:80" },
        { "ftp://example.org", NULL, NULL },
        { "https://", NULL, NULL },
        { "https://:80", NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct passkey_site s;
        print_message("%s\n", cases[i].url);
        err e = passkey_site_of(arena, cases[i].url, &s);
        assert_int_equal(e, cases[i].origin == NULL ? ERR_PASSKEY : OK);
        if (e == OK) {
            assert_true(text_is(s.origin, cases[i].origin));
            assert_true(text_is(s.rp_id, cases[i].rp_id));
        }
    }
}

#define CHALLENGE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define CLIENT(type, challenge, origin, more)                                                      \
    "{\"type\":\"" type "\",\"challenge\":\"" challenge "\",\"origin\":\"" origin "\"" more "}"

static void client_data(void **state)
{
    static const struct {
        const char *json;
        bool ok;
    } cases[] = {
        { CLIENT("webauthn.get", CHALLENGE, "http://localhost:1", ""), true },
        { CLIENT("webauthn.get", CHALLENGE, "http://localhost:1", ",\"crossOrigin\":false"), true },
        { CLIENT("webauthn.get", CHALLENGE, "http://localhost:1", ",\"other\":{\"a\":1}"), true },
        { CLIENT("webauthn.get", CHALLENGE, "http://localhost:1", ",\"crossOrigin\":true"), false },
        { CLIENT("webauthn.get", CHALLENGE, "http://localhost:1", ",\"crossOrigin\":1"), false },
        { CLIENT("webauthn.create", CHALLENGE, "http://localhost:1", ""), false },
        { CLIENT("webauthn.get", CHALLENGE, "http://localhost:2", ""), false },
        { CLIENT("webauthn.get", CHALLENGE, "https://localhost:1", ""), false },
        { CLIENT("webauthn.get", CHALLENGE, "http://localhost:1.evil.example", ""), false },
        { CLIENT("webauthn.get", "AAAA", "http://localhost:1", ""), false },
        { CLIENT("webauthn.get", "!", "http://localhost:1", ""), false },
        { CLIENT("webauthn.get", CHALLENGE, "http://localhost:1", ",\"origin\":\"x\""), false },
        { "{}", false },
        { "[]", false },
        { "{", false },
        { "", false },
        { "{\"type\":1,\"challenge\":2,\"origin\":3}", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text challenge;
        print_message("%s\n", cases[i].json);
        err e =
            passkey_client_data(arena, text_of(cases[i].json), "webauthn.get", &site, &challenge);
        assert_int_equal(e, cases[i].ok ? OK : ERR_PASSKEY);
        if (e == OK)
            assert_int_equal(challenge.len, 32);
    }
}

/* Authenticator data with a credential of our key, as an authenticator makes it at registration. */
static struct text made_data(unsigned flags)
{
    unsigned char point[65];
    size_t length;
    struct buf b = buf_new(arena, 4096);
    struct sha256 rp = sha256_of(site.rp_id);
    assert_int_equal(EVP_PKEY_get_octet_string_param(key, "pub", point, sizeof point, &length), 1);
    assert_int_equal(length, 65);
    buf_add(&b, (struct text){ (const char *)rp.at, sizeof rp.at });
    buf_char(&b, (char)flags);
    buf_add(&b, TEXT("\0\0\0\7"));
    buf_add(&b, TEXT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")); /* AAGUID */
    buf_add(&b, TEXT("\0\4wesh"));
    /* COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y} */
    buf_add(&b, TEXT("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"));
    buf_add(&b, (struct text){ (const char *)point + 1, 32 });
    buf_add(&b, TEXT("\x22\x58\x20"));
    buf_add(&b, (struct text){ (const char *)point + 33, 32 });
    return buf_text(&b);
}

static void registration(void **state)
{
    (void)state;
    struct passkey_made made;
    assert_int_equal(passkey_made_check(arena, &site, made_data(0x45), &made), OK);
    assert_true(text_is(made.credential_id, "wesh"));
    assert_int_equal(made.algorithm, -7);
    assert_int_equal(made.counter, 7);
    assert_true(made.is_verified);
    assert_int_equal(made.public_key.len, 64);
    assert_int_equal(passkey_made_check(arena, &site, made_data(0x41), &made), OK);
    assert_false(made.is_verified);
    assert_int_equal(passkey_made_check(arena, &site, made_data(0x44), &made), ERR_PASSKEY);
    assert_int_equal(passkey_made_check(arena, &site, made_data(0x05), &made), ERR_PASSKEY);
    struct passkey_site elsewhere = { site.origin, TEXT("example.org") };
    assert_int_equal(passkey_made_check(arena, &elsewhere, made_data(0x45), &made), ERR_PASSKEY);
    /* Cut off anywhere it is refused. */
    struct text whole = made_data(0x45);
    for (size_t len = 0; len < whole.len; len++) {
        char *cut = arena_alloc(arena, len + 1);
        memcpy(cut, whole.at, len);
        assert_int_equal(passkey_made_check(arena, &site, (struct text){ cut, len }, &made),
                         ERR_PASSKEY);
    }
}

static struct passkey_shown shown_by(unsigned flags, struct text rp_id, struct text public_key)
{
    struct sha256 rp = sha256_of(rp_id), client;
    struct buf b = buf_new(arena, 4096), signed_bytes = buf_new(arena, 4096);
    struct passkey_shown s = { .client_data = TEXT("{}"),
                               .algorithm = -7,
                               .public_key = public_key };
    buf_add(&b, (struct text){ (const char *)rp.at, sizeof rp.at });
    buf_char(&b, (char)flags);
    buf_add(&b, TEXT("\0\0\1\0"));
    s.authenticator_data = buf_text(&b);
    client = sha256_of(s.client_data);
    buf_add(&signed_bytes, s.authenticator_data);
    buf_add(&signed_bytes, (struct text){ (const char *)client.at, sizeof client.at });
    struct text all = buf_text(&signed_bytes);
    unsigned char *signature = arena_alloc(arena, 256);
    size_t length = 256;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(c, signature, &length, (const unsigned char *)all.at, all.len),
                     1);
    EVP_MD_CTX_free(c);
    s.signature = (struct text){ (const char *)signature, length };
    return s;
}

static void assertion(void **state)
{
    (void)state;
    struct passkey_made made;
    int64_t counter;
    bool verified;
    assert_int_equal(passkey_made_check(arena, &site, made_data(0x45), &made), OK);
    struct passkey_shown s = shown_by(5, site.rp_id, made.public_key);
    assert_int_equal(passkey_shown_check(&site, &s, &counter, &verified), OK);
    assert_int_equal(counter, 256);
    assert_true(verified);
    s = shown_by(1, site.rp_id, made.public_key);
    assert_int_equal(passkey_shown_check(&site, &s, &counter, &verified), OK);
    assert_false(verified);
    s = shown_by(4, site.rp_id, made.public_key);
    assert_int_equal(passkey_shown_check(&site, &s, &counter, &verified), ERR_PASSKEY);
    s = shown_by(5, TEXT("example.org"), made.public_key);
    assert_int_equal(passkey_shown_check(&site, &s, &counter, &verified), ERR_PASSKEY);
    s = shown_by(5, site.rp_id, made.public_key);
    s.client_data = TEXT("{ }");
    assert_int_equal(passkey_shown_check(&site, &s, &counter, &verified), ERR_PASSKEY);
    s = shown_by(5, site.rp_id, made.public_key);
    s.algorithm = -257;
    assert_int_equal(passkey_shown_check(&site, &s, &counter, &verified), ERR_PASSKEY);
    s.algorithm = 0;
    assert_int_equal(passkey_shown_check(&site, &s, &counter, &verified), ERR_PASSKEY);
    s = shown_by(5, site.rp_id, (struct text){ made.public_key.at, 63 });
    assert_int_equal(passkey_shown_check(&site, &s, &counter, &verified), ERR_PASSKEY);
    s = shown_by(5, site.rp_id, made.public_key);
    for (size_t len = 0; len < s.signature.len; len++) {
        struct passkey_shown cut = s;
        cut.signature.len = len;
        assert_int_equal(passkey_shown_check(&site, &cut, &counter, &verified), ERR_PASSKEY);
    }
}

static void counters(void **state)
{
    (void)state;
    assert_true(passkey_counter_ok(0, 0)); /* a passkey that doesn't count */
    assert_true(passkey_counter_ok(0, 1));
    assert_true(passkey_counter_ok(5, 6));
    assert_false(passkey_counter_ok(5, 5));
    assert_false(passkey_counter_ok(5, 4));
    assert_false(passkey_counter_ok(5, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sites),     cmocka_unit_test(client_data), cmocka_unit_test(registration),
        cmocka_unit_test(assertion), cmocka_unit_test(counters),
    };
    crypto_start();
    arena = arena_new(16 << 20);
    site = (struct passkey_site){ TEXT("http://localhost:1"), TEXT("localhost") };
    key = EVP_EC_gen("P-256");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(key);
    arena_free(arena);
    return failed;
}
