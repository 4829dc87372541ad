/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What table.c, table_csv.c and table_geojson.c share. */
#ifndef WESH_CODEC_TABLE_BUILD_H
#define WESH_CODEC_TABLE_BUILD_H

#include "codec/table.h"

enum { TABLE_COLUMNS_MAX = 64, TABLE_ROW_BYTES_MAX = 100 * 1024 };

struct table {
    bool is_geojson;
    struct text content;
    size_t offset; /* of the next row */
    int64_t line;  /* CSV: of the next row. GeoJSON: number of the next feature */
    char separator;
    struct table_column columns[TABLE_COLUMNS_MAX];
    size_t column_count;
};

/* NULL, or why the file can't be read. */
const char *table_csv_open(struct table *t, struct arena *a);
const char *table_geojson_open(struct table *t, struct arena *a);
bool table_csv_next(struct table *t, struct arena *a, struct table_row *ret_row);
bool table_geojson_next(struct table *t, struct arena *a, struct table_row *ret_row);
/* -1 when absent; ASCII letters of any case. */
int64_t table_column_of(const struct table *t, struct text name);

#endif
