/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "sim.h"

#include "feature/evidence/evidence.h"
#include "gen/payment_sql.h"
#include "photo/photo.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const enum act made_in[ACT_COUNT] = { /* which list what it makes is in */
                                             [ACT_TASK_CREATE] = ACT_TASK_CREATE,
                                             [ACT_CLAIM_CREATE] = ACT_CLAIM_CREATE,
                                             [ACT_REVIEW_CREATE] = ACT_REVIEW_CREATE,
                                             [ACT_REQUEST_CREATE] = ACT_REQUEST_CREATE,
                                             [ACT_PAY_REQUEST] = ACT_PAY_SHOP,
                                             [ACT_PAY_SHOP] = ACT_PAY_SHOP,
                                             [ACT_PAYOUT_PROPOSE] = ACT_PAYOUT_PROPOSE
};

bool sim_fail(struct sim *s, const char *format, ...)
{
    if (s->problem[0] != '\0')
        return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->problem, sizeof s->problem, format, arguments);
    va_end(arguments);
    return false;
}

static uint64_t chance_word(struct sim *s)
{
    uint64_t word;
    s->chance.fill(s->chance.self, &word, sizeof word);
    return word;
}

int sim_chance(struct sim *s, int below)
{
    return (int)(chance_word(s) % (uint64_t)below);
}

static void action_text(const struct action *a, char *out, size_t size)
{
    snprintf(out, size, "%s by %d on %d place %d amount %" PRId64 " choice %d", act_name(a->kind),
             a->who, a->on, a->place, a->amount, a->choice);
}

/* From an action to the work that path and body would have filled. */

static void put(const struct rooms *rooms, void *work, const char *name, const void *value)
{
    const struct schema *schemas[] = { rooms->path, rooms->body };
    for (int i = 0; i < 2; i++)
        for (size_t f = 0; schemas[i] != NULL && f < schemas[i]->count; f++) {
            const struct field *field = &schemas[i]->fields[f];
            if (strcmp(field->name, name) != 0)
                continue;
            size_t size = field->kind == FIELD_ID ? sizeof(uint128)
                          : field->kind == FIELD_TEXT || field->kind == FIELD_POINT ? 16
                                                                                    : 8;
            memcpy((char *)work + field->at, value, size);
            return;
        }
    fprintf(stderr, "%s has no field %s\n", rooms->id, name);
    abort();
}

static void put_id(const struct slot *slot, const char *name, uint128 id)
{
    put(slot->x.rooms, slot->x.work, name, &id);
}

static void put_int(const struct slot *slot, const char *name, int64_t value)
{
    put(slot->x.rooms, slot->x.work, name, &value);
}

static void put_text(const struct slot *slot, const char *name, const char *value)
{
    struct text t = text_of(value);
    put(slot->x.rooms, slot->x.work, name, &t);
}

/* As evidence_http.c has it: photos are not converted here, so they are put in by hand. */
struct evidence_work {
    struct work work;
    struct claim_id claim;
    int64_t moment;
    struct text upload;
    struct photo photo;
    struct evidence_get row;
};

static void put_photo(const struct slot *slot, const struct action *a)
{
    struct evidence_work *w = slot->x.work;
    if (slot->x.rooms->work_size != sizeof *w ||
        slot->x.rooms->body->fields[0].at != offsetof(struct evidence_work, moment))
        abort();
    w->moment = a->choice;
    w->photo = (struct photo){ .width = 4, .height = 3 };
    w->photo.large.at[0] = (uint8_t)a->photo;
    w->photo.thumbnail.at[0] = (uint8_t)(128 + a->photo);
}

static uint128 id_of(struct sim *s, enum act list, int at)
{
    return at < 0 ? uuid7_make((struct instant){ s->time.us }, &s->chance) : s->ids[list].at[at];
}

static void put_task(struct sim *s, const struct slot *slot, const struct action *a)
{
    struct point where = { 50888000, 5979000 };
    put_text(slot, "title", "Paint the bench");
    put_text(slot, "description", "It is green no more");
    put_text(slot, "extraWorkReason", "Not in the contract");
    put_int(slot, "category", 0);
    put_int(slot, "minutes", a->minutes);
    put_int(slot, "rewardCents", a->amount);
    put_int(slot, "places", a->places);
    put_int(slot, "claimHours", a->hours);
    put_id(slot, "neighbourhood", s->homes[a->place].v);
    put_id(slot, "issuer", s->issuers[a->issuer].v);
    put(slot->x.rooms, slot->x.work, "location", &where);
}

