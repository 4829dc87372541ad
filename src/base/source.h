/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Where time and chance come from. The program uses the system's; tests put in their own. */
#ifndef WESH_BASE_SOURCE_H
#define WESH_BASE_SOURCE_H

#include "base/value.h"

struct clock {
    struct instant (*now)(void *self);
    void *self;
};

struct random_source {
    void (*fill)(void *self, void *bytes, size_t count); /* any thread; never fails */
    void *self;
};

extern const struct clock clock_system;
extern const struct random_source random_system; /* getrandom(2) */

/* For tests: a clock that stands where it is put, and repeatable bytes from a seed. */
struct clock_fixed {
    _Atomic int64_t us;
};
struct clock clock_fixed(struct clock_fixed *state);
struct random_seeded {
    uint64_t state[4];
};
struct random_source random_seeded(struct random_seeded *state, uint64_t seed);

struct instant clock_now(const struct clock *c);
uint128 uuid7_make(struct instant now, const struct random_source *random); /* RFC 9562, 5.7 */

#endif
