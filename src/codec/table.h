/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Rows of an asset register: CSV (RFC 4180 and what spreadsheets make of it) and GeoJSON (RFC 7946).
 *
 * Both give the same: a row of named texts. CSV: UTF-8 with or without BOM; comma or semicolon or
 * tab, told by the header line; quoted fields with doubled quotes and line breaks; CR LF or LF;
 * at most 64 columns, 100 KB a row. GeoJSON: a FeatureCollection of Point features; properties
 * become texts, the point becomes the columns `latitude` and `longitude`. The whole file is in
 * memory (mapped): content must outlive the reader; a row's texts live in its arena, which is the
 * caller's to empty between rows. Rows without any text are passed over. */
#ifndef WESH_CODEC_TABLE_H
#define WESH_CODEC_TABLE_H

#include "base/text.h"

#include <stdint.h>

struct table_column {
    struct text name;
};
struct table_row {
    struct text *values;    /* TEXT_NONE where the row has none */
    int64_t line;           /* of the row's first byte, from 1; for GeoJSON the feature's number */
    const char *problem;    /* English; NULL when the row could be read */
    int64_t problem_column; /* from 1; 0 when it has none */
};
struct table;

MUST err table_open(struct arena *a, struct text content, bool is_geojson, struct table **ret,
                    const char **ret_problem); /* on ERR_BAD_FILE: why, English */
const struct table_column *table_columns(const struct table *t, size_t *ret_count);
int64_t table_column_find(const struct table *t, const char *name); /* any case; -1 when absent */
/* false at the end. A row that can't be read has `problem` set and reading goes on behind it. */
bool table_next(struct table *t, struct arena *row_arena, struct table_row *ret_row);
size_t table_offset(const struct table *t); /* bytes read so far, for progress */

#endif
