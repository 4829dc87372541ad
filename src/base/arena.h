/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Memory with one lifetime: a request, a worker, the program.
 *
 * Invariants: what an arena hands out is zeroed, aligned for any type, and lives until
 * arena_free, or arena_rewind to a mark taken before it.
 * arena_alloc never returns NULL. Past the ceiling it still hands out memory and notes so: the
 * dispatcher asks arena_spent after each room and answers ERR_TOO_LARGE instead of going on. As
 * every input and list has a maximum of its own, the overshoot is bounded. When the system itself
 * has no memory left, the program ends; the store recovers. */
#ifndef WESH_BASE_ARENA_H
#define WESH_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct arena_mark {
    void *block;
    size_t used;
    size_t total;
};

struct arena *arena_new(size_t bytes_max);
void arena_free(struct arena *a); /* NULL is fine */
void *arena_alloc(struct arena *a, size_t bytes);
/* More room for what is at `at`: in place when nothing was handed out since, else a copy. */
void *arena_grow(struct arena *a, void *at, size_t bytes, size_t bytes_new);
bool arena_spent(const struct arena *a); /* more than bytes_max was asked for */
struct arena_mark arena_mark(struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark to);
void arena_reset(struct arena *a); /* empty again; keeps its first block for reuse */

#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))
void *arena_array(struct arena *a, size_t count, size_t size); /* multiplication is checked */

#endif
