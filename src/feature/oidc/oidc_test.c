/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "feature/oidc/oidc.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

static struct arena *arena;
static EVP_PKEY *key;
static struct text pem, jwks, kid;
static struct oidc_expected expected;

static struct text pem_of(EVP_PKEY *k)
{
    char *at;
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(out, k, NULL, NULL, 0, NULL, NULL), 1);
    long len = BIO_get_mem_data(out, &at);
    struct text t = text_copy(arena, (struct text){ at, (size_t)len });
    BIO_free(out);
    return t;
}

static struct text signed_by(EVP_PKEY *k, const char *header, const char *payload)
{
    struct text head = base64url(arena, text_of(header)), body = base64url(arena, text_of(payload));
    struct text text = text_format(arena, "%.*s.%.*s", TEXT_ARGS(head), TEXT_ARGS(body));
    unsigned char signature[512];
    size_t length = sizeof signature;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, k), 1);
    assert_int_equal(
        EVP_DigestSign(c, signature, &length, (const unsigned char *)text.at, text.len), 1);
    EVP_MD_CTX_free(c);
    struct text end = base64url(arena, (struct text){ (const char *)signature, length });
    return text_format(arena, "%.*s.%.*s", TEXT_ARGS(text), TEXT_ARGS(end));
}

static const char *header_with(const char *alg, const char *name)
{
    return text_cstr(arena, text_format(arena, "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, name));
}

#define RIGHT                                                                                      \
    "\"iss\":\"https://login.example.org\",\"sub\":\"s1\",\"aud\":\"wesh\",\"nonce\":\"n1\","      \
    "\"iat\":1000000,\"exp\":1000300"

static err check(const char *header, const char *payload, struct oidc_claims *ret)
{
    return oidc_token_check(arena, signed_by(key, header, payload), jwks, &expected, ret);
}

static void claims(void **state)
{
    static const struct {
        const char *payload;
        err result;
    } cases[] = {
        { "{" RIGHT "}", OK },
        { "{" RIGHT ",\"azp\":\"wesh\",\"acr\":\"high\",\"amr\":[\"mfa\"],\"name\":\"Ann\"}", OK },
        { "{" RIGHT ",\"nbf\":1000060}", OK },
        { "{" RIGHT ",\"nbf\":1000061}", ERR_OIDC_TOKEN },
        { "{" RIGHT ",\"azp\":\"other\"}", ERR_OIDC_TOKEN },
        { "{" RIGHT ",\"azp\":null}", ERR_OIDC_TOKEN },
        { "{" RIGHT ",\"sub\":\"s2\"}", ERR_OIDC_TOKEN }, /* twice */
        { "{}", ERR_OIDC_TOKEN },
        { "[]", ERR_OIDC_TOKEN },
        { "", ERR_OIDC_TOKEN },
        { "{\"iss\":\"https://login.example.org/\",\"sub\":\"s1\",\"aud\":\"wesh\","
          "\"nonce\":\"n1\",\"iat\":1000000,\"exp\":1000300}",
          ERR_OIDC_TOKEN },
        { "{\"iss\":\"https://login.example.org\",\"sub\":\"s1\",\"aud\":[\"wesh\",1],"
          "\"nonce\":\"n1\",\"iat\":1000000,\"exp\":1000300}",
          ERR_OIDC_TOKEN },
        { "{\"iss\":\"https://login.example.org\",\"sub\":\"s1\",\"aud\":[\"wesh\"],"
          "\"nonce\":\"n1\",\"iat\":1000000,\"exp\":1000300}",
          OK },
        { "{\"iss\":\"https://login.example.org\",\"sub\":\"s1\",\"aud\":\"wesh\","
          "\"nonce\":\"n2\",\"iat\":1000000,\"exp\":1000300}",
          ERR_OIDC_TOKEN },
        { "{\"iss\":\"https://login.example.org\",\"sub\":\"s1\",\"aud\":\"wesh\","
          "\"nonce\":\"n1\",\"iat\":999700,\"exp\":999940}",
          ERR_OIDC_TOKEN }, /* expired a minute ago, and that is what clocks may differ */
        { "{\"iss\":\"https://login.example.org\",\"sub\":\"s1\",\"aud\":\"wesh\","
          "\"nonce\":\"n1\",\"iat\":999700,\"exp\":999941}",
          OK },
        { "{\"iss\":\"https://login.example.org\",\"sub\":\"s1\",\"aud\":\"wesh\","
          "\"nonce\":\"n1\",\"iat\":1000061,\"exp\":1000300}",
          ERR_OIDC_TOKEN },
    };
    (void)state;
    const char *header = header_with("RS256", text_cstr(arena, kid));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct oidc_claims c;
        print_message("%s\n", cases[i].payload);
        err e = check(header, cases[i].payload, &c);
        assert_int_equal(e, cases[i].result);
        if (e == OK)
            assert_true(text_is(c.subject, "s1"));
    }
}

static void signatures(void **state)
{
    (void)state;
    struct oidc_claims c;
    const char *name = text_cstr(arena, kid), *right = "{" RIGHT "}";
    EVP_PKEY *other = EVP_RSA_gen(2048);
    struct text wrong = signed_by(other, header_with("RS256", name), right);
    assert_int_equal(oidc_token_check(arena, wrong, jwks, &expected, &c), ERR_OIDC_TOKEN);
    assert_int_equal(check(header_with("RS256", "another"), right, &c), ERR_OIDC_KEY);
    assert_int_equal(check("{\"alg\":\"RS256\"}", right, &c), OK); /* there is one key only */
    static const char *const algs[] = { "none",   "None",  "HS256", "RS384",
                                        "ES256K", "EdDSA", "",      "rs256" };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++)
        assert_int_equal(check(header_with(algs[i], name), right, &c), ERR_OIDC_TOKEN);
    assert_int_equal(check(header_with("PS256", name), right, &c), ERR_OIDC_TOKEN);
    assert_int_equal(check(header_with("ES256", name), right, &c), ERR_OIDC_KEY);
    assert_int_equal(check("{\"alg\":\"RS256\",\"crit\":[\"x\"]}", right, &c), ERR_OIDC_TOKEN);
    assert_int_equal(check("{\"alg\":\"RS256\",\"kid\":7}", right, &c), ERR_OIDC_TOKEN);
    assert_int_equal(check("{}", right, &c), ERR_OIDC_TOKEN);
    /* One byte changed anywhere is told. */
    struct text token = signed_by(key, header_with("RS256", name), right);
    for (size_t i = 0; i < token.len; i += 7) {
        char *changed = text_cstr(arena, token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        err e = oidc_token_check(arena, (struct text){ changed, token.len }, jwks, &expected, &c);
        assert_true(e == ERR_OIDC_TOKEN || e == ERR_OIDC_KEY);
    }
    static const char *const sets[] = {
        "", "{", "[]", "{}", "{\"keys\":[]}", "{\"keys\":[1,{}]}", "{\"keys\":7}"
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        assert_int_equal(oidc_token_check(arena, token, text_of(sets[i]), &expected, &c),
                         ERR_OIDC_KEY);
    EVP_PKEY_free(other);
}

static void two_factors(void **state)
{
    (void)state;
    struct oidc_claims c;
    const char *header = header_with("RS256", text_cstr(arena, kid));
    assert_int_equal(check(header, "{" RIGHT ",\"acr\":\"high\",\"amr\":[\"pwd\",\"mfa\",1]}", &c),
                     OK);
    assert_true(oidc_is_strong(&c, TEXT("low high"), TEXT("")));
    assert_true(oidc_is_strong(&c, TEXT(""), TEXT("mfa hwk")));
    assert_false(oidc_is_strong(&c, TEXT("hig higher"), TEXT("mf fa")));
    assert_false(oidc_is_strong(&c, TEXT(""), TEXT("")));
    assert_int_equal(check(header, "{" RIGHT ",\"amr\":\"mfa\"}", &c), OK);
    assert_false(oidc_is_strong(&c, TEXT("high"), TEXT("mfa")));
    struct oidc_expected before = expected;
    expected.max_age_seconds = 600;
    assert_int_equal(check(header, "{" RIGHT "}", &c), ERR_OIDC_TOKEN);
    assert_int_equal(check(header, "{" RIGHT ",\"auth_time\":999340}", &c), OK);
    assert_int_equal(check(header, "{" RIGHT ",\"auth_time\":999339}", &c), ERR_OIDC_TOKEN);
    assert_int_equal(check(header, "{" RIGHT ",\"auth_time\":1000061}", &c), ERR_OIDC_TOKEN);
    expected = before;
}

static void our_key(void **state)
{
    (void)state;
    struct text token, ignored;
    struct oidc_claims c;
    assert_int_equal(oidc_assertion(arena, pem, TEXT("wesh"), TEXT("https://x/token"), TEXT("id1"),
                                    expected.now, &token),
                     OK);
    /* It is signed by us, but no ID token. */
    assert_int_equal(oidc_token_check(arena, token, jwks, &expected, &c), ERR_OIDC_TOKEN);
    EVP_PKEY *ec = EVP_EC_gen("P-256"), *small = EVP_RSA_gen(1024), *p384 = EVP_EC_gen("P-384");
    assert_int_equal(oidc_public_keys(arena, pem_of(ec), &ignored), OK);
    assert_null(memmem(ignored.at, ignored.len, "\"d\"", 3)); /* the private half stays here */
    assert_null(memmem(jwks.at, jwks.len, "\"d\"", 3));
    assert_int_equal(oidc_public_keys(arena, pem_of(small), &ignored), ERR_OIDC_SETUP);
    assert_int_equal(oidc_public_keys(arena, pem_of(p384), &ignored), ERR_OIDC_SETUP);
    assert_int_equal(oidc_public_keys(arena, TEXT("no key"), &ignored), ERR_OIDC_SETUP);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(small);
    EVP_PKEY_free(p384);
}

static void urls(void **state)
{
    static const struct {
        const char *url;
        bool ok;
    } cases[] = {
        { "https://login.example.org", true },
        { "https://login.example.org/a?b=c", true },
        { "http://localhost:8080/x", true },
        { "http://127.0.0.1", true },
        { "http://login.example.org", false },
        { "http://localhost.example.org", false },
        { "http://127.0.0.1.example.org", false },
        { "https://", false },
        { "https:///x", false },
        { "https://user@login.example.org", false },
        { "https://login.example.org/#x", false },
        { "https://login.example.org/a b", false },
        { "https://login.example.org/\r\nX: y", false },
        { "file:///etc/passwd", false },
        { "gopher://localhost", false },
        { "", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].url);
        assert_int_equal(oidc_url_ok(text_of(cases[i].url)), cases[i].ok);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims),  cmocka_unit_test(signatures), cmocka_unit_test(two_factors),
        cmocka_unit_test(our_key), cmocka_unit_test(urls),
    };
    crypto_start();
    arena = arena_new(16 << 20);
    key = EVP_RSA_gen(2048);
    pem = pem_of(key);
    struct input *set;
    if (oidc_public_keys(arena, pem, &jwks) != OK || input_json(arena, jwks, &set) != OK)
        return 1;
    kid = input_get(input_get(set, "keys")->first, "kid")->text;
    expected = (struct oidc_expected){
        TEXT("https://login.example.org"), TEXT("wesh"), TEXT("n1"), { 1000000 * SECOND_US }, 0
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(key);
    arena_free(arena);
    return failed;
}
