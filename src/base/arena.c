/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer what is not handed out is poisoned, with a gap behind each piece, so that
 * overruns and use after a rewind are found as with malloc. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes)   ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
enum { GAP = 0 };
#endif

enum { ALIGN = alignof(max_align_t), FIRST = 16 * 1024, LARGEST = 1024 * 1024 };

struct block {
    struct block *before;
    size_t size; /* of bytes */
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *block; /* the one in use */
    size_t used;         /* of its bytes; a multiple of ALIGN */
    size_t total;        /* asked for since the arena was empty */
    size_t bytes_max;
    struct block *first;
};

static _Noreturn void out_of_memory(void)
{
    fputs("level=error event=out-of-memory\n", stderr);
    abort();
}

static struct block *block_new(size_t size, struct block *before)
{
    struct block *b = malloc(sizeof *b + size);
    if (b == NULL)
        out_of_memory();
    b->before = before;
    b->size = size;
    ASAN_POISON_MEMORY_REGION(b->bytes, size);
    return b;
}

static void block_free(struct block *b)
{
    ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->size);
    free(b);
}

struct arena *arena_new(size_t bytes_max)
{
    struct arena *a = malloc(sizeof *a);
    if (a == NULL)
        out_of_memory();
    struct block *first = block_new(FIRST, NULL);
    *a = (struct arena){ .block = first, .bytes_max = bytes_max, .first = first };
    return a;
}

void arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    arena_reset(a);
    block_free(a->first);
    free(a);
}

static void block_add(struct arena *a, size_t need)
{
    size_t size = a->block->size < LARGEST ? a->block->size * 2 : LARGEST;
    a->block = block_new(size > need ? size : need, a->block);
    a->used = 0;
}

static size_t rounded(size_t bytes)
{
    if (bytes > SIZE_MAX / 4)
        out_of_memory();
    return (bytes + GAP + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    size_t need = rounded(bytes);
    if (need > a->block->size - a->used)
        block_add(a, need);
    unsigned char *at = a->block->bytes + a->used;
    a->used += need;
    a->total += bytes;
    ASAN_UNPOISON_MEMORY_REGION(at, bytes);
    return memset(at, 0, bytes);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory();
    return arena_alloc(a, bytes);
}

void *arena_grow(struct arena *a, void *at, size_t bytes, size_t bytes_new)
{
    assert(bytes_new >= bytes);
    size_t need = rounded(bytes), need_new = rounded(bytes_new);
    unsigned char *end = a->block->bytes + a->used;
    bool is_last = at != NULL && a->used >= need && (unsigned char *)at == end - need;
    if (is_last && need_new - need <= a->block->size - a->used) {
        a->used += need_new - need;
        a->total += bytes_new - bytes;
        ASAN_UNPOISON_MEMORY_REGION(at, bytes_new);
        memset((unsigned char *)at + bytes, 0, bytes_new - bytes);
        return at;
    }
    void *copy = arena_alloc(a, bytes_new);
    if (bytes > 0)
        memcpy(copy, at, bytes);
    return copy;
}

bool arena_spent(const struct arena *a)
{
    return a->total > a->bytes_max;
}

struct arena_mark arena_mark(struct arena *a)
{
    return (struct arena_mark){ .block = a->block, .used = a->used, .total = a->total };
}

void arena_rewind(struct arena *a, struct arena_mark to)
{
    while (a->block != to.block) {
        struct block *b = a->block;
        assert(b->before != NULL); /* else the mark is of another arena, or was rewound past */
        a->block = b->before;
        block_free(b);
    }
    a->used = to.used;
    a->total = to.total;
    ASAN_POISON_MEMORY_REGION(a->block->bytes + a->used, a->block->size - a->used);
}

void arena_reset(struct arena *a)
{
    arena_rewind(a, (struct arena_mark){ .block = a->first });
}
