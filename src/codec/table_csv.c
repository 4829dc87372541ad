/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* CSV (RFC 4180), and what spreadsheets make of it. */
#include "codec/table_build.h"

#include <string.h>

struct cells {
    struct text *at; /* TABLE_COLUMNS_MAX */
    size_t count;
    bool has_any; /* one that is not empty */
};

/* A record being read. What went wrong first is kept. */
struct record {
    struct table *table;
    struct arena *arena;
    size_t at, end; /* end of what may belong to it */
    struct cells cells;
    const char *problem;
    int64_t problem_column;
};

static bool at_break(const struct record *r)
{
    const char *s = r->table->content.at;
    return r->at == r->end || s[r->at] == '\n' ||
           (s[r->at] == '\r' && r->at + 1 < r->end && s[r->at + 1] == '\n');
}

static void note(struct record *r, const char *problem)
{
    if (r->problem == NULL) {
        r->problem = problem;
        r->problem_column = (int64_t)r->cells.count + 1;
    }
}

/* Text without its doubled quotes. */
static struct text undouble(struct arena *a, struct text t)
{
    char *out = arena_alloc(a, t.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < t.len; i++) {
        out[len++] = t.at[i];
        i += t.at[i] == '"';
    }
    return (struct text){ out, len };
}

/* From behind the opening quote to behind the closing one. False when it never closes. */
static bool quoted_take(struct record *r, struct text *ret_cell)
{
    const char *s = r->table->content.at;
    size_t from = r->at;
    bool is_doubled = false;
    for (;;) {
        const char *quote = memchr(s + r->at, '"', r->end - r->at);
        if (quote == NULL)
            return false;
        r->at = (size_t)(quote - s) + 1;
        if (r->at == r->end || s[r->at] != '"')
            break;
        r->at++;
        is_doubled = true;
    }
    struct text cell = { s + from, r->at - 1 - from };
    *ret_cell = is_doubled ? undouble(r->arena, cell) : cell;
    return true;
}

static void cell_keep(struct record *r, struct text cell)
{
    r->cells.has_any = r->cells.has_any || text_trim(cell).len > 0;
    if (r->cells.count == TABLE_COLUMNS_MAX) {
        if (cell.len > 0)
            note(r, N_("There are more than 64 columns."));
        return;
    }
    if (!text_utf8_ok(cell))
        note(r, N_("This is not valid UTF-8. Save the file as UTF-8 and send it again."));
    r->cells.at[r->cells.count++] = cell;
}

static void plain_take(struct record *r)
{
    const char *s = r->table->content.at;
    size_t from = r->at;
    while (!at_break(r) && s[r->at] != r->table->separator)
        r->at++;
    cell_keep(r, (struct text){ s + from, r->at - from });
}

/* One cell and the separator behind it. False: the record can't be read on. */
static bool cell_take(struct record *r, bool *ret_more)
{
    const char *s = r->table->content.at;
    struct text cell;
    if (at_break(r) || s[r->at] != '"') {
        plain_take(r);
    } else {
        r->at++;
        if (!quoted_take(r, &cell)) {
            note(r, r->end == r->table->content.len
                        ? N_("A quotation mark opens here and is not closed.")
                        : N_("This row is too long, or a quotation mark is not closed."));
            return false;
        }
        if (!at_break(r) && s[r->at] != r->table->separator) {
            note(r, N_("There is text behind the closing quotation mark."));
            plain_take(r);
        } else {
            cell_keep(r, cell);
        }
    }
    *ret_more = !at_break(r);
    r->at += *ret_more;
    return true;
}

static size_t line_end(const struct table *t, size_t from)
{
    const char *found =
        from == t->content.len ? NULL : memchr(t->content.at + from, '\n', t->content.len - from);
    return found == NULL ? t->content.len : (size_t)(found - t->content.at) + 1;
}

static void go_to(struct table *t, size_t offset)
{
    for (size_t i = t->offset; i < offset; i++)
        t->line += t->content.at[i] == '\n';
    t->offset = offset;
}