/* What an action is about: a field, and the list that its index is in. */
static const struct {
    const char *field;
    enum act list;
} about[ACT_COUNT] = {
    [ACT_TASK_SIGN_OFF] = { "task", ACT_TASK_CREATE },
    [ACT_TASK_WITHDRAW] = { "task", ACT_TASK_CREATE },
    [ACT_CLAIM_CREATE] = { "task", ACT_TASK_CREATE },
    [ACT_CLAIM_WITHDRAW] = { "claim", ACT_CLAIM_CREATE },
    [ACT_EVIDENCE_ADD] = { "claim", ACT_CLAIM_CREATE },
    [ACT_CLAIM_SUBMIT] = { "claim", ACT_CLAIM_CREATE },
    [ACT_REVIEW_CREATE] = { "claim", ACT_CLAIM_CREATE },
    [ACT_REVIEW_TAKE_BACK] = { "review", ACT_REVIEW_CREATE },
    [ACT_REQUEST_CANCEL] = { "request", ACT_REQUEST_CREATE },
    [ACT_PAY_REQUEST] = { "paymentRequestId", ACT_REQUEST_CREATE },
    [ACT_REFUND] = { "payment", ACT_PAY_SHOP },
    [ACT_PAYOUT_APPROVE] = { "payout", ACT_PAYOUT_PROPOSE },
    [ACT_PAYOUT_REJECT] = { "payout", ACT_PAYOUT_PROPOSE },
};

static void work_fill(struct sim *s, const struct slot *slot, const struct action *a)
{
    enum act kind = a->kind;
    if (about[kind].field != NULL)
        put_id(slot, about[kind].field, id_of(s, about[kind].list, a->on));
    if (kind == ACT_TASK_CREATE)
        put_task(s, slot, a);
    if (kind == ACT_EVIDENCE_ADD)
        put_photo(slot, a);
    if (kind == ACT_REVIEW_CREATE) {
        put_int(slot, "outcome", a->choice);
        put_text(slot, "reason", a->no_reason ? NULL : "As I saw it");
    }
    if (kind == ACT_PAY_SHOP)
        put_id(slot, "shopId", s->shops[a->place].v);
    if (kind == ACT_FUND || kind == ACT_PAYOUT_PROPOSE)
        put_id(slot, "issuer", s->issuers[a->place].v);
    if (kind == ACT_FUND || kind == ACT_REFUND || kind == ACT_PAYOUT_REJECT)
        put_text(slot, "reason", "As the council decided");
    if (kind == ACT_FUND || kind == ACT_REFUND || kind == ACT_PAY_SHOP ||
        kind == ACT_REQUEST_CREATE)
        put_int(slot, "amountCents", a->amount);
    if (kind == ACT_PAYOUT_PROPOSE)
        put_int(slot, "cutoffAt", a->cutoff);
}

/* Jobs */

static void job_done(struct db_job *job, err result)
{
    struct slot *slot = job->owner;
    slot->result = result;
    sem_post(&slot->sim->done);
}

static err background_apply(struct tx *tx, void *work)
{
    const struct slot *slot = work;
    struct task_run run = { .more = true };
    while (run.more) {
        run.more = false;
        TRY(slot->sim->background[slot->sent->action.kind]->run(tx, &run));
    }
    return OK;
}

static err nothing_apply(struct tx *tx, void *work)
{
    (void)tx, (void)work;
    return OK;
}

/* Refuses after it has written, so that the whole group is done again with savepoints. */
static err sabotage_apply(struct tx *tx, void *work)
{
    (void)work;
    TRY(setting_set(tx, "simulate.sabotage", TEXT("1")));
    return ERR_CONFLICT;
}

/* With every group goes its number: after a crash it tells whether the group is there. */
static err mark_apply(struct tx *tx, void *work)
{
    const struct slot *slot = work;
    return setting_set(tx, "simulate.batch", text_format(tx->arena, "%" PRId64, slot->sim->batch));
}

