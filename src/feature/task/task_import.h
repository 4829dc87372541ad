/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* `wesh import tasks FILE`: tasks as a municipality's asset register exports them.
 *
 * Columns in any order, names with any case, spaces, _ or -, in English or Dutch:
 *   externalId title description instructions category minutes reward latitude longitude
 *   neighbourhoodCode keeper extraWorkReason, and if wanted places tools claimHours light indoor
 *   wheelchairFriendly childFriendly (yes or no; no when nothing is said).
 * A row is known by its municipality and external id. The first pass checks every row and tells
 * each problem; the second writes in chunks, as staged rows that nobody sees. One small apply at
 * the end decides that they count: until then a crash leaves nothing, from then on everything.
 * Imported again, the same file changes nothing. Minutes, rewards, places and reasons of tasks that
 * were signed off are left as they are (told as a notice). */
#ifndef WESH_FEATURE_TASK_IMPORT_H
#define WESH_FEATURE_TASK_IMPORT_H

#include "db/db.h"

#define TASK_IMPORT_ROWS_MAX 1000000

struct task_import_options {
    struct text content; /* the whole file; stays as it is until the end */
    bool is_geojson;
    bool partial;             /* write the good rows although others are not */
    struct text municipality; /* code; TEXT_NONE: each row's neighbourhood tells */
    struct person_id author;  /* the tasks are theirs: someone else signs them off */
    void *self;
    /* May the author write for this municipality? Else the import ends with ERR_FORBIDDEN. NULL:
     * for any. */
    bool (*may_author)(void *self, struct municipality_id municipality);
    void (*progress)(void *self, int64_t rows, size_t bytes, size_t bytes_total); /* or NULL */
    /* line from 1 (0: the whole file), column and message in plain English; or NULL */
    void (*problem)(void *self, int64_t line, struct text column, const char *message);
    void (*notice)(void *self, int64_t line, struct text column, const char *message);
};
struct task_import_result {
    int64_t rows, added, changed, unchanged, failed;
    struct any_id batch; /* of the drafts that wait for sign-off; one for each municipality, this is
                            the first's */
};
/* ERR_BAD_FILE (why was told as a problem), ERR_TASK_IMPORT_COLUMNS, ERR_TASK_IMPORT_MUNICIPALITY,
 * ERR_TASK_NO_ISSUER, ERR_FORBIDDEN, ERR_TASK_IMPORT_PROBLEMS (nothing written), and the store's. */
MUST err task_import(struct db *db, struct arena *a, const struct task_import_options *o,
                     struct task_import_result *ret);

/* task_import_row.c: one row of text to a task; no database */
struct table;
struct table_row;
enum task_column {
    TASK_COLUMN_EXTERNAL_ID,
    TASK_COLUMN_TITLE,
    TASK_COLUMN_DESCRIPTION,
    TASK_COLUMN_INSTRUCTIONS,
    TASK_COLUMN_CATEGORY,
    TASK_COLUMN_MINUTES,
    TASK_COLUMN_REWARD,
    TASK_COLUMN_LATITUDE,
    TASK_COLUMN_LONGITUDE,
    TASK_COLUMN_NEIGHBOURHOOD,
    TASK_COLUMN_KEEPER,
    TASK_COLUMN_EXTRA_WORK_REASON,
    TASK_COLUMNS_NEEDED,
    TASK_COLUMN_PLACES = TASK_COLUMNS_NEEDED,
    TASK_COLUMN_TOOLS,
    TASK_COLUMN_CLAIM_HOURS,
    TASK_COLUMN_LIGHT,
    TASK_COLUMN_INDOOR,
    TASK_COLUMN_WHEELCHAIR,
    TASK_COLUMN_CHILD,
    TASK_COLUMNS
};
struct task_columns {
    int64_t at[TASK_COLUMNS];        /* index in the file; −1: absent */
    struct text names[TASK_COLUMNS]; /* as the file calls them */
};
void task_columns_find(struct arena *a, const struct table *t, struct task_columns *ret);
const char *task_column_name(enum task_column c); /* "externalId" */

struct task_row {
    int64_t line;
    struct text external_id, title, description, instructions, neighbourhood_code, keeper,
        extra_work_reason, tools;
    int64_t category, minutes, places, claim_hours;
    struct coins reward;
    struct point location;
    bool light, indoor, wheelchair_friendly, child_friendly;
};
struct task_row_problem {
    enum task_column column;
    const char *message;
};
/* Reads a row; all its texts are copied into a. Gives how many problems were found. */
size_t task_row_read(struct arena *a, const struct task_columns *columns,
                     const struct table_row *from, struct coins guide, struct task_row *ret,
                     struct task_row_problem ret_problems[TASK_COLUMNS]);

#endif
