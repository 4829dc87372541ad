/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/table_build.h"

#include <string.h>
#include <strings.h>

err table_open(struct arena *a, struct text content, bool is_geojson, struct table **ret,
               const char **ret_problem)
{
    struct table *t = ARENA_NEW(a, struct table);
    t->is_geojson = is_geojson;
    t->content = content.len == 0 ? TEXT("") : content;
    t->line = 1;
    if (text_starts(content, "\xff\xfe") || text_starts(content, "\xfe\xff")) {
        *ret_problem = N_("This file is in UTF-16. Save it as UTF-8 and send it again.");
        return ERR_BAD_FILE;
    }
    if (text_starts(content, "\xef\xbb\xbf"))
        t->offset = 3;
    const char *problem = is_geojson ? table_geojson_open(t, a) : table_csv_open(t, a);
    if (problem != NULL) {
        *ret_problem = problem;
        return ERR_BAD_FILE;
    }
    *ret = t;
    return OK;
}

const struct table_column *table_columns(const struct table *t, size_t *ret_count)
{
    *ret_count = t->column_count;
    return t->columns;
}

int64_t table_column_of(const struct table *t, struct text name)
{
    for (size_t i = 0; i < t->column_count; i++) {
        struct text column = t->columns[i].name;
        if (column.len == name.len &&
            (name.len == 0 || strncasecmp(column.at, name.at, name.len) == 0))
            return (int64_t)i;
    }
    return -1;
}

int64_t table_column_find(const struct table *t, const char *name)
{
    return table_column_of(t, text_of(name));
}

bool table_next(struct table *t, struct arena *row_arena, struct table_row *ret_row)
{
    return t->is_geojson ? table_geojson_next(t, row_arena, ret_row)
                         : table_csv_next(t, row_arena, ret_row);
}

size_t table_offset(const struct table *t)
{
    return t->offset;
}
