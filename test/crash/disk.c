/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* disk [CYCLES]: a disk that is full, fails or loses its power, under the real rooms.
 *
 * First each main flow with the fault at its n-th write or sync, for all n: a full disk is a
 * definite no, any other fault at the commit is 'unknown', and asked again with its key everything
 * is done once. Then CYCLES times a power cut at a random write of random work. The model says what
 * must be there. */
#include "../simulate/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum {
    CYCLES = 50,
    NTH_MAX = 200,
    AUTHOR = 0,
    MANAGER = 6,
    INSPECTOR = 12,
    RESIDENT = 60,
    TREASURER = 27,
    TREASURER2 = 30,
    CASHIER = 40,
    SHOP = CASHIER % SHOPS,
    REWARD = 1000
};

struct flow { /* in order; what it is about is the newest of its kind */
    enum act kind;
    int who;
    bool is_main;
};
static const struct flow flows[] = {
    { ACT_FUND, TREASURER, true },           { ACT_TASK_CREATE, AUTHOR, false },
    { ACT_TASK_SIGN_OFF, MANAGER, false },   { ACT_CLAIM_CREATE, RESIDENT, true },
    { ACT_EVIDENCE_ADD, RESIDENT, false },   { ACT_CLAIM_SUBMIT, RESIDENT, true },
    { ACT_REVIEW_CREATE, INSPECTOR, true },  { ACT_POST_DUE, 0, true },
    { ACT_REQUEST_CREATE, CASHIER, false },  { ACT_PAY_REQUEST, RESIDENT, true },
    { ACT_PAY_SHOP, RESIDENT, true },        { ACT_REFUND, CASHIER, true },
    { ACT_PAYOUT_PROPOSE, TREASURER, true }, { ACT_PAYOUT_REJECT, TREASURER2, true },
    { ACT_PAYOUT_PROPOSE, TREASURER, true }, { ACT_PAYOUT_APPROVE, TREASURER2, true },
};
enum { FLOWS = sizeof flows / sizeof flows[0] };

static struct action flow_action(const struct sim *s, const struct flow *f)
{
    const struct model *m = &s->model;
    const int newest[ACT_COUNT] = {
        [ACT_TASK_SIGN_OFF] = m->tasks.count - 1,    [ACT_CLAIM_CREATE] = m->tasks.count - 1,
        [ACT_EVIDENCE_ADD] = m->claims.count - 1,    [ACT_CLAIM_SUBMIT] = m->claims.count - 1,
        [ACT_REVIEW_CREATE] = m->claims.count - 1,   [ACT_PAY_REQUEST] = m->requests.count - 1,
        [ACT_REFUND] = m->payments.count - 1,        [ACT_PAYOUT_REJECT] = m->payouts.count - 1,
        [ACT_PAYOUT_APPROVE] = m->payouts.count - 1,
    };
    struct action a = { .kind = f->kind,
                        .who = f->who,
                        .on = newest[f->kind],
                        .amount = REWARD,
                        .minutes = 480,
                        .places = 1,
                        .hours = 24,
                        .cutoff = m->now };
    if (f->kind == ACT_REFUND)
        a.amount = REWARD / 5;
    if (f->kind == ACT_REQUEST_CREATE || f->kind == ACT_PAY_SHOP)
        a.amount = REWARD / 2;
    if (f->kind == ACT_PAY_SHOP)
        a.place = SHOP;
    if (f->kind == ACT_EVIDENCE_ADD)
        a.choice = 1;
    return a;
}