static void slot_action(struct sim *s, struct slot *slot)
{
    const struct action *a = &slot->sent->action;
    struct exchange *x = &slot->x;
    x->rooms = s->rooms[a->kind];
    if (x->rooms == NULL) {
        slot->job.apply = background_apply;
        return;
    }
    x->work_size = x->rooms->work_size;
    x->work = arena_alloc(x->arena, x->work_size);
    memcpy(x->work, s->blank[a->kind], x->work_size);
    ((struct work *)x->work)->actor = s->people[a->who];
    x->session.actor.person = s->people[a->who].person;
    work_fill(s, slot, a);
    if ((a->kind == ACT_PAY_REQUEST || a->kind == ACT_PAY_SHOP) &&
        x->rooms->read(&x->rq, x->work) != OK)
        abort();
    x->work_before = arena_alloc(x->arena, x->work_size);
    memcpy(x->work_before, x->work, x->work_size);
    x->key = (struct key){ 0 };
    if ((x->rooms->flags & (ROOMS_KEY | ROOMS_KEY_MAY)) != 0) {
        x->key.v = slot->sent->key;
        x->key.body.at[0] = slot->other_body;
    }
    slot->job.apply = write_apply;
    slot->job.work = x;
}

static void slot_set(struct sim *s, int at, enum slot_kind kind, struct sent *sent, bool other_body)
{
    static db_apply_fn *const applies[] = { NULL, nothing_apply, sabotage_apply, mark_apply };
    struct slot *slot = &s->slots[at];
    slot->kind = kind;
    slot->sent = sent;
    slot->other_body = other_body;
    slot->result = OK;
    arena_reset(slot->x.arena);
    slot->job = (struct db_job){ .apply = applies[kind],
                                 .work = slot,
                                 .arena = slot->x.arena,
                                 .done = job_done,
                                 .owner = slot };
    if (kind == SLOT_ACTION)
        slot_action(s, slot);
}

/* The gate */

static err gate_apply(struct tx *tx, void *work)
{
    (void)tx;
    struct gate *g = work;
    g->was_entered = true;
    sem_post(&g->entered);
    while (sem_wait(&g->open) != 0)
        continue;
    return OK;
}

static void gate_done(struct db_job *job, err result)
{
    (void)result;
    struct gate *g = job->owner;
    if (!g->was_entered)
        sem_post(&g->entered);
}

static bool gate_submit(struct sim *s, int which)
{
    struct gate *g = &s->gates[which];
    g->was_entered = false;
    g->job = (struct db_job){
        .apply = gate_apply, .work = g, .arena = g->arena, .done = gate_done, .owner = g
    };
    return db_submit(s->db, &g->job) == OK;
}

static void wait_for(sem_t *sem)
{
    while (sem_wait(sem) != 0)
        continue;
}

/* Opening, closing, and what comes after a crash */

static void on_fatal(void *self)
{
    (void)self; /* seen at the gate */
}

static bool store_open(struct sim *s, const char **ret_detail)
{
    static const int sizes[] = { 2, 3, 5, 9, 16 };
    s->batch_size = s->batch_fixed != 0 ? s->batch_fixed : sizes[sim_chance(s, 5)];
    return db_open(&(struct db_options){ .folder = s->folder,
                                         .create = true,
                                         .store = s->store,
                                         .writers = 1,
                                         .clock = &s->clock,
                                         .random = &s->id_source,
                                         .fatal = on_fatal,
                                         .group_max = (size_t)s->batch_size },
                   &s->db, ret_detail) == OK;
}

/* False: the store failed before. */
static bool gate_shut(struct sim *s)
{
    s->gate = 0;
    if (!gate_submit(s, 0))
        return false;
    wait_for(&s->gates[0].entered);
    return s->gates[0].was_entered;
}

static void gate_leave(struct sim *s)
{
    if (s->gate >= 0 && s->gates[s->gate].was_entered)
        sem_post(&s->gates[s->gate].open);
    s->gate = -1;
}

struct mark {
    struct sim *sim;
    int64_t batch;
    bool sabotaged;
};

