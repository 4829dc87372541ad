/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_import.h"

#include "codec/table.h"
#include "crypto/crypto.h"
#include "feature/task/task_internal.h"
#include "gen/issuer_sql.h"
#include "gen/municipality_sql.h"
#include "gen/task_sql.h"

#include <string.h>

enum {
    CHECK_ROWS = 2000, /* in one snapshot */
    CHUNK_ROWS = 200,  /* in one apply */
    BATCHES_MAX = 500,
    ROW_BYTES_MAX = 1 << 20,
    CHUNK_BYTES_MAX = 64 << 20
};

struct import_batch { /* what of the import is one municipality's */
    struct municipality_id municipality;
    struct issuer_id issuer;
    struct any_id id;
    bool used;
};

struct import {
    struct db *db;
    struct arena *arena, *scratch;
    const struct task_import_options *options;
    struct task_import_result *result;
    struct table *table;
    struct task_columns columns;
    struct municipality_id only; /* none: any */
    struct coins guide;
    struct import_batch batches[BATCHES_MAX];
    size_t batch_count;
    uint128 *seen; /* hashes of (municipality, external id), open addressing; 0: free */
    size_t seen_count, seen_cap;
    int64_t *bad; /* numbers of the rows that can't be used, in order */
    size_t bad_count, bad_cap;
    bool more;
};

static void tell(const struct import *im, int64_t line, struct text column, const char *message)
{
    if (im->options->problem != NULL)
        im->options->problem(im->options->self, line, column, message);
}

static void tell_progress(const struct import *im, size_t bytes_before)
{
    if (im->options->progress != NULL)
        im->options->progress(im->options->self, im->result->rows,
                              bytes_before + table_offset(im->table), im->options->content.len * 2);
}

/* What was seen */

static void seen_put(uint128 *table, size_t cap, uint128 hash)
{
    size_t at = (size_t)hash & (cap - 1);
    while (table[at] != 0)
        at = (at + 1) & (cap - 1);
    table[at] = hash;
}

static bool seen_before(struct import *im, struct municipality_id municipality,
                        struct text external_id)
{
    struct text key =
        text_format(im->scratch, "%.*s %.*s", TEXT_ARGS(uuid_text(im->scratch, municipality.v)),
                    TEXT_ARGS(external_id));
    struct sha256 digest = sha256_of(key);
    uint128 hash = uuid_from_bytes(digest.at) | 1;
    if (im->seen_count * 2 >= im->seen_cap) {
        size_t cap = im->seen_cap == 0 ? 4096 : im->seen_cap * 2;
        uint128 *larger = ARENA_ARRAY(im->arena, uint128, cap);
        for (size_t i = 0; i < im->seen_cap; i++)
            if (im->seen[i] != 0)
                seen_put(larger, cap, im->seen[i]);
        im->seen = larger;
        im->seen_cap = cap;
    }
    for (size_t at = (size_t)hash & (im->seen_cap - 1); im->seen[at] != 0;
         at = (at + 1) & (im->seen_cap - 1))
        if (im->seen[at] == hash)
            return true;
    seen_put(im->seen, im->seen_cap, hash);
    im->seen_count++;
    return false;
}

static void bad_add(struct import *im, int64_t row)
{
    if (im->bad_count == im->bad_cap) {
        size_t cap = im->bad_cap == 0 ? 256 : im->bad_cap * 2;
        int64_t *larger = ARENA_ARRAY(im->arena, int64_t, cap);
        if (im->bad_count > 0)
            memcpy(larger, im->bad, im->bad_count * sizeof *larger);
        im->bad = larger;
        im->bad_cap = cap;
    }
    im->bad[im->bad_count++] = row;
}

/* First pass: every row is checked, every problem told. */

static struct import_batch *batch_find(struct import *im, struct municipality_id municipality)
{
    for (size_t i = 0; i < im->batch_count; i++)
        if (im->batches[i].municipality.v == municipality.v)
            return &im->batches[i];
    return NULL;
}