/* All flows once, with the fault in one of them. *ret_struck: it came before all was done. */
static bool story(struct sim *s, int with_fault, enum power_fault fault, int64_t nth,
                  bool *ret_struck)
{
    static const bool same[1];
    *ret_struck = false;
    for (int f = 0; f < FLOWS; f++) {
        s->time.us += 11 * SECOND_US;
        s->model.now = s->time.us;
        struct action a = flow_action(s, &flows[f]);
        struct sent *sent = sim_ask(s, &a);
        int64_t definite = s->definite, unknown = s->unknown;
        bool here = f == with_fault;
        if (!sim_batch(s, &sent, same, 1, here ? fault : POWER_FINE, nth, false))
            return false;
        if (!sent->done)
            return sim_fail(s, "%s was not done in the end", act_name(a.kind));
        definite = s->definite - definite;
        unknown = s->unknown - unknown;
        if (here && (fault == POWER_FULL ? unknown : definite) != 0)
            return sim_fail(s, "%s, write %" PRId64 ": answered %s", act_name(a.kind), nth,
                            unknown != 0 ? "'unknown' on a full disk"
                                         : "'no' after a failed write");
        *ret_struck = *ret_struck || (here && definite + unknown != 0);
        power_arm(POWER_FINE, 0);
        s->fault = POWER_FINE;
    }
    return sim_check(s, false);
}

static bool flows_fail(struct sim *s, enum power_fault fault, int64_t *ret_cases)
{
    for (int f = 0; f < FLOWS; f++) {
        int64_t nth = 1;
        for (bool struck = flows[f].is_main; struck; nth++) {
            if (!story(s, f, fault, nth, &struck))
                return false;
            *ret_cases += struck;
            if (nth > NTH_MAX)
                return sim_fail(s, "%s never ends writing", act_name(flows[f].kind));
        }
        if (flows[f].is_main && nth < 3)
            return sim_fail(s, "no write of %s failed", act_name(flows[f].kind));
    }
    return sim_verify(s);
}

static bool power_cuts(struct sim *s, int64_t cycles, int64_t *ret_cuts)
{
    for (; *ret_cuts < cycles; (*ret_cuts)++) {
        int64_t reopened = s->reopened;
        int64_t nth = 1 + sim_chance(s, sim_chance(s, 10) == 0 ? 20000 : 300);
        if (!sim_random_batch(s, BATCH_MAX, POWER_CUT, nth))
            return false;
        while (s->reopened == reopened)
            if (!sim_random_batch(s, BATCH_MAX, POWER_FINE, 0))
                return false;
        if (!sim_check(s, false))
            return false;
    }
    return sim_check(s, true) && sim_verify(s);
}

static bool told(const char *what, bool fine, const struct sim *s)
{
    printf("%s %s%s%s\n", fine ? "ok" : "NOT OK", what, fine ? "" : ": ", s->problem);
    return fine;
}

int main(int argc, char **argv)
{
    static struct sim s;
    static const struct {
        enum power_fault fault;
        const char *what;
    } faults[] = { { POWER_FULL, "a full disk at each write: a definite no" },
                   { POWER_ERROR, "an I/O error at each write: unknown, then settled" },
                   { POWER_CUT, "a power cut at each write: unknown, then settled" } };
    int64_t cycles = argc > 1 ? strtoll(argv[1], NULL, 10) : CYCLES, cases = 0, cuts = 0;
    const char *seed_text = getenv("SEED");
    uint64_t seed = seed_text != NULL ? strtoull(seed_text, NULL, 10) : (uint64_t)time(NULL);
    char folder[64];
    int passed = 0, failed = 0;
    if (!world_folder(folder))
        return 2;
    printf("SEED=%" PRIu64 "\n", seed);
    power_install();
    s.batch_fixed = 2;
    bool fine = sim_new(&s, folder, seed);
    for (int i = 0; i < 3 && fine; i++) {
        fine = told(faults[i].what, flows_fail(&s, faults[i].fault, &cases), &s);
        passed += fine;
    }
    int64_t accepted = s.steps - s.refused;
    s.batch_fixed = 0;
    if (fine) {
        fine = told("power cuts at random", power_cuts(&s, cycles, &cuts), &s);
        passed += fine;
    }
    failed = !fine;
    printf("%" PRId64 " faults in main flows; power cuts %" PRId64 ", acknowledged %" PRId64
           ", lost %d\n",
           cases, cuts, s.steps - s.refused - accepted, failed);
    if (fine)
        sim_free(&s);
    world_folder_remove(folder);
    printf("%d passed, %d failed\n", passed, failed);
    return failed;
}
