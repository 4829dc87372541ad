/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The token is an HMAC over the session's secret. In pages it is masked with fresh bytes
 * (mask, then token xor mask), as a compressed page must not hold the same secret each time: its
 * length would tell (BREACH). Both forms are accepted. */
#include "http/server.h"

#include <string.h>

enum { TOKEN_BYTES = 32 };

struct text csrf_token(struct arena *a, struct text secret, const struct random_source *random)
{
    struct sha256 token = hmac_sha256(secret, TEXT("csrf"));
    unsigned char masked[2 * TOKEN_BYTES];
    random->fill(random->self, masked, TOKEN_BYTES);
    for (size_t i = 0; i < TOKEN_BYTES; i++)
        masked[TOKEN_BYTES + i] = token.at[i] ^ masked[i];
    return base64url(a, (struct text){ (const char *)masked, sizeof masked });
}

bool csrf_ok(struct arena *a, struct text secret, struct text token)
{
    struct text bytes;
    if (token.at == NULL || token.len > 4 * TOKEN_BYTES || base64url_parse(a, token, &bytes) != OK)
        return false;
    unsigned char given[TOKEN_BYTES];
    if (bytes.len == TOKEN_BYTES) {
        memcpy(given, bytes.at, TOKEN_BYTES);
    } else if (bytes.len == 2 * TOKEN_BYTES) {
        for (size_t i = 0; i < TOKEN_BYTES; i++)
            given[i] = (unsigned char)(bytes.at[i] ^ bytes.at[TOKEN_BYTES + i]);
    } else {
        return false;
    }
    struct sha256 right = hmac_sha256(secret, TEXT("csrf"));
    return bytes_equal(right.at, given, TOKEN_BYTES);
}
