/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A row of any table: out of a statement, into a view, back, and into a statement. */
#ifndef WESH_CARRY_CARRY_ROW_H
#define WESH_CARRY_CARRY_ROW_H

#include "carry/carry.h"
#include "codec/input.h"
#include "codec/view.h"

enum { CARRY_COLUMNS_MAX = 64 };

struct carry_value { /* by the column's type */
    bool is_null;
    uint128 id;
    int64_t number; /* INT, BOOL, INSTANT */
    struct text text;
};
struct carry_row { /* by the table's columns */
    struct carry_value at[CARRY_COLUMNS_MAX];
};

void carry_row_least(struct carry_row *ret); /* before or at every key */
int carry_row_order(const struct db_table *t, const struct carry_row *a, const struct carry_row *b);
/* Copies the key alone. */
void carry_row_keep_key(struct arena *a, const struct db_table *t, const struct carry_row *from,
                        struct carry_row *to);

/* Texts are borrowed from r. */
void carry_row_read(struct db_row *r, const struct db_table *t, struct carry_row *ret);
void carry_row_bind(struct db_row *r, const struct db_table *t, const struct carry_row *row,
                    int column_count);

/* ERR_BAD_TEXT: *ret_column holds a text that is not UTF-8. */
MUST err carry_row_view(struct arena *a, const struct db_table *t, const struct carry_row *row,
                        struct view **ret, const char **ret_column);
/* NULL, or what is wrong with it. */
const char *carry_row_parse(struct arena *a, const struct db_table *t, const struct input *object,
                            struct carry_row *ret);

#endif