/* NULL in *ret_problem when the row has its place. */
static err place_check(struct import *im, struct tx *tx, const struct neighbourhood_get *home,
                       const char **ret_problem)
{
    *ret_problem = NULL;
    if (im->only.v != 0 && home->municipality.v != im->only.v) {
        *ret_problem = "This neighbourhood is in another municipality.";
        return OK;
    }
    if (batch_find(im, home->municipality) != NULL)
        return OK;
    const struct task_import_options *o = im->options;
    if (o->may_author != NULL && !o->may_author(o->self, home->municipality))
        return ERR_FORBIDDEN;
    struct issuer_get issuer;
    bool found;
    TRY(sql_issuer_of_municipality(tx, home->municipality, &issuer, &found));
    if (!found)
        *ret_problem = "This municipality has no coin programme yet.";
    else if (im->batch_count == BATCHES_MAX)
        *ret_problem = "There are more than 500 municipalities in this file.";
    else
        im->batches[im->batch_count++] =
            (struct import_batch){ home->municipality, issuer.id, { tx_id(tx) }, false };
    return OK;
}

static err row_check(struct import *im, struct tx *tx, const struct table_row *from, bool *ret_good)
{
    struct task_row row;
    struct task_row_problem problems[TASK_COLUMNS];
    struct neighbourhood_get home;
    bool found;
    const char *problem;
    size_t count = task_row_read(im->scratch, &im->columns, from, im->guide, &row, problems);
    for (size_t i = 0; i < count; i++)
        tell(im, from->line, im->columns.names[problems[i].column], problems[i].message);
    *ret_good = false;
    if (row.neighbourhood_code.len == 0)
        return OK;
    TRY(sql_neighbourhood_by_code(tx, row.neighbourhood_code, &home, &found));
    if (!found)
        problem = "This neighbourhood is not known here. Is the code right?";
    else {
        err e = place_check(im, tx, &home, &problem);
        if (e == ERR_FORBIDDEN)
            tell(im, from->line, im->columns.names[TASK_COLUMN_NEIGHBOURHOOD],
                 "The author of this import may not write tasks for this municipality.");
        TRY(e);
    }
    if (problem != NULL) {
        tell(im, from->line, im->columns.names[TASK_COLUMN_NEIGHBOURHOOD], problem);
        return OK;
    }
    if (count == 0 && seen_before(im, home.municipality, row.external_id)) {
        tell(im, from->line, im->columns.names[TASK_COLUMN_EXTERNAL_ID],
             "A row before this one has the same number.");
        return OK;
    }
    *ret_good = count == 0;
    if (*ret_good && im->options->notice != NULL &&
        task_reward_check(row.reward, row.minutes, im->guide) == TASK_REWARD_HIGH)
        im->options->notice(im->options->self, from->line, im->columns.names[TASK_COLUMN_REWARD],
                            "This is above the guide for volunteers an hour. Is it right?");
    return OK;
}

static err check_read(struct tx *tx, void *work)
{
    struct import *im = work;
    TRY(task_guide(tx, &im->guide));
    for (size_t i = 0; i < CHECK_ROWS; i++) {
        struct table_row row;
        bool good = false;
        arena_reset(im->scratch);
        im->more = table_next(im->table, im->scratch, &row);
        if (!im->more)
            return OK;
        if (im->result->rows == TASK_IMPORT_ROWS_MAX)
            return ERR_TOO_LARGE;
        if (row.problem == NULL)
            TRY(row_check(im, tx, &row, &good));
        else
            tell(im, row.line,
                 row.problem_column > 0
                     ? text_format(im->scratch, "%lld", (long long)row.problem_column)
                     : TEXT(""),
                 row.problem);
        if (!good)
            bad_add(im, im->result->rows);
        im->result->rows++;
        im->result->failed += !good;
    }
    return OK;
}

static err import_check(struct import *im)
{
    bool missing = false;
    task_columns_find(im->arena, im->table, &im->columns);
    for (size_t c = 0; c < TASK_COLUMNS_NEEDED; c++)
        if (im->columns.at[c] < 0) {
            tell(im, 0, text_of(task_column_name((enum task_column)c)), "This column is missing.");
            missing = true;
        }
    if (missing)
        return ERR_TASK_IMPORT_COLUMNS;
    do {
        TRY(db_read(im->db, im->scratch, check_read, im));
        tell_progress(im, 0);
    } while (im->more);
    return im->result->failed > 0 && !im->options->partial ? ERR_TASK_IMPORT_PROBLEMS : OK;
}

/* Second pass: new and changed rows are staged. */

struct chunk_row {
    struct task_row row;
    const char *notice;
};
struct chunk {
    struct import *import;
    size_t count;
    struct task_import_result result;
    bool used[BATCHES_MAX];
    struct chunk_row rows[CHUNK_ROWS];
};

