/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Runs a test on both engines: ON_BOTH(test) in the table of tests, and for db_options.store
 * testing_store(folder), which is NULL on SQLite.
 *
 * PostgreSQL is the one that WESH_TEST_POSTGRESQL names, or else a temporary one of this program.
 * The program gets a database of its own, and each folder a schema in it. */
#ifndef WESH_DB_TESTING_STORE_H
#define WESH_DB_TESTING_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ON_BOTH(test) ON_SQLITE(test), ON_POSTGRESQL(test)
#define ON_SQLITE(test)                                                                            \
    {                                                                                              \
#test, test, testing_on_sqlite, NULL, NULL                                                 \
    }
#define ON_POSTGRESQL(test)                                                                        \
    {                                                                                              \
#test " on PostgreSQL", test, testing_on_postgresql, NULL, NULL                            \
    }

struct testing_server {
    bool is_in_use;  /* by the test under way */
    char place[256]; /* "postgresql://user@host:port/", without the database */
    char folder[64]; /* of one that we started */
};

static inline struct testing_server *testing_server(void)
{
    static struct testing_server server;
    return &server;
}

static inline int testing_on_sqlite(void **state)
{
    (void)state;
    testing_server()->is_in_use = false;
    return 0;
}

static inline bool testing_on_pg(void)
{
    return testing_server()->is_in_use;
}

/* Runs it as the database's owner. */
static inline void testing_sql_at(const char *place, const char *sql)
{
    PGconn *link = PQconnectdb(place);
    PGresult *r = PQexec(link, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        print_error("%s: %s\n", sql, PQerrorMessage(link));
    assert_true(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK);
    PQclear(r);
    PQfinish(link);
}

/* Runs one of test/postgresql; its last line, without the end, is *ret_line. */
static inline bool testing_server_script(const char *script, const char *argument, char *ret_line,
                                         size_t room)
{
    const char *root = getenv("WESH_ROOT");
    char path[512];
    snprintf(path, sizeof(path), "%s/test/postgresql/%s", root != NULL ? root : ".", script);
    char *words[] = { path, testing_server()->folder, (char *)(uintptr_t)argument, NULL };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    pid_t child = 0;
    bool is_started = posix_spawn(&child, path, &actions, NULL, words, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char said[512];
    size_t length = 0;
    for (ssize_t got = 1; is_started && got > 0 && length < sizeof(said); length += (size_t)got) {
        got = read(ends[0], said + length, sizeof(said) - length);
        got = got > 0 ? got : 0;
    }
    close(ends[0]);
    int status = 1;
    if (!is_started || waitpid(child, &status, 0) != child || status != 0)
        return false;
    if (ret_line != NULL)
        snprintf(ret_line, room, "%.*s", (int)(length > 0 ? length - 1 : 0), said);
    return true;
}

static inline void testing_server_stop(void)
{
    struct testing_server *s = testing_server();
    if (s->folder[0] != '\0')
        testing_server_script("stop", "", NULL, 0);
    s->folder[0] = '\0';
}

/* One that this program alone uses, so that it may be stopped in the middle. */
static inline bool testing_server_start(char *ret_place, size_t room)
{
    struct testing_server *s = testing_server();
    char pid[32];
    snprintf(s->folder, sizeof(s->folder), "/tmp/wesh-postgresql-%ld", (long)getpid());
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    if (!testing_server_script("start", pid, ret_place, room))
        return false;
    atexit(testing_server_stop);
    return true;
}

static inline int testing_on_postgresql(void **state)
{
    (void)state;
    struct testing_server *s = testing_server();
    s->is_in_use = true;
    if (s->place[0] != '\0')
        return 0;
    const char *given = getenv("WESH_TEST_POSTGRESQL");
    char first[256];
    if (given != NULL)
        snprintf(first, sizeof(first), "%s", given);
    else if (!testing_server_start(first, sizeof(first)))
        return -1;
    snprintf(s->place, sizeof(s->place), "%s", first);
    strrchr(s->place, '/')[1] = '\0';
    char sql[64];
    snprintf(sql, sizeof(sql), "CREATE DATABASE wesh_test_%ld", (long)getpid());
    testing_sql_at(first, sql);
    return 0;
}

static inline const char *testing_place(const char *schema)
{
    static char place[512];
    snprintf(place, sizeof(place), "%swesh_test_%ld?options=-csearch_path%%3D%%22%s%%22",
             testing_server()->place, (long)getpid(), schema);
    return place;
}

static inline const char *testing_store(const char *folder)
{
    if (!testing_on_pg())
        return NULL;
    char sql[512];
    const char *schema = strrchr(folder, '/') != NULL ? strrchr(folder, '/') + 1 : folder;
    snprintf(sql, sizeof(sql),
             "SET client_min_messages = error; CREATE SCHEMA IF NOT EXISTS \"%s\"", schema);
    testing_sql_at(testing_place("public"), sql);
    return testing_place(schema);
}

static inline void testing_store_remove(const char *folder)
{
    if (!testing_on_pg())
        return;
    char sql[512];
    snprintf(sql, sizeof(sql),
             "SET client_min_messages = error; DROP SCHEMA IF EXISTS \"%s\" CASCADE",
             strrchr(folder, '/') + 1);
    testing_sql_at(testing_place("public"), sql);
}

/* As the last thing a test program does: cmocka's group teardown. */
static inline int testing_store_end(void **state)
{
    (void)state;
    struct testing_server *s = testing_server();
    if (s->place[0] == '\0' || s->folder[0] != '\0')
        return 0; /* what is ours goes as a whole */
    char place[512], sql[96];
    snprintf(place, sizeof(place), "%spostgres", s->place);
    snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS wesh_test_%ld WITH (FORCE)",
             (long)getpid());
    testing_sql_at(place, sql);
    return 0;
}

#endif
