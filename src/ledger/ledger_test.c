/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The ledger on a real store: a table of refusals, a property test against a naive model, and that
 * `verify` finds what was tampered with. */
#include "ledger/ledger_rule.h"

#include "db/testing_store.h"

#include "crypto/crypto.h"

#include <inttypes.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Rules */

static struct account account_with(enum account_kind kind, int64_t balance, int64_t held)
{
    return (struct account){
        .key = { .kind = kind }, .balance = { balance }, .held = { held }, .version = 7
    };
}

static void test_rules(void **state)
{
    (void)state;
    const struct {
        enum account_kind kind;
        int64_t balance, held;
        err (*rule)(struct account *, struct coins);
        int64_t cents;
        err expected;
        int64_t balance_after, held_after;
    } cases[] = {
        { ACCOUNT_WALLET, 100, 0, ledger_rule_debit, 100, OK, 0, 0 },
        { ACCOUNT_WALLET, 100, 0, ledger_rule_debit, 101, ERR_LEDGER_INSUFFICIENT, 100, 0 },
        { ACCOUNT_WALLET, 100, 40, ledger_rule_debit, 60, OK, 40, 40 },
        { ACCOUNT_WALLET, 100, 40, ledger_rule_debit, 61, ERR_LEDGER_INSUFFICIENT, 100, 40 },
        { ACCOUNT_BACKING, -500, 0, ledger_rule_debit, 1000, OK, -1500, 0 },
        { ACCOUNT_BACKING, INT64_MIN + 5, 0, ledger_rule_debit, 6, ERR_LEDGER_OVERFLOW,
          INT64_MIN + 5, 0 },
        { ACCOUNT_TILL, INT64_MAX - 5, 0, ledger_rule_credit, 5, OK, INT64_MAX, 0 },
        { ACCOUNT_TILL, INT64_MAX - 5, 0, ledger_rule_credit, 6, ERR_LEDGER_OVERFLOW, INT64_MAX - 5,
          0 },
        { ACCOUNT_BACKING, -10, 0, ledger_rule_credit, 11, ERR_LEDGER_OVERFLOW, -10, 0 },
        { ACCOUNT_FUND, 100, 0, ledger_rule_hold, 100, OK, 100, 100 },
        { ACCOUNT_FUND, 100, 1, ledger_rule_hold, 100, ERR_LEDGER_INSUFFICIENT, 100, 1 },
        { ACCOUNT_FUND, 100, 60, ledger_rule_post_debit, 60, OK, 40, 0 },
        { ACCOUNT_FUND, 100, 60, ledger_rule_void, 20, OK, 100, 40 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct account a = account_with(cases[i].kind, cases[i].balance, cases[i].held);
        err e = cases[i].rule(&a, (struct coins){ cases[i].cents });
        assert_int_equal(e, cases[i].expected);
        assert_int_equal(a.balance.cents, cases[i].balance_after);
        assert_int_equal(a.held.cents, cases[i].held_after);
        assert_int_equal(a.version, e == OK ? 8 : 7);
    }
}

static void test_amounts(void **state)
{
    (void)state;
    assert_int_equal(ledger_rule_amount((struct coins){ 1 }), OK);
    assert_int_equal(ledger_rule_amount((struct coins){ AMOUNT_MAX }), OK);
    assert_int_equal(ledger_rule_amount((struct coins){ 0 }), ERR_LEDGER_AMOUNT);
    assert_int_equal(ledger_rule_amount((struct coins){ -1 }), ERR_LEDGER_AMOUNT);
    assert_int_equal(ledger_rule_amount((struct coins){ AMOUNT_MAX + 1 }), ERR_LEDGER_AMOUNT);
    assert_int_equal(ledger_rule_amount((struct coins){ INT64_MIN }), ERR_LEDGER_AMOUNT);
}

/* A store of our own, and a naive model beside it */

enum { HOLDERS = 6, ISSUERS = 2, HOLDS_MAX = 4000 };

struct model_hold {
    struct hold_id id;
    int issuer, from, to;
    int64_t cents;
    bool ended;
};
struct model {
    int64_t balance[ISSUERS][HOLDERS], held[ISSUERS][HOLDERS];
    struct model_hold holds[HOLDS_MAX];
    int hold_count;
};
struct bench {
    char folder[64];
    struct db *db;
    struct arena *arena;
    struct model model;
};

static struct issuer_id issuer_of(int i)
{
    return (struct issuer_id){ 1000 + (uint128)i };
}
/* Holder 0 has the backing account, all others wallets. */
static struct account_key key_of(int issuer, int holder)
{
    return (struct account_key){ issuer_of(issuer),
                                 { 2000 + (uint128)holder },
                                 holder == 0 ? ACCOUNT_BACKING : ACCOUNT_WALLET,
                                 EXPIRES_NEVER };
}

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    crypto_start();
    strcpy(b->folder, "/tmp/wesh-ledger-XXXXXX");
    if (b == NULL || mkdtemp(b->folder) == NULL)
        return -1;
    b->arena = arena_new(16 << 20);
    *state = b;
    struct db_options o = { .folder = b->folder,
                            .store = testing_store(b->folder),
                            .create = true };
    return db_open(&o, &b->db, NULL) == OK ? 0 : -1;
}
static int bench_open_postgresql(void **state)
{
    return testing_on_postgresql(state) == 0 ? bench_open(state) : -1;
}
static int bench_close(void **state)
{
    struct bench *b = *state;
    char command[128];
    db_close(b->db);
    arena_free(b->arena);
    testing_store_remove(b->folder);
    snprintf(command, sizeof command, "rm -r '%s'", b->folder);
    int removed = system(command);
    free(b);
    return removed;
}