static bool same_text(const struct task_row *row, struct neighbourhood_id home,
                      const struct task_by_external *is)
{
    return text_eq(row->title, is->title) && text_eq(row->description, is->description) &&
           text_eq(row->instructions, is->instructions) && row->category == is->category &&
           row->claim_hours == is->claim_hours && row->location.latitude_udeg == is->latitude &&
           row->location.longitude_udeg == is->longitude && home.v == is->neighbourhood.v &&
           text_eq(row->keeper, is->keeper) && text_eq(row->tools, is->tools) &&
           row->light == is->light && row->indoor == is->indoor &&
           row->wheelchair_friendly == is->wheelchair_friendly &&
           row->child_friendly == is->child_friendly;
}

static bool same_terms(const struct task_row *row, const struct task_by_external *is)
{
    return row->minutes == is->minutes && row->reward.cents == is->reward.cents &&
           row->places == is->places && text_eq(row->extra_work_reason, is->extra_work_reason);
}

static err row_stage(struct tx *tx, const struct chunk *c, const struct task_row *row,
                     const struct neighbourhood_get *home, const struct import_batch *batch,
                     bool is_change)
{
    struct task_id id;
    return task_add(tx,
                    &(struct task_new){
                        .title = row->title,
                        .description = row->description,
                        .instructions = row->instructions,
                        .keeper = row->keeper,
                        .extra_work_reason = row->extra_work_reason,
                        .tools = row->tools,
                        .light = row->light,
                        .indoor = row->indoor,
                        .wheelchair_friendly = row->wheelchair_friendly,
                        .child_friendly = row->child_friendly,
                        .category = row->category,
                        .minutes = row->minutes,
                        .places = row->places,
                        .claim_hours = row->claim_hours,
                        .reward = row->reward,
                        .location = row->location,
                        .neighbourhood = home->id,
                        .municipality = home->municipality,
                        .issuer = batch->issuer,
                        .external_id = is_change
                                           ? task_staged_change_id(tx->arena, row->external_id)
                                           : row->external_id,
                        .batch = batch->id,
                        .author = c->import->options->author,
                        .state = TASK_STAGED,
                    },
                    &id);
}

static err row_write(struct tx *tx, struct chunk *c, struct chunk_row *r)
{
    const struct task_row *row = &r->row;
    struct neighbourhood_get home;
    struct task_by_external is;
    bool found, has_before;
    TRY(sql_neighbourhood_by_code(tx, row->neighbourhood_code, &home, &found));
    const struct import_batch *batch = found ? batch_find(c->import, home.municipality) : NULL;
    if (batch == NULL)
        return ERR_CONFLICT;
    TRY(sql_task_by_external(tx, home.municipality, row->external_id, &is, &has_before));
    bool signed_off = has_before && is.state != TASK_DRAFT;
    if (signed_off && !same_terms(row, &is))
        r->notice = "This task was signed off: its minutes, reward, places and reason stay as "
                    "they are. Withdraw it and give the row a new number to change them.";
    if (has_before && (is.state == TASK_WITHDRAWN ||
                       (same_text(row, home.id, &is) && (signed_off || same_terms(row, &is))))) {
        c->result.unchanged++;
        return OK;
    }
    c->used[batch - c->import->batches] = true;
    if (has_before)
        c->result.changed++;
    else
        c->result.added++;
    return row_stage(tx, c, row, &home, batch, has_before);
}

static err chunk_apply(struct tx *tx, void *work)
{
    struct chunk *c = work;
    c->result = (struct task_import_result){ 0 };
    memset(c->used, 0, sizeof c->used);
    for (size_t i = 0; i < c->count; i++)
        TRY(row_write(tx, c, &c->rows[i]));
    return OK;
}

static err chunk_write(struct import *im, struct chunk *c, struct arena *a)
{
    TRY(db_apply(im->db, a, chunk_apply, c));
    im->result->added += c->result.added;
    im->result->changed += c->result.changed;
    im->result->unchanged += c->result.unchanged;
    for (size_t i = 0; i < im->batch_count; i++)
        im->batches[i].used = im->batches[i].used || c->used[i];
    for (size_t i = 0; i < c->count; i++)
        if (c->rows[i].notice != NULL && im->options->notice != NULL)
            im->options->notice(im->options->self, c->rows[i].row.line, TEXT(""),
                                c->rows[i].notice);
    tell_progress(im, im->options->content.len);
    return OK;
}

