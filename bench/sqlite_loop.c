/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* bench_sqlite_loop FOLDER SECONDS
 *
 * What SQLite itself can do: one thread, no HTTP, no sign-in, 64 payments in a commit, with the same
 * durability (WAL, synchronous=FULL) and the same rows as bench/postgresql.sql writes. FOLDER is of
 * bench_data. A fifth of SECONDS more goes before what is measured. Prints one JSON object. */
#include "base/source.h"
#include "base/text.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IN_A_COMMIT = 64, PAGES_TO_CHECKPOINT = 4000, HOLDERS_MAX = 1000000 };

enum statement {
    BEGIN,
    COMMIT,
    KEY,
    ACCOUNT,
    ACCOUNT_UPDATE,
    MOVEMENT,
    TRANSFER,
    KEY_INSERT,
    STATEMENTS
};
static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [KEY] = "SELECT 1 FROM idempotency WHERE actor = ?1 AND route = 'bench' AND key = ?2",
    [ACCOUNT] = "SELECT id, balance, version FROM account WHERE issuer = ?1 AND holder = ?2 AND "
                "kind = ?3 AND expires_on = 99991231",
    [ACCOUNT_UPDATE] = "UPDATE account SET balance = ?4, version = ?5 WHERE issuer = ?1 AND holder "
                       "= ?2 AND kind = ?3 AND expires_on = 99991231",
    [MOVEMENT] = "INSERT INTO movement VALUES (?1, 4, ?2, ?3, ?4)",
    [TRANSFER] = "INSERT INTO transfer VALUES (?1, ?2, 0, 0, NULL, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)",
    [KEY_INSERT] = "INSERT INTO idempotency VALUES (?1, 'bench', ?2, ?3, 201, ?4, NULL)",
};
static sqlite3 *handle;
static sqlite3_stmt *statements[STATEMENTS];
static int wal_pages;

struct holder { /* a payer, or a shop */
    uint8_t id[16], holder[16];
};
struct account {
    uint8_t id[16];
    int64_t balance, version;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_sqlite_loop: %s: %s\n", what, sqlite3_errmsg(handle));
    exit(1);
}

static int on_commit(void *self, sqlite3 *db, const char *name, int pages)
{
    (void)self, (void)db, (void)name;
    wal_pages = pages;
    return SQLITE_OK;
}

static int64_t now_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

static sqlite3_stmt *bound(enum statement which, const uint8_t *first, const uint8_t *second)
{
    sqlite3_stmt *s = statements[which];
    sqlite3_bind_blob(s, 1, first, 16, SQLITE_STATIC);
    sqlite3_bind_blob(s, 2, second, 16, SQLITE_STATIC);
    return s;
}

static void done(sqlite3_stmt *s)
{
    if (sqlite3_step(s) != SQLITE_DONE || sqlite3_reset(s) != SQLITE_OK)
        die(sqlite3_sql(s));
}

static size_t holders_read(const char *sql, struct holder *ret)
{
    sqlite3_stmt *s = NULL;
    size_t count = 0;
    if (sqlite3_prepare_v2(handle, sql, -1, &s, NULL) != SQLITE_OK)
        die(sql);
    for (; count < HOLDERS_MAX && sqlite3_step(s) == SQLITE_ROW; count++) {
        memcpy(ret[count].id, sqlite3_column_blob(s, 0), 16);
        memcpy(ret[count].holder, sqlite3_column_blob(s, 1), 16);
    }
    sqlite3_finalize(s);
    if (count == 0)
        die("nobody there");
    return count;
}

static void account_read(const uint8_t *issuer, const uint8_t *holder, int kind,
                         struct account *ret, const struct random_source *random)
{
    sqlite3_stmt *s = bound(ACCOUNT, issuer, holder);
    sqlite3_bind_int(s, 3, kind);
    if (sqlite3_step(s) == SQLITE_ROW) {
        memcpy(ret->id, sqlite3_column_blob(s, 0), 16);
        ret->balance = sqlite3_column_int64(s, 1);
        ret->version = sqlite3_column_int64(s, 2);
        sqlite3_reset(s);
        return;
    }
    sqlite3_reset(s);
    *ret = (struct account){ .balance = 0 };
    uuid_to_bytes(uuid7_make(clock_now(&clock_system), random), ret->id);
    sqlite3_stmt *insert = NULL;
    if (sqlite3_prepare_v2(handle, "INSERT INTO account VALUES (?1, ?2, ?3, 99991231, ?4, 0, 0, 0)",
                           -1, &insert, NULL) != SQLITE_OK)
        die("account");
    sqlite3_bind_blob(insert, 1, issuer, 16, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 2, holder, 16, SQLITE_STATIC);
    sqlite3_bind_int(insert, 3, kind);
    sqlite3_bind_blob(insert, 4, ret->id, 16, SQLITE_STATIC);
    done(insert);
    sqlite3_finalize(insert);
}