static err mark_read(struct tx *tx, void *work)
{
    struct mark *m = work;
    int64_t sabotage;
    TRY(setting_int(tx, "simulate.batch", 0, &m->batch));
    err e = setting_int(tx, "simulate.sabotage", -1, &sabotage);
    m->sabotaged = e != OK || sabotage != -1;
    return OK;
}

/* What was acknowledged must be there; *ret_new: and also the group whose outcome was unknown. */
static bool mark_check(struct sim *s, bool may_be_new, bool *ret_new)
{
    struct mark m = { .sim = s };
    arena_reset(s->arena);
    if (db_read(s->db, s->arena, mark_read, &m) != OK)
        return sim_fail(s, "the number of the last group can't be read");
    *ret_new = may_be_new && m.batch == s->batch;
    if (m.batch != s->marked && !*ret_new)
        return sim_fail(s, "after group %" PRId64 " was acknowledged, the store is at %" PRId64,
                        s->marked, m.batch);
    if (m.sabotaged)
        return sim_fail(s, "what a refused job wrote is there");
    s->marked = m.batch;
    return true;
}

static bool recover(struct sim *s, bool may_be_new, bool *ret_new)
{
    const char *detail = NULL;
    gate_leave(s);
    db_close(s->db);
    s->db = NULL;
    s->reopened++;
    enum power_loss loss =
        s->fault == POWER_CUT ? (enum power_loss)sim_chance(s, 3) : POWER_KEEP_ALL;
    power_back(loss, s->chance);
    if (s->fault == POWER_CUT && sim_chance(s, 4) == 0) { /* and again while it recovers */
        power_arm(POWER_CUT, 1 + sim_chance(s, 12));
        bool opened = store_open(s, &detail);
        if (opened)
            db_close(s->db);
        s->db = NULL;
        if (!opened && !power_struck())
            return sim_fail(s, "it does not open after a crash: %s", detail);
        power_back((enum power_loss)sim_chance(s, 3), s->chance);
    }
    s->fault = POWER_FINE;
    if (!store_open(s, &detail))
        return sim_fail(s, "it does not open after a crash: %s", detail);
    return mark_check(s, may_be_new, ret_new) &&
           (gate_shut(s) || sim_fail(s, "the store fails at once after a crash"));
}

bool sim_reopen(struct sim *s)
{
    const char *detail = NULL;
    bool is_new;
    gate_leave(s);
    db_close(s->db);
    s->db = NULL;
    s->reopened++;
    if (!store_open(s, &detail))
        return sim_fail(s, "it does not open: %s", detail);
    return mark_check(s, false, &is_new) &&
           (gate_shut(s) || sim_fail(s, "the store fails at once"));
}

/* What was answered, beside the model */

static void id_put(struct sim *s, const struct sent *sent)
{
    if (sent->made < 0)
        return;
    struct ids *ids = &s->ids[made_in[sent->action.kind]];
    while (ids->count <= sent->made) {
        if (ids->count == ids->room) {
            ids->room = ids->room == 0 ? 256 : 2 * ids->room;
            ids->at = reallocarray(ids->at, (size_t)ids->room, sizeof *ids->at);
            if (ids->at == NULL)
                abort();
        }
        ids->at[ids->count++] = 0;
    }
    ids->at[sent->made] = sent->id;
}

static bool is_keyed(const struct sim *s, const struct sent *sent)
{
    const struct rooms *rooms = s->rooms[sent->action.kind];
    return rooms != NULL && (rooms->flags & (ROOMS_KEY | ROOMS_KEY_MAY)) != 0;
}

static bool repeat_judge(struct sim *s, const struct slot *slot)
{
    struct sent *sent = slot->sent;
    uint128 id = ((const struct work *)slot->x.work)->ids[0].v;
    char what[200];
    action_text(&sent->action, what, sizeof what);
    err wanted = slot->other_body ? ERR_KEY_REUSED : OK;
    s->repeats++;
    if (slot->result != wanted)
        return sim_fail(s, "step %" PRId64 ", asked again: %s: %s instead of %s", s->steps, what,
                        err_info(slot->result)->name, err_info(wanted)->name);
    if (wanted != OK)
        return true;
    if (sent->id != 0 && sent->id != id)
        return sim_fail(s, "step %" PRId64 ", asked again: %s: another id", s->steps, what);
    sent->id = id;
    id_put(s, sent);
    return true;
}