static err import_write(struct import *im, struct arena *chunk_arena)
{
    struct chunk *c = ARENA_NEW(im->arena, struct chunk);
    struct task_row_problem problems[TASK_COLUMNS];
    size_t bad = 0;
    c->import = im;
    for (int64_t number = 0;; number++) {
        struct table_row row;
        arena_reset(im->scratch);
        bool more = table_next(im->table, im->scratch, &row);
        if (c->count == CHUNK_ROWS || (!more && c->count > 0)) {
            TRY(chunk_write(im, c, chunk_arena));
            c->count = 0;
            arena_reset(chunk_arena);
        }
        if (!more)
            return OK;
        if (bad < im->bad_count && im->bad[bad] == number) {
            bad++;
            continue;
        }
        struct chunk_row *into = &c->rows[c->count++];
        into->notice = NULL;
        if (task_row_read(chunk_arena, &im->columns, &row, im->guide, &into->row, problems) > 0)
            return ERR_INTERNAL;
    }
}

/* From the file to the list */

static err leftovers_delete(struct tx *tx, void *work)
{
    bool *more = work;
    struct task_leftover leftover;
    struct task_staged_rows rows;
    TRY(sql_task_leftover(tx, &leftover, more));
    if (!*more)
        return OK;
    TRY(sql_task_staged(tx, leftover.batch, CHUNK_ROWS, &rows));
    for (size_t i = 0; i < rows.count; i++)
        TRY(sql_task_delete(tx, rows.at[i].id));
    return OK;
}

static err batch_work_apply(struct tx *tx, void *work)
{
    return task_batch_work(tx, work);
}

static err repeat(struct import *im, db_apply_fn *apply)
{
    bool more = true;
    while (more) {
        arena_reset(im->scratch);
        TRY(db_apply(im->db, im->scratch, apply, &more));
    }
    return OK;
}

static err decide_apply(struct tx *tx, void *work)
{
    const struct import *im = work;
    for (size_t i = 0; i < im->batch_count; i++)
        if (im->batches[i].used)
            TRY(task_import_note(tx, im->batches[i].id));
    return OK;
}

static err municipality_read(struct tx *tx, void *work)
{
    struct import *im = work;
    struct municipality_get row;
    bool found;
    TRY(sql_municipality_by_code(tx, im->options->municipality, &row, &found));
    if (!found)
        return ERR_TASK_IMPORT_MUNICIPALITY;
    im->only = row.id;
    return OK;
}

static err import_open(struct import *im)
{
    const char *why = NULL;
    err e = table_open(im->arena, im->options->content, im->options->is_geojson, &im->table, &why);
    if (e == ERR_BAD_FILE && why != NULL)
        tell(im, 0, TEXT(""), why);
    return e;
}

static err import_run(struct import *im, struct arena *chunk_arena)
{
    if (im->options->municipality.len > 0)
        TRY(db_read(im->db, im->scratch, municipality_read, im));
    TRY(import_open(im));
    TRY(import_check(im));
    TRY(repeat(im, batch_work_apply)); /* of an import before this one */
    TRY(repeat(im, leftovers_delete));
    TRY(import_open(im));
    TRY(import_write(im, chunk_arena));
    arena_reset(im->scratch);
    TRY(db_apply(im->db, im->scratch, decide_apply, im));
    return repeat(im, batch_work_apply);
}

err task_import(struct db *db, struct arena *a, const struct task_import_options *o,
                struct task_import_result *ret)
{
    struct task_import_result result = { 0 };
    struct import *im = ARENA_NEW(a, struct import);
    *im = (struct import){ .db = db, .arena = a, .options = o, .result = &result };
    im->scratch = arena_new(ROW_BYTES_MAX);
    struct arena *chunk_arena = arena_new(CHUNK_BYTES_MAX);
    err e = import_run(im, chunk_arena);
    for (size_t i = 0; i < im->batch_count && result.batch.v == 0; i++)
        if (im->batches[i].used)
            result.batch = im->batches[i].id;
    arena_free(chunk_arena);
    arena_free(im->scratch);
    *ret = result; /* also on a refusal: how many rows were not right */
    return e;
}
