/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    crypto_start();
    crypto_start(); /* twice is fine */
    arena = arena_new(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct text text_of_hash(const struct sha256 *h)
{
    return (struct text){ (const char *)h->at, sizeof h->at };
}

static void assert_hash(struct sha256 h, const char *in_hex)
{
    assert_string_equal(hex(arena, text_of_hash(&h)).at, in_hex);
}

/* FIPS 180-4 examples */
static void test_sha256(void **state)
{
    (void)state;
    assert_hash(sha256_of(TEXT("")),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(sha256_of(TEXT_NONE),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(sha256_of(TEXT("abc")),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash(sha256_of(TEXT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_sha256_sum(void **state)
{
    (void)state;
    struct sha256_sum *sum = sha256_sum_new();
    assert_hash(sha256_sum_of(sum),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_sum_add(sum, TEXT("a"));
    sha256_sum_add(sum, TEXT_NONE);
    (void)sha256_sum_of(sum);
    sha256_sum_add(sum, TEXT("bc"));
    assert_hash(sha256_sum_of(sum),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_sum_free(sum);
    sha256_sum_free(NULL);
}

/* RFC 4231 */
static void test_hmac(void **state)
{
    (void)state;
    char key[131];
    memset(key, 0x0b, 20);
    assert_hash(hmac_sha256((struct text){ key, 20 }, TEXT("Hi There")),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_hash(hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?")),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    assert_hash(hmac_sha256((struct text){ key, sizeof key },
                            TEXT("Test Using Larger Than Block-Size Key - Hash Key First")),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_hash(hmac_sha256(TEXT_NONE, TEXT_NONE),
                "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void *hash_often(void *bad)
{
    struct sha256 expected = sha256_of(TEXT("abc"));
    for (int i = 0; i < 2000; i++) {
        struct sha256 got = sha256_of(TEXT("abc"));
        if (!bytes_equal(got.at, expected.at, sizeof got.at))
            *(int *)bad += 1;
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    int bad[4] = { 0 };
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_often, &bad[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(bad[i], 0);
    }
}

static void test_base64url(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "", "" },
        { "f", "Zg" },
        { "fo", "Zm8" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg" },
        { "fooba", "Zm9vYmE" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xff\xbf", "-_-_" },
    };
    static const char *const bad[] = { "Zg==", "Zh",    "Z",       "Zm9v\n",  "Zm 9v",
                                       "+/+/", "Zm9vY", "Z\3209v", "\xe9\xe9" };
    struct text bytes;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_string_equal(base64url(arena, text_of(pairs[i][0])).at, pairs[i][1]);
        assert_int_equal(base64url_parse(arena, text_of(pairs[i][1]), &bytes), OK);
        assert_true(text_is(bytes, pairs[i][0]));
    }
    bytes = TEXT("before");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (base64url_parse(arena, text_of(bad[i]), &bytes) != ERR_INVALID)
            fail_msg("taken: %s", bad[i]);
    assert_true(text_is(bytes, "before"));
    assert_int_equal(base64url_parse(arena, TEXT_NONE, &bytes), OK);
    assert_int_equal(bytes.len, 0);
}

static void test_hex(void **state)
{
    (void)state;
    struct text bytes;
    assert_true(text_is(hex(arena, TEXT("\0\x1f\xff")), "001fff"));
    assert_int_equal(hex_parse(arena, TEXT("001fFF"), &bytes), OK);
    assert_true(text_eq(bytes, TEXT("\0\x1f\xff")));
    assert_int_equal(hex_parse(arena, TEXT(""), &bytes), OK);
    assert_int_equal(bytes.len, 0);
    assert_int_equal(hex_parse(arena, TEXT("0"), &bytes), ERR_INVALID);
    assert_int_equal(hex_parse(arena, TEXT("0g"), &bytes), ERR_INVALID);
    assert_int_equal(hex_parse(arena, TEXT("00 00"), &bytes), ERR_INVALID);
    assert_int_equal(hex_parse(arena, TEXT("\xb0\xb1"), &bytes), ERR_INVALID);
}

static void test_equal(void **state)
{
    (void)state;
    assert_true(bytes_equal("abc", "abd", 2));
    assert_false(bytes_equal("abc", "abd", 3));
    assert_true(bytes_equal("a", "b", 0));
}

static void test_slow_hash(void **state)
{
    (void)state;
    static const uint8_t salt[] = "0123456789abcdef";
    uint8_t hash[SLOW_HASH_BYTES], other[SLOW_HASH_BYTES];
    assert_true(slow_hash(TEXT("123456"), salt, hash));
    assert_true(slow_hash(TEXT("123456"), salt, other));
    assert_memory_equal(hash, other, sizeof hash);
    assert_true(slow_hash(TEXT("123457"), salt, other));
    assert_memory_not_equal(hash, other, sizeof hash);
    assert_true(slow_hash(TEXT("123456"), (const uint8_t *)"0123456789abcdeX", other));
    assert_memory_not_equal(hash, other, sizeof hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_hash),  cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_sha256_sum), cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_threads),    cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_hex),        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
