/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A region in one process: the real rooms on a real store, a clock that jumps, a disk that fails,
 * and the model beside it. Everything follows from the seed. */
#ifndef WESH_TEST_SIMULATE_SIM_H
#define WESH_TEST_SIMULATE_SIM_H

#include "../crash/power.h"
#include "http/server.h"
#include "model.h"

#include <semaphore.h>
#include <stdio.h>

enum { BATCH_MAX = 16, SENT_MAX = 512 };

struct sent { /* something that was asked, and can be asked again with the same key */
    struct action action;
    uint128 key;
    int64_t at;
    int made;   /* index in its list, or -1 */
    bool done;  /* accepted: asked again it is answered the same */
    uint128 id; /* of the answer; 0: it never came */
};

enum slot_kind { SLOT_ACTION, SLOT_NOTHING, SLOT_SABOTEUR, SLOT_MARK };
struct slot { /* one job of a group */
    struct sim *sim;
    enum slot_kind kind;
    struct sent *sent;
    bool other_body; /* the key with another body */
    struct exchange x;
    struct db_job job;
    err result;
};

struct gate { /* holds the writer, so that what is submitted meanwhile becomes one group */
    struct db_job job;
    sem_t entered, open;
    struct arena *arena;
    bool was_entered;
};

struct ids {
    uint128 *at;
    int count, room;
};

struct sim {
    struct db *db;
    char folder[200];
    struct clock_fixed time;
    struct clock clock;
    struct random_seeded chance_state, id_state;
    struct random_source chance, id_source;
    struct arena *arena;
    struct model model;

    struct municipality_id municipalities[MUNICIPALITIES];
    struct neighbourhood_id homes[MUNICIPALITIES];
    struct issuer_id issuers[ISSUERS];
    struct shop_id shops[SHOPS];
    struct holder_id tills[SHOPS];
    struct actor people[PEOPLE];
    struct holder_id wallets[PEOPLE];
    struct ids ids[ACT_COUNT]; /* by the act that makes them */

    const struct rooms *rooms[ACT_COUNT];
    const struct background *background[ACT_COUNT];
    void *blank[ACT_COUNT]; /* work with nothing filled in */

    struct sent sent[SENT_MAX];
    int64_t sent_count;
    struct slot slots[BATCH_MAX];
    struct gate gates[2];
    int gate; /* the one that holds the writer */
    sem_t done;
    int batch_size;    /* jobs in a group, this time */
    int batch_fixed;   /* always so many; 0: by chance */
    const char *store; /* an empty PostgreSQL database; NULL: SQLite in the folder */
    int64_t batch, marked;
    enum power_fault fault; /* that may come in this batch */

    int64_t steps, refused, repeats, reopened;
    int64_t definite, unknown; /* groups that a fault struck: not done, or who knows */
    int64_t allowed[ACT_COUNT];
    bool trace; /* tells each step */
    char problem[600];
};

/* All are false when something is not as it must be; then `problem` says what. */
bool sim_new(struct sim *s, const char *folder, uint64_t seed);
void sim_free(struct sim *s);
/* Asks up to batch_size − 1 things at once; with a fault of the disk it is brought back, and what
 * was not answered is asked again. */
bool sim_batch(struct sim *s, struct sent **what, const bool *other_body, int count,
               enum power_fault fault, int64_t nth, bool sabotage);
bool sim_reopen(struct sim *s);          /* in good order */
bool sim_check(struct sim *s, bool all); /* the store against the model */
bool sim_verify(struct sim *s);          /* the ledger against its own history */
bool sim_fail(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct sent *sim_ask(struct sim *s, const struct action *a); /* a new key for it */
int sim_chance(struct sim *s, int below);
/* The clock goes on, and up to `left` people do something they might do now. */
bool sim_random_batch(struct sim *s, int64_t left, enum power_fault fault, int64_t nth);
const char *act_name(enum act kind);

/* world.c */
bool world_make(struct sim *s);
/* In memory where there is room; `folder` gets its path. */
bool world_folder(char folder[64]);
void world_folder_remove(const char *folder);

#endif
