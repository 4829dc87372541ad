/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdalign.h>
#include <string.h>

static void test_pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    unsigned char *before = NULL;
    size_t before_size = 0;
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *at = arena_alloc(a, size);
        assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xff, size);
        for (size_t i = 0; i < before_size; i++)
            assert_int_equal(before[i], 0xff);
        before = at;
        before_size = size;
    }
    arena_free(a);
}

static void test_reuse_is_zeroed(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    unsigned char *first = arena_alloc(a, 5000);
    memset(first, 0xff, 5000);
    for (int i = 0; i < 50; i++)
        memset(arena_alloc(a, 100000), 0xff, 100000);
    arena_reset(a);
    assert_false(arena_spent(a));
    unsigned char *again = arena_alloc(a, 5000);
    assert_ptr_equal(again, first);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(again[i], 0);
    arena_free(a);
}

static void test_ceiling_is_noted_not_enforced(void **state)
{
    (void)state;
    struct arena *a = arena_new(1000);
    arena_alloc(a, 1000);
    assert_false(arena_spent(a));
    struct arena_mark mark = arena_mark(a);
    memset(arena_alloc(a, 1), 1, 1);
    assert_true(arena_spent(a));
    memset(arena_alloc(a, 1 << 21), 1, 1 << 21);
    assert_true(arena_spent(a));
    arena_rewind(a, mark);
    assert_false(arena_spent(a));
    arena_free(a);
}

static void test_rewind_over_blocks(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 24);
    char *kept = arena_alloc(a, 10);
    memcpy(kept, "kept", 5);
    for (int round = 0; round < 3; round++) {
        struct arena_mark mark = arena_mark(a);
        char *next = arena_alloc(a, 16);
        for (int i = 0; i < 20; i++)
            arena_alloc(a, 50000);
        arena_rewind(a, mark);
        assert_ptr_equal(arena_alloc(a, 16), next);
        arena_rewind(a, mark);
        arena_rewind(a, mark); /* twice is fine */
    }
    assert_string_equal(kept, "kept");
    arena_free(a);
    arena_free(NULL);
}

static void test_grow(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 24);
    char *at = arena_alloc(a, 4);
    memcpy(at, "abcd", 4);
    char *grown = arena_grow(a, at, 4, 1000);
    assert_ptr_equal(grown, at); /* it was the last */
    assert_memory_equal(grown, "abcd\0\0\0", 7);
    memset(grown + 4, 'x', 996);
    char *other = arena_alloc(a, 1);
    char *moved = arena_grow(a, grown, 1000, 2000);
    assert_ptr_not_equal(moved, grown);
    assert_memory_equal(moved, "abcdx", 5);
    assert_int_equal(moved[1999], 0);
    assert_int_equal(*other, 0);
    char *large = arena_grow(a, moved, 2000, 5000000); /* a block of its own */
    assert_memory_equal(large, "abcdx", 5);
    assert_int_equal(large[4999999], 0);
    assert_non_null(arena_grow(a, NULL, 0, 10));
    arena_free(a);
}

static void test_array(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    int64_t *numbers = ARENA_ARRAY(a, int64_t, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(numbers[i], 0);
    assert_non_null(ARENA_ARRAY(a, int64_t, 0));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_reuse_is_zeroed),
        cmocka_unit_test(test_ceiling_is_noted_not_enforced),
        cmocka_unit_test(test_rewind_over_blocks),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
