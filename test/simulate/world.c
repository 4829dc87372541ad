/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "sim.h"

#include "app/app.h"
#include "app/play.h"
#include "feature/issuer/issuer.h"
#include "feature/municipality/municipality.h"
#include "feature/person/person.h"
#include "feature/shop/shop.h"
#include "gen/shop_sql.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const operations[ACT_COUNT] = {
    [ACT_TASK_CREATE] = "taskCreate",
    [ACT_TASK_SIGN_OFF] = "taskSignOff",
    [ACT_TASK_WITHDRAW] = "taskWithdraw",
    [ACT_CLAIM_CREATE] = "claimCreate",
    [ACT_CLAIM_WITHDRAW] = "claimWithdraw",
    [ACT_EVIDENCE_ADD] = "evidenceAdd",
    [ACT_CLAIM_SUBMIT] = "claimSubmit",
    [ACT_REVIEW_CREATE] = "reviewCreate",
    [ACT_REVIEW_TAKE_BACK] = "reviewTakeBack",
    [ACT_REQUEST_CREATE] = "paymentRequestCreate",
    [ACT_REQUEST_CANCEL] = "paymentRequestCancel",
    [ACT_PAY_REQUEST] = "paymentCreate",
    [ACT_PAY_SHOP] = "paymentCreate",
    [ACT_REFUND] = "refundCreate",
    [ACT_PAYOUT_PROPOSE] = "payoutPropose",
    [ACT_PAYOUT_APPROVE] = "payoutApprove",
    [ACT_PAYOUT_REJECT] = "payoutReject",
    [ACT_FUND] = "issuerFund",
    [ACT_POST_DUE] = "review.post",
    [ACT_EXPIRE_DUE] = "claim.expire",
    [ACT_PRUNE] = "prune-idempotency",
};

const char *act_name(enum act kind)
{
    return operations[kind];
}

static const struct background *background_find(const char *name)
{
    for (size_t f = 0; app_features[f] != NULL; f++)
        for (size_t i = 0; i < app_features[f]->background_count; i++)
            if (strcmp(app_features[f]->background[i].name, name) == 0)
                return &app_features[f]->background[i];
    return NULL;
}

static void *blank_of(struct arena *a, const struct rooms *rooms)
{
    static struct field_errors errors; /* what must be there is missing: it is filled in later */
    struct input nothing = { .kind = INPUT_OBJECT };
    void *work = calloc(1, rooms->work_size);
    if (work == NULL)
        abort();
    errors = (struct field_errors){ .arena = a };
    if (rooms->body != NULL)
        schema_read(a, rooms->body, &nothing, work, &errors);
    if (rooms->path != NULL)
        schema_read(a, rooms->path, &nothing, work, &errors);
    return work;
}

static bool rooms_look_up(struct sim *s)
{
    for (int kind = 0; kind < ACT_COUNT; kind++) {
        if (kind >= ACT_POST_DUE) {
            s->background[kind] = background_find(operations[kind]);
            if (s->background[kind] == NULL)
                return sim_fail(s, "there is no background work %s", operations[kind]);
            continue;
        }
        s->rooms[kind] = play_rooms(operations[kind]);
        if (s->rooms[kind] == NULL)
            return sim_fail(s, "there is no operation %s", operations[kind]);
        s->blank[kind] = blank_of(s->arena, s->rooms[kind]);
    }
    return true;
}