/* `known`: the answer came. Without it the model alone says what was done. */
static bool action_judge(struct sim *s, const struct slot *slot, bool known)
{
    struct sent *sent = slot->sent;
    s->steps++;
    if (sent->done && is_keyed(s, sent))
        return !known || repeat_judge(s, slot);
    int made;
    err wanted = model_step(&s->model, &sent->action, &made);
    char what[200];
    action_text(&sent->action, what, sizeof what);
    if (s->trace)
        printf("  %" PRId64 " %s: %s%s\n", s->steps, what, err_info(wanted)->code,
               known ? "" : " (unknown)");
    if (known && slot->result != wanted)
        return sim_fail(s, "step %" PRId64 ": %s: %s instead of %s", s->steps, what,
                        err_info(slot->result)->name, err_info(wanted)->name);
    if (wanted != OK) {
        s->refused++;
        return true;
    }
    s->allowed[sent->action.kind]++;
    sent->done = true;
    sent->made = made;
    sent->id = known && s->rooms[sent->action.kind] != NULL
                   ? ((const struct work *)slot->x.work)->ids[0].v
                   : 0;
    id_put(s, sent);
    const char *broken = model_broken(&s->model);
    return broken == NULL || sim_fail(s, "step %" PRId64 ": %s: %s", s->steps, what, broken);
}

static bool is_fault(err e)
{
    return e == ERR_DATABASE || e == ERR_DISK_FULL || e == ERR_BUSY || e == ERR_UNKNOWN_OUTCOME;
}

/* A full disk is a definite no; of another fault, it is said whether it is known. */
static bool fault_fits(struct sim *s, err e)
{
    if (!power_struck() || s->fault == POWER_FINE)
        return sim_fail(s, "step %" PRId64 ": %s without a fault", s->steps, err_info(e)->name);
    if (s->fault == POWER_FULL && e != ERR_DISK_FULL)
        return sim_fail(s, "step %" PRId64 ": %s on a full disk", s->steps, err_info(e)->name);
    return true;
}

static bool slot_judge(struct sim *s, const struct slot *slot)
{
    if (is_fault(slot->result)) /* nothing was changed */
        return fault_fits(s, slot->result);
    switch (slot->kind) {
    case SLOT_ACTION:
        return action_judge(s, slot, true);
    case SLOT_SABOTEUR:
        return slot->result == ERR_CONFLICT || sim_fail(s, "a refusal was not told");
    case SLOT_MARK:
        s->marked = s->batch;
        return true;
    case SLOT_NOTHING:
        return true;
    }
    return false;
}

/* A group is done whole or not at all; once the store is back, its number says which. */
static bool unknown_judge(struct sim *s, int size, bool was_done)
{
    for (int i = 0; i < size; i++) {
        const struct slot *slot = &s->slots[i];
        if (slot->result != ERR_UNKNOWN_OUTCOME)
            return sim_fail(s, "step %" PRId64 ": %s in a group that is unknown", s->steps,
                            err_info(slot->result)->name);
        if (was_done && slot->kind == SLOT_ACTION && !action_judge(s, slot, false))
            return false;
    }
    return true;
}

/* Asks at once and waits; false: the store failed. */
static bool group_run(struct sim *s, int count)
{
    int shut = s->gate, next = 1 - shut;
    for (int i = 0; i < count; i++)
        if (db_submit(s->db, &s->slots[i].job) != OK)
            abort();
    if (!gate_submit(s, next))
        abort();
    sem_post(&s->gates[shut].open);
    for (int i = 0; i < count; i++)
        wait_for(&s->done);
    wait_for(&s->gates[next].entered);
    s->gate = next;
    return s->gates[next].was_entered && !(power_struck() && s->fault == POWER_CUT);
}

static void batch_set(struct sim *s, struct sent **what, const bool *other_body, int count,
                      bool sabotage)
{
    int at = 0, last = s->batch_size - 1;
    s->batch++;
    for (; at < count; at++)
        slot_set(s, at, SLOT_ACTION, what[at], other_body[at]);
    for (; at < last; at++, sabotage = false)
        slot_set(s, at, sabotage ? SLOT_SABOTEUR : SLOT_NOTHING, NULL, false);
    slot_set(s, last, SLOT_MARK, NULL, false);
}

