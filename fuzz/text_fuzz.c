/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Text, ids and times: what is read is written the same way, or reads the same again. */
#include "base/value.h"
#include "crypto/crypto.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#define MUST_HOLD(what)                                                                            \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

/* As slow and plain as it gets: the bytes of a character told by what it decodes to. */
static bool utf8_ok_plainly(struct text t)
{
    static const uint32_t least[] = { 0, 1, 0x80, 0x800, 0x10000 };
    for (size_t i = 0; i < t.len;) {
        unsigned char c = (unsigned char)t.at[i];
        size_t len = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;
        if (len == 0 || t.len - i < len)
            return false;
        uint32_t point = len == 1 ? c : c & (0x7fU >> len);
        for (size_t j = 1; j < len; j++) {
            unsigned char next = (unsigned char)t.at[i + j];
            if (next >> 6 != 2)
                return false;
            point = point << 6 | (next & 0x3f);
        }
        if (point < least[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
        i += len;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena *a = arena_new(1 << 20);
    struct text t = { (const char *)bytes, count }, again = TEXT_NONE;
    struct instant instant, instant_again = { 0 };
    uint128 id;
    int64_t value, value_again = 0;
    crypto_start();

    MUST_HOLD(text_utf8_ok(t) == utf8_ok_plainly(t));
    MUST_HOLD(text_trim(t).len <= t.len && text_chars(t) <= t.len);
    if (text_int(t, &value) == OK) {
        struct buf b = buf_new(a, 100);
        buf_int(&b, value);
        MUST_HOLD(text_int(buf_text(&b), &value_again) == OK && value_again == value);
    }
    if (uuid_parse(t, &id) == OK)
        MUST_HOLD(text_eq(uuid_text(a, id), text_lower_ascii(a, t)));
    if (instant_parse(t, &instant) == OK) {
        struct civil c = civil_of(instant);
        MUST_HOLD(c.month >= 1 && c.month <= 12 && c.weekday >= 1 && c.weekday <= 7);
        err e = instant_parse(instant_text(a, instant), &instant_again);
        MUST_HOLD(e == OK ? instant_again.us == instant.us : t.at[3] == '0' || t.at[0] == '9');
    }
    if (date_parse(t, &instant) == OK) {
        char out[INSTANT_TEXT_MAX];
        MUST_HOLD(text_eq((struct text){ out, date_write(instant, out) }, t));
    }
    if (base64url_parse(a, t, &again) == OK)
        MUST_HOLD(text_eq(base64url(a, again), t));
    if (hex_parse(a, t, &again) == OK)
        MUST_HOLD(text_eq(hex(a, again), text_lower_ascii(a, t)));
    arena_free(a);
    return 0;
}
