/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The lines of an export, each looked at: its form, its place in the file, and, for the last one,
 * the counts and the checksum. */
#ifndef WESH_CARRY_CARRY_LINES_H
#define WESH_CARRY_CARRY_LINES_H

#include "carry/carry_row.h"

enum carry_line_kind { CARRY_HEADER, CARRY_ROW, CARRY_PHOTO, CARRY_END };

struct carry_line { /* in the arena of carry_lines_next */
    enum carry_line_kind kind;
    const struct db_table *table; /* ROW */
    struct carry_row row;
    struct sha256 photo; /* PHOTO */
    struct text bytes;
};

struct carry_lines;
/* `in` is told what is wrong, and counts what was read. */
struct carry_lines *carry_lines_new(struct carry_in *in);
void carry_lines_free(struct carry_lines *l);
/* After CARRY_END the file is at its end, and right. ERR_BAD_FILE. */
MUST err carry_lines_next(struct carry_lines *l, struct arena *a, struct carry_line *ret);
/* For who can't use the line after all: "line N: …" becomes the problem; gives e. */
err carry_lines_refuse(struct carry_lines *l, err e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
