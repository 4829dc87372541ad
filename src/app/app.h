/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The program `wesh`: commands, and what they share.
 *
 * A command writes to the streams of its context, never to stdout itself: while a server holds the
 * data folder, a writing command is carried out inside it, over the local socket DIR/wesh.sock,
 * with the caller's streams and working folder handed over. */
#ifndef WESH_APP_APP_H
#define WESH_APP_APP_H

#include "http/http.h"

#include <stdio.h>

extern const struct feature *const app_features[]; /* NULL-terminated, from features.def */

enum exit_code { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct command_context {
    FILE *out, *err;
    int folder_fd;     /* the caller's working folder: paths are relative to it */
    const char *data;  /* data folder, --data */
    const char *store; /* PostgreSQL's connection string, --store; NULL: SQLite in the folder */
    struct db *db;     /* opened for COMMAND_WRITES; else NULL */
    bool in_server;    /* the store is a server's that is running */
};

enum command_kind {
    COMMAND_ALONE, /* opens what it needs itself */
    COMMAND_WRITES /* gets the store, or runs inside the server that holds it */
};
struct command {
    const char *name;
    enum command_kind kind;
    const char *usage;   /* "import tasks FILE [--partial] …" */
    const char *summary; /* one line */
    const char *help;    /* the rest of --help */
    int (*run)(struct command_context *c, int argc,
               char **argv); /* argv[0] is the first argument */
};
extern const struct command app_commands[];
extern const size_t app_command_count;
const struct command *command_find(const char *name);

int command_init(struct command_context *c, int argc, char **argv);
int command_serve(struct command_context *c, int argc, char **argv);
int command_demo(struct command_context *c, int argc, char **argv);
int command_import(struct command_context *c, int argc, char **argv);
int command_import_data(struct command_context *c, const char *path);
int command_export(struct command_context *c, int argc, char **argv);
int command_user(struct command_context *c, int argc, char **argv);
int command_issuer(struct command_context *c, int argc, char **argv);
int command_oidc(struct command_context *c, int argc, char **argv);
int command_set(struct command_context *c, int argc, char **argv);
int command_verify(struct command_context *c, int argc, char **argv);
int command_routes(struct command_context *c, int argc, char **argv);
int command_openapi(struct command_context *c, int argc, char **argv);

/* Options: takes "--name value" or "--name=value" out of argv; NULL when absent. */
const char *option_take(int *argc, char **argv, const char *name);
bool option_flag(int *argc, char **argv, const char *name); /* "--name" */
/* What is left must be exactly `count` words, none starting with "-"; tells on c->err otherwise. */
bool options_done(struct command_context *c, int argc, char **argv, int count, const char *usage);
/* "wesh: WHAT: why" on c->err; gives EXIT_FAILED. */
int command_fail(struct command_context *c, const char *what, err e, const char *detail);
/* The whole file; ERR_BAD_FILE when it can't be read or is over bytes_max. */
MUST err file_read(struct arena *a, int folder_fd, const char *path, size_t bytes_max,
                   struct text *ret);

/* The ledger, and what the slices say against it and against each other (verify.c): each difference
 * is given to `tell`, of the ledger the first 20; *ret_faults counts all. */
typedef void verify_tell_fn(void *self, const char *line);
MUST err verify_all(struct tx *snapshot, verify_tell_fn *tell, void *self, int64_t *ret_faults);

/* Somebody by name or id, for commands. ERR_INVALID when there are none or several, and *ret_problem
 * says so. */
MUST err user_find(struct tx *tx, const char *name, struct person_id *ret,
                   const char **ret_problem);

/* The local socket (remote.c) */
struct remote;
MUST err remote_start(struct db *db, const char *data, struct remote **ret);
void remote_stop(struct remote *r);
/* Runs the command inside the server that holds `data`; false when none listens there. */
bool remote_run(const char *data, int argc, char **argv, int *ret_exit);

/* The jobs thread (jobs.c): runs each feature's background work when it is due. */
struct jobs;
MUST err jobs_start(struct db *db, struct jobs **ret);
void jobs_stop(struct jobs *j);

#endif