static bool ask_again(struct sim *s, struct sent **what, int count)
{
    static const bool same[BATCH_MAX];
    for (int part = 0, i = 0; i < count; i += part) {
        part = count - i < s->batch_size - 1 ? count - i : s->batch_size - 1;
        if (!sim_batch(s, what + i, same, part, POWER_FINE, 0, false))
            return false;
    }
    return true;
}

bool sim_batch(struct sim *s, struct sent **what, const bool *other_body, int count,
               enum power_fault fault, int64_t nth, bool sabotage)
{
    struct sent *again[BATCH_MAX];
    int again_count = 0, size = s->batch_size;
    bool unknown = false, was_done = false;
    batch_set(s, what, other_body, count < size ? count : size - 1, sabotage);
    if (fault != POWER_FINE) {
        s->fault = fault;
        power_arm(fault, nth);
    }
    bool fine = group_run(s, size);
    for (int i = 0; i < size; i++) {
        unknown = unknown || s->slots[i].result == ERR_UNKNOWN_OUTCOME;
        if (is_fault(s->slots[i].result) && s->slots[i].kind == SLOT_ACTION)
            again[again_count++] = s->slots[i].sent;
    }
    s->unknown += unknown;
    s->definite += !unknown && again_count > 0;
    for (int i = 0; i < size; i++)
        if (unknown ? !fault_fits(s, s->slots[i].result) : !slot_judge(s, &s->slots[i]))
            return false;
    if (s->fault == POWER_FULL) {
        power_arm(POWER_FINE, 0);
        s->fault = POWER_FINE;
    }
    if (!fine && !recover(s, unknown, &was_done))
        return false;
    if (unknown && !unknown_judge(s, size, was_done))
        return false;
    return ask_again(s, again, again_count);
}

struct sent *sim_ask(struct sim *s, const struct action *a)
{
    struct sent *sent = &s->sent[s->sent_count++ % SENT_MAX];
    *sent = (struct sent){ .action = *a,
                           .key = uuid7_make((struct instant){ s->time.us }, &s->chance),
                           .at = s->time.us,
                           .made = -1 };
    return sent;
}

bool sim_new(struct sim *s, const char *folder, uint64_t seed)
{
    const char *detail = NULL;
    *s = (struct sim){ .batch_fixed = s->batch_fixed, .store = s->store };
    snprintf(s->folder, sizeof s->folder, "%s", folder);
    s->time.us = INT64_C(1790000000) * SECOND_US;
    s->model.now = s->time.us;
    s->clock = clock_fixed(&s->time);
    s->chance = random_seeded(&s->chance_state, seed);
    s->id_source = random_seeded(&s->id_state, ~seed);
    s->arena = arena_new(256 << 20);
    sem_init(&s->done, 0, 0);
    for (int i = 0; i < BATCH_MAX; i++) {
        s->slots[i].sim = s;
        s->slots[i].x.arena = arena_new(4 << 20);
    }
    for (int i = 0; i < 2; i++) {
        sem_init(&s->gates[i].entered, 0, 0);
        sem_init(&s->gates[i].open, 0, 0);
        s->gates[i].arena = arena_new(1 << 16);
    }
    if (!store_open(s, &detail))
        return sim_fail(s, "the store can't be made: %s", detail);
    if (!world_make(s))
        return false;
    power_watch(folder);
    return gate_shut(s) || sim_fail(s, "the store fails at once");
}

void sim_free(struct sim *s)
{
    if (s->db != NULL) {
        gate_leave(s);
        db_close(s->db);
    }
    for (int i = 0; i < BATCH_MAX; i++)
        arena_free(s->slots[i].x.arena);
    for (int i = 0; i < 2; i++)
        arena_free(s->gates[i].arena);
    for (int i = 0; i < ACT_COUNT; i++) {
        free(s->ids[i].at);
        free(s->blank[i]);
    }
    model_free(&s->model);
    arena_free(s->arena);
}
