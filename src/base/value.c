/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/value.h"

#include <endian.h>
#include <math.h>
#include <string.h>

bool coins_add(struct coins a, struct coins b, struct coins *ret_sum)
{
    int64_t cents;
    if (__builtin_add_overflow(a.cents, b.cents, &cents))
        return false;
    ret_sum->cents = cents;
    return true;
}

bool coins_sub(struct coins a, struct coins b, struct coins *ret_difference)
{
    int64_t cents;
    if (__builtin_sub_overflow(a.cents, b.cents, &cents))
        return false;
    ret_difference->cents = cents;
    return true;
}

void uuid_to_bytes(uint128 v, uint8_t bytes[16])
{
    uint64_t words[2] = { htobe64((uint64_t)(v >> 64)), htobe64((uint64_t)v) };
    memcpy(bytes, words, 16);
}

uint128 uuid_from_bytes(const uint8_t bytes[16])
{
    uint64_t words[2];
    memcpy(words, bytes, 16);
    return (uint128)be64toh(words[0]) << 64 | be64toh(words[1]);
}

static bool is_dash(int at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

void uuid_write(uint128 v, char out[36])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[16];
    uuid_to_bytes(v, bytes);
    for (int i = 0, at = 0; i < 16; i++) {
        if (is_dash(at))
            out[at++] = '-';
        out[at++] = digits[bytes[i] >> 4];
        out[at++] = digits[bytes[i] & 15];
    }
}

struct text uuid_text(struct arena *a, uint128 v)
{
    char *out = arena_alloc(a, 37);
    uuid_write(v, out);
    return (struct text){ out, 36 };
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

err uuid_parse(struct text t, uint128 *ret_v)
{
    if (t.len != 36)
        return ERR_INVALID;
    uint128 v = 0;
    for (int i = 0; i < 36; i++) {
        int digit = hex_digit(t.at[i]);
        if (is_dash(i) ? t.at[i] != '-' : digit < 0)
            return ERR_INVALID;
        if (!is_dash(i))
            v = v << 4 | (unsigned)digit;
    }
    *ret_v = v;
    return OK;
}

struct instant uuid7_time(uint128 v)
{
    unsigned version = (unsigned)(v >> 76) & 15, variant = (unsigned)(v >> 62) & 3;
    if (version != 7 || variant != 2)
        return (struct instant){ 0 };
    return (struct instant){ (int64_t)(v >> 80) * 1000 };
}

int64_t point_distance_m(struct point a, struct point b)
{
    const double radius_m = 6371008.8, udeg = 0.017453292519943295 / 1e6;
    double north = sin((double)(b.latitude_udeg - a.latitude_udeg) * udeg / 2);
    double east = sin((double)(b.longitude_udeg - a.longitude_udeg) * udeg / 2);
    double h = north * north + cos((double)a.latitude_udeg * udeg) *
                                   cos((double)b.latitude_udeg * udeg) * east * east;
    return llround(2 * radius_m * asin(sqrt(h < 1 ? h : 1)));
}