static err places_make(struct tx *tx, struct sim *s)
{
    for (int m = 0; m < MUNICIPALITIES; m++) {
        struct text code = text_format(tx->arena, "GM%d", m);
        TRY(municipality_put(tx, code, code, TEXT("14 045"), &s->municipalities[m]));
        TRY(neighbourhood_put(tx, s->municipalities[m], text_format(tx->arena, "BU%d", m), code,
                              (struct point){ 50888000 + m, 5979000 }, &s->homes[m]));
    }
    for (int i = 0; i < ISSUERS; i++) {
        struct text code = text_format(tx->arena, "coin-%d", i);
        TRY(issuer_put(tx,
                       &(struct issuer_new){ .municipality = s->municipalities[i],
                                             .code = code,
                                             .brand = code,
                                             .brand_plural = code,
                                             .currency = TEXT("EUR"),
                                             .redeem_until = { tx->now.us + 10000 * DAY_US },
                                             .debtor_name = TEXT("Town"),
                                             .debtor_iban = TEXT("NL91ABNA0417164300"),
                                             .debtor_bic = TEXT("ABNANL2A") },
                       &s->issuers[i]));
    }
    for (int i = 0; i < SHOPS; i++) {
        struct shop_get row;
        bool added;
        TRY(shop_add(tx,
                     &(struct shop_new){ .municipality = s->municipalities[i % MUNICIPALITIES],
                                         .neighbourhood = s->homes[i % MUNICIPALITIES],
                                         .name = text_format(tx->arena, "Shop %d", i),
                                         .address = TEXT("Street 1"),
                                         .account_name = TEXT("Shop"),
                                         .iban = TEXT("NL91ABNA0417164300") },
                     &s->shops[i], &added));
        TRY(sql_shop_get(tx, s->shops[i], &row));
        s->tills[i] = row.holder;
    }
    return OK;
}

/* Everybody is a resident; the first ones are something else besides. */
static enum role role_of(int person, bool *ret_at_shop)
{
    static const struct {
        int below;
        enum role role;
    } roles[] = { { 6, ROLE_AUTHOR },   { 12, ROLE_MANAGER },   { 18, ROLE_INSPECTOR },
                  { 27, ROLE_STEWARD }, { 36, ROLE_TREASURER }, { 46, ROLE_CASHIER },
                  { 50, ROLE_OWNER } };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (person < roles[i].below) {
            *ret_at_shop = roles[i].role == ROLE_CASHIER || roles[i].role == ROLE_OWNER;
            return roles[i].role;
        }
    *ret_at_shop = false;
    return ROLE_RESIDENT;
}

static err people_make(struct tx *tx, struct sim *s)
{
    for (int p = 0; p < PEOPLE; p++) {
        bool at_shop;
        enum role role = role_of(p, &at_shop);
        struct model_person *m = &s->model.people[p];
        struct actor *actor = &s->people[p];
        *m = (struct model_person){ ROLE_RESIDENT | role, p % MUNICIPALITIES,
                                    at_shop ? p % SHOPS : -1 };
        *actor = (struct actor){ .roles = m->roles,
                                 .grants = { { ROLE_RESIDENT, 0 } },
                                 .grant_count = 1,
                                 .name = TEXT("Somebody") };
        if (role != ROLE_RESIDENT)
            actor->grants[actor->grant_count++] =
                (struct grant){ role, at_shop ? s->shops[m->shop].v
                                              : s->municipalities[m->municipality].v };
        TRY(person_add(tx, &(struct person_new){ .name = actor->name }, &actor->person));
        TRY(person_holder_of(tx, actor->person, &s->wallets[p]));
    }
    return OK;
}

static err make(struct tx *tx, void *work)
{
    TRY(places_make(tx, work));
    return people_make(tx, work);
}

bool world_make(struct sim *s)
{
    if (!rooms_look_up(s))
        return false;
    if (db_apply(s->db, s->arena, make, s) != OK)
        return sim_fail(s, "the region could not be made");
    for (int i = 0; i < ISSUERS; i++) { /* in a wallet they lie by id */
        int at = i;
        for (; at > 0 && s->issuers[s->model.issuer_order[at - 1]].v > s->issuers[i].v; at--)
            s->model.issuer_order[at] = s->model.issuer_order[at - 1];
        s->model.issuer_order[at] = i;
    }
    return true;
}

bool world_folder(char folder[64])
{
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, 64, "%s/wesh-simulate-XXXXXX", memory);
    return mkdtemp(folder) != NULL;
}

void world_folder_remove(const char *folder)
{
    static const char *const names[] = { "wesh.sqlite", "wesh.sqlite-wal", "wesh.sqlite-shm",
                                         "lock" };
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}
