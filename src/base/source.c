/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static struct instant system_now(void *self)
{
    (void)self;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (struct instant){ t.tv_sec * SECOND_US + t.tv_nsec / 1000 };
}

static void system_fill(void *self, void *bytes, size_t count)
{
    (void)self;
    unsigned char *at = bytes;
    while (count > 0) {
        ssize_t got = getrandom(at, count, 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            abort(); /* going on without chance would be worse */
        }
        at += got;
        count -= (size_t)got;
    }
}

const struct clock clock_system = { system_now, NULL };
const struct random_source random_system = { system_fill, NULL };

static struct instant fixed_now(void *self)
{
    const struct clock_fixed *state = self;
    return (struct instant){ state->us };
}

struct clock clock_fixed(struct clock_fixed *state)
{
    return (struct clock){ fixed_now, state };
}

static uint64_t rotated(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

/* xoshiro256** (Blackman, Vigna) */
static uint64_t seeded_next(uint64_t s[4])
{
    uint64_t result = rotated(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 45);
    return result;
}

static void seeded_fill(void *self, void *bytes, size_t count)
{
    struct random_seeded *state = self;
    unsigned char *at = bytes;
    while (count > 0) {
        uint64_t word = seeded_next(state->state);
        size_t part = count < sizeof word ? count : sizeof word;
        memcpy(at, &word, part);
        at += part;
        count -= part;
    }
}

struct random_source random_seeded(struct random_seeded *state, uint64_t seed)
{
    for (int i = 0; i < 4; i++) { /* splitmix64, so that a seed of 0 does no harm */
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        state->state[i] = z ^ (z >> 31);
    }
    return (struct random_source){ seeded_fill, state };
}

struct instant clock_now(const struct clock *c)
{
    return c->now(c->self);
}

uint128 uuid7_make(struct instant now, const struct random_source *random)
{
    uint64_t us = now.us < 0 ? 0 : (uint64_t)now.us;
    uint64_t ms = us / 1000 & UINT64_C(0xffffffffffff);
    uint64_t fraction =
        us % 1000 * 4096 / 1000; /* rand_a: a finer clock (RFC 9562, 6.2 method 3) */
    uint64_t chance;
    random->fill(random->self, &chance, sizeof chance);
    uint64_t high = ms << 16 | UINT64_C(0x7000) | fraction;
    uint64_t low = UINT64_C(1) << 63 | chance >> 2;
    return (uint128)high << 64 | low;
}
