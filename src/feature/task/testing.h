/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A small town for tests: one municipality with two neighbourhoods, an issuer with a fund, an
 * author and a manager. */
#ifndef WESH_FEATURE_TASK_TESTING_H
#define WESH_FEATURE_TASK_TESTING_H

#include "db/testing.h"
#include "feature/issuer/issuer.h"
#include "feature/municipality/municipality.h"
#include "feature/person/person.h"
#include "feature/task/task_internal.h"

struct town {
    struct db *db;
    char folder[96];
    struct clock_fixed time;
    struct clock clock;
    struct arena *arena;
    struct municipality_id municipality;
    struct neighbourhood_id home, away;
    struct issuer_id issuer;
    struct person_id author, manager;
    struct coins fund;
};

static inline err town_apply(struct tx *tx, void *work)
{
    struct town *t = work;
    struct movement_id movement;
    TRY(municipality_put(tx, TEXT("GM0917"), TEXT("Heerlen"), TEXT("14 045"), &t->municipality));
    TRY(neighbourhood_put(tx, t->municipality, TEXT("BU1"), TEXT("Grasbroek"),
                          (struct point){ 50888000, 5979000 }, &t->home));
    TRY(neighbourhood_put(tx, t->municipality, TEXT("BU2"), TEXT("Schandelen"),
                          (struct point){ 50895000, 5989000 }, &t->away));
    TRY(issuer_put(tx,
                   &(struct issuer_new){ t->municipality,
                                         TEXT("heitje"),
                                         TEXT("Heitje"),
                                         TEXT("Heitjes"),
                                         TEXT("EUR"),
                                         { INT64_C(1893456000) * SECOND_US },
                                         TEXT("Heerlen"),
                                         TEXT("NL00BANK0123456789"),
                                         TEXT("BANKNL2A") },
                   &t->issuer));
    TRY(person_add(tx, &(struct person_new){ .name = TEXT("Lotte") }, &t->author));
    TRY(person_add(tx, &(struct person_new){ .name = TEXT("Karin") }, &t->manager));
    if (t->fund.cents > 0)
        TRY(issuer_fund_add(tx, t->issuer, t->fund, TEXT("budget"), t->manager, &movement));
    return OK;
}

static inline void town_open(struct town *t, int64_t fund_cents)
{
    memset(t, 0, sizeof *t);
    snprintf(t->folder, sizeof t->folder, "%s", testing_folder());
    t->time.us = INT64_C(1790000000) * SECOND_US;
    t->clock = clock_fixed(&t->time);
    t->arena = arena_new(256 << 20);
    t->fund.cents = fund_cents;
    t->db = testing_open(&(struct db_options){
        .folder = t->folder, .create = true, .clock = &t->clock, .queue_max = 1000 });
    assert_int_equal(db_apply(t->db, t->arena, town_apply, t), OK);
}

static inline void town_close(struct town *t)
{
    db_close(t->db);
    arena_free(t->arena);
    testing_folder_remove(t->folder);
}

static inline struct task_new town_task(const struct town *t)
{
    return (struct task_new){
        .title = TEXT("Paint the bench"),
        .description = TEXT("It is green no more"),
        .instructions = TEXT("Sand\nPaint"),
        .keeper = TEXT("Heerlen"),
        .extra_work_reason = TEXT("Not in the contract"),
        .tools = TEXT(""),
        .category = TASK_BENCH,
        .minutes = 60,
        .places = 1,
        .claim_hours = 72,
        .reward = { 500 },
        .location = { 50888000, 5979000 },
        .neighbourhood = t->home,
        .municipality = t->municipality,
        .issuer = t->issuer,
        .author = t->author,
        .state = TASK_OPEN,
    };
}

#endif