struct step { /* one random action, as apply's work */
    enum { STEP_MOVE, STEP_MOVE_TWO, STEP_HOLD, STEP_END } what;
    int issuer, from, to, to_two;
    int64_t cents;
    struct model_hold *hold;
    struct hold_id ret_hold;
};

static err step_apply(struct tx *tx, void *work)
{
    struct step *s = work;
    struct movement_id movement;
    struct move moves[2] = {
        { key_of(s->issuer, s->from), key_of(s->issuer, s->to), { s->cents } },
        { key_of(s->issuer, s->from), key_of(s->issuer, s->to_two), { s->cents } },
    };
    switch (s->what) {
    case STEP_MOVE:
    case STEP_MOVE_TWO:
        return ledger_move(tx, MOVEMENT_PAYMENT, (struct any_id){ 1 }, (struct person_id){ 1 },
                           moves, s->what == STEP_MOVE ? 1 : 2, &movement);
    case STEP_HOLD:
        return ledger_hold(tx, MOVEMENT_HOLD, (struct any_id){ 1 }, (struct person_id){ 1 }, moves,
                           &s->ret_hold);
    case STEP_END:
        return ledger_end(tx, MOVEMENT_EARN, (struct any_id){ 1 }, (struct person_id){ 1 },
                          issuer_of(s->hold->issuer), s->hold->id, (struct coins){ s->cents },
                          &movement);
    }
    return ERR_INTERNAL;
}

static bool model_can(const struct model *m, int issuer, int from, int64_t cents)
{
    return from == 0 || m->balance[issuer][from] - m->held[issuer][from] >= cents;
}

/* What the model says of the step; changes the model when it is allowed. */
static bool model_step(struct model *m, const struct step *s)
{
    if (s->what == STEP_END) {
        struct model_hold *h = s->hold;
        if (h->ended || s->cents > h->cents)
            return false;
        m->held[h->issuer][h->from] -= h->cents;
        m->balance[h->issuer][h->from] -= s->cents;
        m->balance[h->issuer][h->to] += s->cents;
        h->ended = true;
        return true;
    }
    int64_t needed = s->what == STEP_MOVE_TWO ? 2 * s->cents : s->cents;
    if (s->cents <= 0 || s->from == s->to || (s->what == STEP_MOVE_TWO && s->from == s->to_two))
        return false;
    if (!model_can(m, s->issuer, s->from, needed))
        return false;
    if (s->what == STEP_HOLD) {
        m->held[s->issuer][s->from] += s->cents;
        return true;
    }
    m->balance[s->issuer][s->from] -= needed;
    m->balance[s->issuer][s->to] += s->cents;
    if (s->what == STEP_MOVE_TWO)
        m->balance[s->issuer][s->to_two] += s->cents;
    return true;
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % below;
}

static struct step step_draw(struct bench *b, uint64_t *seed)
{
    struct step s = { .what = draw(seed, 4),
                      .issuer = (int)draw(seed, ISSUERS),
                      .from = (int)draw(seed, HOLDERS),
                      .to = 1 + (int)draw(seed, HOLDERS - 1),
                      .to_two = 1 + (int)draw(seed, HOLDERS - 1),
                      .cents = (int64_t)draw(seed, 500) - 5 };
    if (s.what == STEP_END) {
        s.hold = b->model.hold_count > 0
                     ? &b->model.holds[draw(seed, (uint32_t)b->model.hold_count)]
                     : NULL;
        s.cents = s.cents < 0 ? 0 : s.cents;
        if (s.hold != NULL && draw(seed, 2) == 0)
            s.cents = s.hold->cents;
        if (s.hold == NULL)
            s.what = STEP_MOVE;
    }
    if (s.what == STEP_HOLD && s.from == 0)
        s.from = 1 + s.to % (HOLDERS - 1);
    return s;
}

