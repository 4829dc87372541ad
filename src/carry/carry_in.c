/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "carry/carry_lines.h"
#include "photo/photo.h"
#include "photo/photo_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct carry_photos {
    struct sha256 *at;
    size_t count, room;
};

err carry_check(struct arena *a, struct carry_in *in)
{
    struct carry_lines *lines = carry_lines_new(in);
    struct carry_line line = { .kind = CARRY_HEADER };
    err e = OK;
    while (e == OK && line.kind != CARRY_END) {
        struct arena_mark mark = arena_mark(a);
        e = carry_lines_next(lines, a, &line);
        arena_rewind(a, mark);
    }
    carry_lines_free(lines);
    return e;
}

static err empty_check(struct tx *tx, struct carry_in *in)
{
    struct carry_row least;
    carry_row_least(&least);
    for (size_t i = 0; i < db_table_count; i++) {
        const struct db_table *t = &db_tables[i];
        struct db_row *r;
        bool found = false;
        if (t->stays)
            continue;
        TRY(db_statement_begin(tx, t->read, &r));
        carry_row_bind(r, t, &least, t->key_count);
        err e = db_row_next(r, &found);
        db_statement_end(r);
        TRY(e);
        if (found) {
            (void)snprintf(in->problem, sizeof in->problem,
                           "there is data already (in table %s); an import needs an empty "
                           "installation: wesh init makes one",
                           t->name);
            return ERR_CONFLICT;
        }
    }
    return OK;
}

static err row_put(struct tx *tx, struct carry_lines *lines, const struct carry_line *line)
{
    struct db_row *r;
    TRY(db_statement_begin(tx, line->table->insert, &r));
    carry_row_bind(r, line->table, &line->row, line->table->column_count);
    err e = db_statement_run(r, NULL); /* PostgreSQL may tell some lines later */
    if (e == ERR_DATABASE)
        return carry_lines_refuse(
            lines, e,
            "table %s: the store does not take this row: a part that may exist once is there "
            "already, or it refers to a row that is not there, or the disk fails",
            line->table->name);
    return e;
}

/* Notes those that were not there, to be able to take them away again. */
static err photo_put(struct arena *a, struct carry_in *in, const struct carry_line *line)
{
    struct carry_photos *p = in->photos;
    if (access(photo_path(a, in->folder, line->photo), F_OK) != 0) {
        if (p->count == p->room) {
            p->room = p->room == 0 ? 256 : 2 * p->room;
            p->at = reallocarray(p->at, p->room, sizeof *p->at);
            if (p->at == NULL)
                abort();
        }
        p->at[p->count++] = line->photo;
    }
    return photo_store_put(a, in->folder, line->photo, line->bytes);
}

static err lines_put(struct tx *tx, struct carry_in *in, struct carry_lines *lines)
{
    struct carry_line line = { .kind = CARRY_HEADER };
    while (line.kind != CARRY_END) {
        struct arena_mark mark = arena_mark(tx->arena);
        TRY(carry_lines_next(lines, tx->arena, &line));
        if (line.kind == CARRY_ROW)
            TRY(row_put(tx, lines, &line));
        else if (line.kind == CARRY_PHOTO)
            TRY(photo_put(tx->arena, in, &line));
        arena_rewind(tx->arena, mark);
    }
    return OK;
}

err carry_in_apply(struct tx *tx, void *work)
{
    struct carry_in *in = work;
    if (in->photos == NULL && (in->photos = calloc(1, sizeof *in->photos)) == NULL)
        abort();
    struct carry_lines *lines = carry_lines_new(in);
    err e = empty_check(tx, in);
    if (e == OK)
        e = lines_put(tx, in, lines);
    carry_lines_free(lines);
    return e;
}

void carry_in_end(struct arena *a, struct carry_in *in, err result)
{
    struct carry_photos *p = in->photos;
    in->photos = NULL;
    if (p == NULL)
        return;
    /* Where the outcome is unknown, the rows may be there, and then they need their photos. */
    bool remove = result != OK && result != ERR_UNKNOWN_OUTCOME;
    for (size_t i = 0; remove && i < p->count; i++) {
        struct arena_mark mark = arena_mark(a);
        if (photo_remove(a, in->folder, p->at[i]) != OK)
            break; /* the jobs of a server sweep up what no row names */
        arena_rewind(a, mark);
    }
    free(p->at);
    free(p);
}