static void account_write(const uint8_t *issuer, const uint8_t *holder, int kind,
                          const struct account *a)
{
    sqlite3_stmt *s = bound(ACCOUNT_UPDATE, issuer, holder);
    sqlite3_bind_int(s, 3, kind);
    sqlite3_bind_int64(s, 4, a->balance);
    sqlite3_bind_int64(s, 5, a->version);
    done(s);
}

static void pay(const uint8_t *issuer, const struct holder *payer, const struct holder *shop,
                int64_t cents, const struct random_source *random)
{
    uint8_t key[16], id[16];
    static const uint8_t hash[32];
    struct account wallet, till;
    struct instant now = clock_now(&clock_system);
    uuid_to_bytes(uuid7_make(now, random), key);
    uuid_to_bytes(uuid7_make(now, random), id);
    done(bound(KEY, payer->id, key));
    account_read(issuer, payer->holder, 2, &wallet, random);
    account_read(issuer, shop->holder, 3, &till, random);
    if (wallet.balance < cents)
        die("insufficient funds");
    wallet.balance -= cents, wallet.version++;
    till.balance += cents, till.version++;
    account_write(issuer, payer->holder, 2, &wallet);
    account_write(issuer, shop->holder, 3, &till);
    sqlite3_stmt *s = bound(MOVEMENT, id, shop->id);
    sqlite3_bind_blob(s, 3, payer->id, 16, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, now.us);
    done(s);
    s = bound(TRANSFER, issuer, id);
    sqlite3_bind_blob(s, 3, wallet.id, 16, SQLITE_STATIC);
    sqlite3_bind_blob(s, 4, till.id, 16, SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, cents);
    sqlite3_bind_int64(s, 6, wallet.version);
    sqlite3_bind_int64(s, 7, wallet.balance);
    sqlite3_bind_int64(s, 8, till.version);
    sqlite3_bind_int64(s, 9, till.balance);
    done(s);
    s = bound(KEY_INSERT, payer->id, key);
    sqlite3_bind_blob(s, 3, hash, 32, SQLITE_STATIC);
    sqlite3_bind_blob(s, 4, id, 16, SQLITE_STATIC);
    done(s);
}

static void store_open(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/wesh.sqlite", folder);
    if (sqlite3_open(path, &handle) != SQLITE_OK ||
        sqlite3_exec(handle,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = "
                     "-65536; PRAGMA wal_autocheckpoint = 0",
                     NULL, NULL, NULL) != SQLITE_OK)
        die(path);
    sqlite3_wal_hook(handle, on_commit, NULL);
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(handle, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i],
                               NULL) != SQLITE_OK)
            die(texts[i]);
}

int main(int argc, char **argv)
{
    int64_t seconds = 0, count = 0;
    if (argc != 3 || text_int(text_of(argv[2]), &seconds) != OK || seconds < 1) {
        fprintf(stderr, "usage: bench_sqlite_loop FOLDER SECONDS\n");
        return 2;
    }
    store_open(argv[1]);
    struct holder *payers = calloc(HOLDERS_MAX, sizeof *payers);
    struct holder *shops = calloc(HOLDERS_MAX, sizeof *shops), issuer;
    if (payers == NULL || shops == NULL)
        die("out of memory");
    struct random_seeded state;
    struct random_source random = random_seeded(&state, (uint64_t)now_us(CLOCK_REALTIME));
    size_t payer_count = holders_read("SELECT h.person, h.holder FROM person_holder h JOIN account "
                                      "a ON a.holder = h.holder WHERE a.kind = 2",
                                      payers);
    size_t shop_count = holders_read("SELECT id, holder FROM shop", shops);
    holders_read("SELECT id, id FROM issuer LIMIT 1", &issuer);
    int64_t from = now_us(CLOCK_MONOTONIC) + seconds * SECOND_US / 5, now = 0;
    while (now < from + seconds * SECOND_US) {
        done(statements[BEGIN]);
        for (int i = 0; i < IN_A_COMMIT; i++) {
            uint64_t chance[3];
            random.fill(random.self, chance, sizeof chance);
            pay(issuer.id, &payers[chance[0] % payer_count], &shops[chance[1] % shop_count],
                10 + (int64_t)(chance[2] % 90), &random);
        }
        done(statements[COMMIT]);
        if (wal_pages >= PAGES_TO_CHECKPOINT)
            sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        now = now_us(CLOCK_MONOTONIC);
        count += now >= from ? IN_A_COMMIT : 0;
    }
    printf("{\"perSecond\":%.1f}\n", (double)count / (double)seconds);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(statements[i]);
    sqlite3_close(handle);
    free(payers);
    free(shops);
    return 0;
}