struct comparison {
    struct bench *b;
    int64_t faults;
    void *quiet; /* not NULL: faults are expected, don't print them */
};
static void tell(void *self, const char *line)
{
    if (self == NULL)
        print_message("%s\n", line);
}
static err compare_read(struct tx *tx, void *work)
{
    struct comparison *c = work;
    const struct model *m = &c->b->model;
    for (int i = 0; i < ISSUERS; i++)
        for (int h = 1; h < HOLDERS; h++) {
            struct account a;
            struct account_key key = key_of(i, h);
            TRY(ledger_account(tx, &key, &a));
            c->faults += a.balance.cents != m->balance[i][h] || a.held.cents != m->held[i][h];
        }
    int64_t found;
    TRY(ledger_verify(tx, tell, c->quiet, &found));
    c->faults += found;
    return OK;
}

static void test_model(void **state)
{
    struct bench *b = *state;
    int64_t given;
    uint64_t seed = (uint64_t)getpid();
    if (text_int(text_of(getenv("SEED")), &given) == OK)
        seed = (uint64_t)given;
    print_message("SEED=%" PRIu64 "\n", seed);
    int refused = 0, done = 0;
    for (int i = 0; i < 3000; i++) {
        struct step s = step_draw(b, &seed);
        struct model before = b->model;
        arena_reset(b->arena);
        bool allowed = model_step(&b->model, &s);
        err e = db_apply(b->db, b->arena, step_apply, &s);
        if (allowed != (e == OK))
            fail_msg("step %d: the model says %d, the ledger %s", i, allowed, err_info(e)->code);
        if (!allowed)
            b->model = before;
        else if (s.what == STEP_HOLD && b->model.hold_count < HOLDS_MAX)
            b->model.holds[b->model.hold_count++] =
                (struct model_hold){ s.ret_hold, s.issuer, s.from, s.to, s.cents, false };
        done += allowed;
        refused += !allowed;
    }
    assert_true(done > 500 && refused > 100);
    struct comparison c = { .b = b };
    assert_int_equal(db_read(b->db, b->arena, compare_read, &c), OK);
    assert_int_equal(c.faults, 0);
}

/* Tampering: each change by hand is found */

static void test_verify_finds_tampering(void **state)
{
    struct bench *b = *state;
    const char *const changes[] = {
        "UPDATE account SET balance = balance + 1 WHERE kind = 2 AND version > 2",
        "UPDATE account SET held = held + 1, balance = balance + 1 WHERE kind = 2 AND version > 2",
        "UPDATE account SET version = version + 1 WHERE kind = 2",
        "UPDATE transfer SET cents = cents + 1 WHERE effect = 0",
        "UPDATE transfer SET debit_balance = debit_balance + 1 WHERE effect = 0",
        "DELETE FROM transfer WHERE effect = 2",
        "UPDATE hold SET posted = posted + 1 WHERE ended_by IS NOT NULL",
        "UPDATE hold SET ended_by = NULL WHERE ended_by IS NOT NULL",
        "UPDATE hold SET ended_by = NULL, posted = 0 WHERE ended_by IS NOT NULL",
        "DELETE FROM hold WHERE ended_by IS NULL",
        "DELETE FROM movement WHERE kind = 4",
    };
    char path[128];
    test_model(state);
    db_close(b->db);
    b->db = NULL;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char copy[96], command[320];
        snprintf(copy, sizeof copy, "%s-tampered", b->folder);
        snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s'", copy, b->folder, copy);
        assert_int_equal(system(command), 0);
        snprintf(path, sizeof path, "%s/wesh.sqlite", copy);
        sqlite3 *raw;
        assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
        assert_int_equal(sqlite3_exec(raw, changes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_true(sqlite3_changes(raw) > 0);
        sqlite3_close(raw);
        struct db *db;
        assert_int_equal(
            db_open(&(struct db_options){ .folder = copy, .read_only = true }, &db, NULL), OK);
        struct comparison c = { .b = b, .quiet = b };
        assert_int_equal(db_read(db, b->arena, compare_read, &c), OK);
        if (c.faults == 0)
            fail_msg("not found: %s", changes[i]);
        db_close(db);
        snprintf(command, sizeof command, "rm -r '%s'", copy);
        assert_int_equal(system(command), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test_setup_teardown(test_model, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_verify_finds_tampering, bench_open, bench_close),
        { "test_model on PostgreSQL", test_model, bench_open_postgresql, bench_close, NULL },
    };
    return cmocka_run_group_tests(tests, NULL, testing_store_end);
}
