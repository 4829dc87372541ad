/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The insides of the SQLite engine. */
#ifndef WESH_DB_SQLITE_SQLITE_H
#define WESH_DB_SQLITE_SQLITE_H

#include "db/store.h"

#include <sqlite3.h>

struct sqlite_row {
    struct db_row base;
    sqlite3_stmt *statement;
    uint8_t (*ids)[16]; /* bound ids, one place for each parameter */
    int bind_error;
    bool is_active;
};

enum sqlite_command { /* the transaction's own statements */
                      COMMAND_BEGIN_READ,
                      COMMAND_BEGIN_WRITE,
                      COMMAND_COMMIT,
                      COMMAND_ROLLBACK,
                      COMMAND_SAVEPOINT,
                      COMMAND_SAVEPOINT_RELEASE,
                      COMMAND_SAVEPOINT_ROLLBACK,
                      COMMAND_COUNT
};

struct sqlite_connection {
    struct db_connection base;
    sqlite3 *handle;
    sqlite3_stmt *commands[COMMAND_COUNT];
    struct sqlite_row *rows; /* by statement; prepared when first used */
    int wal_pages;           /* after the last commit */
};

struct sqlite_store {
    char *path;
    int lock;                         /* -1: read-only */
    struct sqlite_connection *writer; /* the writing thread's, once that runs */
    int seen_pages;                   /* same: of the WAL, when last looked at */
    int loaded_pages;                 /* same: when the next checkpoint is due under load, */
    int idle_pages;                   /* and when nothing waits */
};

MUST err sqlite_file_open(struct db *db, const struct db_options *o, const char **ret_detail);

/* SQLite's code as ours; also kept as the connection's fault, unless that has one. */
err sqlite_fault(struct sqlite_connection *c, int code);
MUST err sqlite_connection_open(struct db *db, bool writes, struct sqlite_connection **ret,
                                const char **ret_detail);
void sqlite_connection_close(struct sqlite_connection *c);
int sqlite_command(struct sqlite_connection *c, enum sqlite_command command); /* SQLITE_OK, … */

MUST err sqlite_migrate(struct sqlite_connection *c, struct instant now, const char **ret_detail);
MUST err sqlite_schema_check(struct sqlite_connection *c, const char **ret_detail);

void sqlite_checkpoint_start(struct db *db);
bool sqlite_checkpoint_idle_due(const struct db *db);
MUST err sqlite_checkpoint_idle(struct db *db);   /* an error is fatal */
MUST err sqlite_checkpoint_loaded(struct db *db); /* if due; an error is fatal */
void sqlite_checkpoint_last(struct db *db);

MUST err sqlite_copy(struct db *db, const char *path, const char **ret_detail);
/* Opens a copy made now in place of the data. */
MUST err sqlite_copy_open(struct db *db, err (*open_it)(struct db *db, const char **ret_detail),
                          const char **ret_detail);

MUST err sqlite_prepare_all(struct sqlite_connection *c, const char **ret_detail);
MUST err sqlite_statement_begin(struct tx *tx, int statement, struct db_row **ret_row);
void sqlite_bind_id(struct db_row *r, int at, uint128 v, bool nullable);
void sqlite_bind_int(struct db_row *r, int at, int64_t v, bool nullable);
void sqlite_bind_text(struct db_row *r, int at, struct text v, bool nullable);
void sqlite_bind_bytes(struct db_row *r, int at, struct text v, bool nullable);
MUST err sqlite_row_next(struct db_row *r, bool *ret_found);
uint128 sqlite_column_id(struct db_row *r, int at);
int64_t sqlite_column_int(struct db_row *r, int at, int64_t none);
struct text sqlite_column_text(struct db_row *r, int at);
struct text sqlite_column_bytes(struct db_row *r, int at);
MUST err sqlite_statement_run(struct db_row *r, int64_t *ret_changed);
void sqlite_statement_end(struct db_row *r);

#endif
