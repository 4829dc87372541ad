/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Reading rows, for setup_places.c and setup_shops.c. */
#ifndef WESH_APP_SETUP_INTERNAL_H
#define WESH_APP_SETUP_INTERNAL_H

#include "app/setup.h"

#include "codec/table.h"

struct setup_key { /* what may stand in a file once */
    struct text key;
    int64_t line;
};
struct setup_rows {
    struct setup *setup;
    struct arena *scratch; /* emptied between rows */
    struct table *table;
    struct table_row row;
    struct setup_key *keys;
    size_t key_count, key_cap;
    bool good; /* this row, so far */
};

/* `columns`: the ones that must be there, NULL-terminated. */
MUST err setup_rows_open(struct setup_rows *r, struct setup *s, struct arena *scratch,
                         const char *const *columns);
/* The next row that can be read; false at the end. */
bool setup_rows_next(struct setup_rows *r);
/* OK when there was no problem. */
MUST err setup_rows_done(struct setup_rows *r, const char *key_column);

bool setup_has(const struct setup_rows *r, const char *column);
void setup_problem(struct setup_rows *r, const char *column, const char *message);
/* Trimmed; a problem when its length is out of bounds. "" where the row or the file has none. */
struct text setup_text(struct setup_rows *r, const char *column, size_t chars_min,
                       size_t chars_max);
/* Of the columns latitude and longitude. */
struct point setup_point(struct setup_rows *r);
void setup_once(struct setup_rows *r, struct text key);

#endif
