/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The small values everything speaks in, each with a type of its own so that they can't be mixed up.
 *
 * coins    64-bit count of cents; 100 = one coin = one euro. Arithmetic only through coins_add and
 *          coins_sub, which refuse overflow.
 * instant  microseconds since 1970-01-01T00:00:00Z; 0 = none.
 * X_id     UUID (RFC 9562) as a 128-bit number, big-endian on disk and in text; 0 = none. */
#ifndef WESH_BASE_VALUE_H
#define WESH_BASE_VALUE_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 uint128;

struct coins {
    int64_t cents;
};

struct instant {
    int64_t us;
};

#define INT_NONE INT64_MIN /* SQL NULL of an `int?` */

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

struct point { /* WGS84, millionths of a degree; both 0 = none */
    int64_t latitude_udeg;
    int64_t longitude_udeg;
};

/* clang-format off */
#define ID_KINDS(X)                                                                              \
    X(any) X(municipality) X(neighbourhood) X(issuer) X(person) X(task) X(claim) X(evidence)     \
    X(review) X(shop) X(payment_request) X(payment) X(refund) X(payout) X(payout_item)           \
    X(account) X(holder) X(movement) X(hold)
/* clang-format on */
#define ID_DECLARE(kind)                                                                           \
    struct kind##_id {                                                                             \
        uint128 v;                                                                                 \
    };
ID_KINDS(ID_DECLARE)
#undef ID_DECLARE

/* False: overflow. */
bool coins_add(struct coins a, struct coins b, struct coins *ret_sum) MUST;
bool coins_sub(struct coins a, struct coins b, struct coins *ret_difference) MUST;

void uuid_to_bytes(uint128 v, uint8_t bytes[16]);
uint128 uuid_from_bytes(const uint8_t bytes[16]);
struct text uuid_text(struct arena *a, uint128 v); /* 36 characters, lower case */
void uuid_write(uint128 v, char out[36]);
MUST err uuid_parse(struct text t, uint128 *ret_v); /* 8-4-4-4-12, any case; else ERR_INVALID */
struct instant uuid7_time(uint128 v); /* milliseconds precise; none when not version 7 */

/* RFC 3339 in UTC, "2026-11-24T20:15:32Z"; a fraction is written only when not 0. */
struct text instant_text(struct arena *a, struct instant t);
enum { INSTANT_TEXT_MAX = 48 };
/* Without NUL; they tell the length. date_write: its day in UTC, "2026-11-24". */
size_t instant_write(struct instant t, char out[INSTANT_TEXT_MAX]);
size_t date_write(struct instant t, char out[INSTANT_TEXT_MAX]);
MUST err instant_parse(struct text t, struct instant *ret); /* any offset; else ERR_INVALID */
MUST err date_parse(struct text t, struct instant *ret);    /* "2026-11-24", midnight UTC */

struct civil {            /* a moment on the clocks of a time zone */
    int year, month, day; /* month 1..12 */
    int hour, minute, second;
    int weekday;        /* 1 = Monday .. 7 */
    int offset_minutes; /* east of UTC */
};
/* Central European time (CET/CEST, EU Directive 2000/84/EC); every programme so far lives in it. */
struct civil civil_of(struct instant t);
/* Of the fields year to second: the earlier one where an hour is there twice. Fields past their end
 * carry on: month 13 is January, day 0 the last of the month before. */
struct instant civil_to_instant(const struct civil *c);

/* Metres between two points, great circle, rounded. */
int64_t point_distance_m(struct point a, struct point b);

#endif
