/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A thin wrap of libsodium and OpenSSL. All functions are safe on any thread after crypto_start. */
#ifndef WESH_CRYPTO_CRYPTO_H
#define WESH_CRYPTO_CRYPTO_H

#include "base/text.h"

#include <stdint.h>

struct sha256 {
    uint8_t at[32];
};

void crypto_start(void); /* once, before threads; ends the program when the library can't start */
struct sha256 sha256_of(struct text bytes);
/* Of bytes that come in parts: new, add…, of all so far (it may go on after that), free. */
struct sha256_sum;
struct sha256_sum *sha256_sum_new(void);
void sha256_sum_add(struct sha256_sum *s, struct text bytes);
struct sha256 sha256_sum_of(const struct sha256_sum *s);
void sha256_sum_free(struct sha256_sum *s); /* NULL is fine */
struct sha256 hmac_sha256(struct text key, struct text bytes);
bool bytes_equal(const void *a, const void *b, size_t count); /* constant time */
struct text base64url(struct arena *a, struct text bytes);    /* RFC 4648, 5; no padding */
MUST err base64url_parse(struct arena *a, struct text t, struct text *ret_bytes);
/* What is stored of a short secret, such as a code of six digits: slow on purpose (19 MiB, about 20
 * ms). argon2id, RFC 9106; false when there is no memory for it. */
enum { SLOW_HASH_SALT = 16, SLOW_HASH_BYTES = 32 };
bool slow_hash(struct text secret, const uint8_t salt[SLOW_HASH_SALT],
               uint8_t ret_hash[SLOW_HASH_BYTES]) MUST;
struct text hex(struct arena *a, struct text bytes); /* lower case */
MUST err hex_parse(struct arena *a, struct text t, struct text *ret_bytes);

#endif
