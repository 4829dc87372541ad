/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "crypto/crypto.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static EVP_MD *sha256;                    /* fetched once: a look-up per hash costs more than it */
static pthread_key_t context_key;         /* frees a thread's context when the thread ends */
static _Thread_local EVP_MD_CTX *context; /* the same, without the function call */

static _Noreturn void crypto_fail(void)
{
    fputs("level=error event=crypto-failed\n", stderr);
    abort();
}

static void context_free(void *c)
{
    EVP_MD_CTX_free(c);
    context = NULL;
}

void crypto_start(void)
{
    if (sha256 != NULL)
        return;
    if (sodium_init() < 0 || pthread_key_create(&context_key, context_free) != 0)
        crypto_fail();
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (sha256 == NULL)
        crypto_fail();
}

static struct sha256 sha256_of_two(struct text first, struct text second)
{
    assert(sha256 != NULL); /* crypto_start */
    if (context == NULL) {
        context = EVP_MD_CTX_new();
        if (context == NULL || pthread_setspecific(context_key, context) != 0)
            crypto_fail();
    }
    struct sha256 hash;
    if (EVP_DigestInit_ex2(context, sha256, NULL) != 1 ||
        EVP_DigestUpdate(context, first.at, first.len) != 1 ||
        (second.len > 0 && EVP_DigestUpdate(context, second.at, second.len) != 1) ||
        EVP_DigestFinal_ex(context, hash.at, NULL) != 1)
        crypto_fail();
    return hash;
}

struct sha256 sha256_of(struct text bytes)
{
    return sha256_of_two(bytes, TEXT_NONE);
}

struct sha256_sum {
    EVP_MD_CTX *context;
};

struct sha256_sum *sha256_sum_new(void)
{
    assert(sha256 != NULL); /* crypto_start */
    struct sha256_sum *s = malloc(sizeof *s);
    if (s == NULL || (s->context = EVP_MD_CTX_new()) == NULL ||
        EVP_DigestInit_ex2(s->context, sha256, NULL) != 1)
        crypto_fail();
    return s;
}

void sha256_sum_add(struct sha256_sum *s, struct text bytes)
{
    if (bytes.len > 0 && EVP_DigestUpdate(s->context, bytes.at, bytes.len) != 1)
        crypto_fail();
}

struct sha256 sha256_sum_of(const struct sha256_sum *s)
{
    struct sha256 hash;
    EVP_MD_CTX *copy = EVP_MD_CTX_new(); /* the end of a context ends it */
    if (copy == NULL || EVP_MD_CTX_copy_ex(copy, s->context) != 1 ||
        EVP_DigestFinal_ex(copy, hash.at, NULL) != 1)
        crypto_fail();
    EVP_MD_CTX_free(copy);
    return hash;
}

void sha256_sum_free(struct sha256_sum *s)
{
    if (s == NULL)
        return;
    EVP_MD_CTX_free(s->context);
    free(s);
}

/* RFC 2104 */
struct sha256 hmac_sha256(struct text key, struct text bytes)
{
    enum { BLOCK = 64 };
    uint8_t inner[BLOCK] = { 0 }, outer[BLOCK];
    struct sha256 hash;
    if (key.len > BLOCK) {
        hash = sha256_of(key);
        memcpy(inner, hash.at, sizeof hash.at);
    } else if (key.len > 0) {
        memcpy(inner, key.at, key.len);
    }
    for (int i = 0; i < BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    hash = sha256_of_two((struct text){ (const char *)inner, BLOCK }, bytes);
    hash = sha256_of_two((struct text){ (const char *)outer, BLOCK },
                         (struct text){ (const char *)hash.at, sizeof hash.at });
    sodium_memzero(inner, sizeof inner);
    sodium_memzero(outer, sizeof outer);
    return hash;
}

bool bytes_equal(const void *a, const void *b, size_t count)
{
    return sodium_memcmp(a, b, count) == 0;
}

bool slow_hash(struct text secret, const uint8_t salt[SLOW_HASH_SALT],
               uint8_t ret_hash[SLOW_HASH_BYTES])
{
    enum { PASSES = 2, MEMORY_BYTES = 19 * 1024 * 1024 };
    static_assert(SLOW_HASH_SALT == crypto_pwhash_argon2id_SALTBYTES, "length of the salt");
    return crypto_pwhash_argon2id(ret_hash, SLOW_HASH_BYTES, secret.at == NULL ? "" : secret.at,
                                  secret.len, salt, PASSES, MEMORY_BYTES,
                                  crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
}

struct text base64url(struct arena *a, struct text bytes)
{
    enum { VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };
    size_t size = sodium_base64_encoded_len(bytes.len, VARIANT);
    char *at = arena_alloc(a, size);
    sodium_bin2base64(at, size, (const unsigned char *)bytes.at, bytes.len, VARIANT);
    return text_of(at);
}

err base64url_parse(struct arena *a, struct text t, struct text *ret_bytes)
{
    size_t size = t.len / 4 * 3 + 3, len;
    unsigned char *at = arena_alloc(a, size);
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] >= 0x80) /* libsodium 1.0.18 takes some of these for '-' */
            return ERR_INVALID;
    if (sodium_base642bin(at, size, t.len == 0 ? "" : t.at, t.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return ERR_INVALID;
    *ret_bytes = (struct text){ (const char *)at, len };
    return OK;
}

struct text hex(struct arena *a, struct text bytes)
{
    char *at = arena_alloc(a, bytes.len * 2 + 1);
    sodium_bin2hex(at, bytes.len * 2 + 1, (const unsigned char *)bytes.at, bytes.len);
    return (struct text){ at, bytes.len * 2 };
}

err hex_parse(struct arena *a, struct text t, struct text *ret_bytes)
{
    size_t size = t.len / 2 + 1, len;
    unsigned char *at = arena_alloc(a, size);
    if (sodium_hex2bin(at, size, t.len == 0 ? "" : t.at, t.len, NULL, &len, NULL) != 0)
        return ERR_INVALID;
    *ret_bytes = (struct text){ (const char *)at, len };
    return OK;
}