/* Reads the record at the table's offset and goes behind it. When a quotation mark doesn't close,
 * it goes on at the next line, so that one stray mark costs one row and not the file. */
static struct record record_take(struct table *t, struct arena *a)
{
    size_t left = t->content.len - t->offset;
    struct record r = {
        .table = t,
        .arena = a,
        .at = t->offset,
        .end = t->offset + (left < TABLE_ROW_BYTES_MAX ? left : TABLE_ROW_BYTES_MAX),
        .cells = { .at = ARENA_ARRAY(a, struct text, TABLE_COLUMNS_MAX) },
    };
    bool more = true;
    while (more) {
        if (!cell_take(&r, &more)) {
            r.cells.has_any = true;
            go_to(t, line_end(t, t->offset));
            return r;
        }
    }
    if (r.at == r.end && r.end < t->content.len && line_end(t, r.at) > r.at + 1) {
        r.problem = N_("This row is too long.");
        r.problem_column = 0;
        r.cells.has_any = true;
    }
    go_to(t, line_end(t, r.at));
    return r;
}

/* The one of comma, semicolon and tab that stands most often in the header line, quotes apart. */
static char separator_of(struct text line)
{
    static const char candidates[] = ",;\t";
    size_t counts[3] = { 0 }, best = 0;
    bool in_quotes = false;
    for (size_t i = 0; i < line.len; i++) {
        const char *found = strchr(candidates, line.at[i]);
        if (line.at[i] == '"')
            in_quotes = !in_quotes;
        else if (!in_quotes && line.at[i] != '\0' && found != NULL)
            counts[found - candidates]++;
    }
    for (size_t i = 1; i < 3; i++)
        if (counts[i] > counts[best])
            best = i;
    return candidates[best];
}

const char *table_csv_open(struct table *t, struct arena *a)
{
    struct text rest = { t->content.at + t->offset, t->content.len - t->offset };
    /* A first line "sep=;" is how some spreadsheets are told the separator. */
    bool is_told = rest.len >= 5 && text_starts(rest, "sep=") &&
                   (rest.len == 5 || rest.at[5] == '\n' || rest.at[5] == '\r') &&
                   strchr(",;\t", rest.at[4]) != NULL && rest.at[4] != '\0';
    if (is_told) {
        t->separator = rest.at[4];
        go_to(t, line_end(t, t->offset));
    }
    struct record r = { 0 };
    while (t->offset < t->content.len && !r.cells.has_any) {
        if (!is_told)
            t->separator = separator_of(
                (struct text){ t->content.at + t->offset, line_end(t, t->offset) - t->offset });
        r = record_take(t, a);
    }
    if (r.problem != NULL)
        return r.problem;
    if (!r.cells.has_any)
        return N_("This file is empty. Its first line must hold the names of the columns.");
    for (size_t i = 0; i < r.cells.count; i++) {
        struct text name = text_trim(r.cells.at[i]);
        if (name.len > 0 && table_column_of(t, name) >= 0)
            return N_("Two columns have the same name.");
        t->columns[t->column_count++].name = name;
    }
    return NULL;
}

bool table_csv_next(struct table *t, struct arena *a, struct table_row *ret_row)
{
    while (t->offset < t->content.len) {
        struct arena_mark before = arena_mark(a);
        int64_t line = t->line;
        struct record r = record_take(t, a);
        if (!r.cells.has_any) { /* empty lines, and the ";;;" that spreadsheets leave at the end */
            arena_rewind(a, before);
            continue;
        }
        for (size_t i = t->column_count; r.problem == NULL && i < r.cells.count; i++) {
            if (text_trim(r.cells.at[i]).len > 0) {
                r.problem = N_("This row has more cells than there are columns.");
                r.problem_column = (int64_t)i + 1;
            }
        }
        *ret_row = (struct table_row){
            .values = r.cells.at, /* zeroed behind its count, which is none */
            .line = line,
            .problem = r.problem,
            .problem_column = r.problem_column,
        };
        return true;
    }
    return false;
}
