/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Shared by csv_fuzz.c and geojson_fuzz.c: reads a whole table. */
#ifndef WESH_FUZZ_TABLE_H
#define WESH_FUZZ_TABLE_H

#include "codec/table.h"

#include <stdlib.h>

static inline void fuzz_table_read(struct text content, bool is_geojson)
{
    struct arena *a = arena_new(1 << 20), *row_arena = arena_new(1 << 20);
    struct table *t = NULL;
    struct table_row row;
    const char *problem = NULL;
    size_t columns, offset_before = 0;
    int64_t line_before = 0;
    if (table_open(a, content, is_geojson, &t, &problem) == OK) {
        (void)table_columns(t, &columns);
        if (columns > 64)
            abort();
        while (table_next(t, row_arena, &row)) {
            size_t offset = table_offset(t);
            if (offset <= offset_before || offset > content.len || row.line <= line_before)
                abort();
            offset_before = offset;
            line_before = row.line;
            for (size_t i = 0; row.problem == NULL && i < columns; i++)
                if (!text_utf8_ok(row.values[i]))
                    abort();
            arena_reset(row_arena);
        }
    } else if (problem == NULL) {
        abort();
    }
    arena_free(row_arena);
    arena_free(a);
}

#endif
