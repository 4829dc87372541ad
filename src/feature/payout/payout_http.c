/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/payout/payout.h"

#include "feature/till/till.h"
#include "ledger/ledger.h"

static const char *const payout_states[] = { "proposed", "approved", "rejected", NULL };

/* How a payout is told */

struct payout_shown {
    struct payout_get row;
    struct text brand, proposer, decider;
    bool may_approve, may_reject;
    struct schema_list items;
};
#define AT(member) .at = offsetof(struct payout_items, member)
static const struct field item_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The item" },
    { "shop", FIELD_ID, AT(shop), .about = "Shop that is paid out" },
    { "shopName", FIELD_TEXT, AT(shop_name), .about = "Its name" },
    { "amountCents", FIELD_COINS, AT(amount), .about = "Amount" },
    { "accountName", FIELD_TEXT, AT(name), .about = "Name of the bank account" },
    { "iban", FIELD_TEXT, AT(iban), .about = "IBAN" },
    { "endToEndId", FIELD_TEXT, AT(end_to_end), .about = "Comes back on the bank statement" },
};
#undef AT
static const struct schema item_schema = SCHEMA("PayoutItem", struct payout_items, item_fields);
#define AT(member) .at = offsetof(struct payout_shown, member)
static const struct field payout_fields[] = {
    { "id", FIELD_ID, AT(row.id), .about = "The payout" },
    { "issuer", FIELD_ID, AT(row.issuer), .about = "Issuer of the coins" },
    { "brand", FIELD_TEXT, AT(brand), .about = "What its coin is called" },
    { "state", FIELD_CHOICE, AT(row.state), .choices = payout_states, .about = "How it stands" },
    { "cutoffAt", FIELD_INSTANT, AT(row.cutoff_at), .about = "Pays what was posted before this" },
    { "totalCents", FIELD_COINS, AT(row.total), .about = "Sum of the items" },
    { "itemCount", FIELD_INT, AT(row.item_count), .about = "Number of shops" },
    { "proposedBy", FIELD_TEXT, AT(proposer), .about = "Officer who proposed it" },
    { "proposedAt", FIELD_INSTANT, AT(row.proposed_at), .about = "When" },
    { "decidedBy", FIELD_TEXT, FIELD_NULLABLE, AT(decider), .about = "Officer who decided" },
    { "decidedAt", FIELD_INSTANT, FIELD_NULLABLE, AT(row.decided_at), .about = "When" },
    { "reason", FIELD_TEXT, AT(row.reason), .about = "Why it was rejected" },
    { "mayApprove", FIELD_BOOL, AT(may_approve), .about = "Whether who asks may approve it" },
    { "mayReject", FIELD_BOOL, AT(may_reject), .about = "Whether who asks may reject it" },
    { "items", FIELD_LIST, AT(items), .schema = &item_schema,
      .about = "What each shop gets; empty in lists" },
};
#undef AT
static const struct schema payout_schema = SCHEMA("Payout", struct payout_shown, payout_fields);

static err person_name(struct tx *tx, struct person_id id, struct text *ret)
{
    struct payout_person row;
    bool found = false;
    if (id.v != 0)
        TRY(sql_payout_person(tx, id, &row, &found));
    *ret = found ? row.name : TEXT_NONE;
    return OK;
}

static err payout_shown_of(struct tx *tx, const struct payout_get *row, const struct actor *who,
                           bool with_items, struct payout_shown *ret)
{
    struct payout_issuer issuer;
    struct payout_items_rows items = { 0 };
    TRY(sql_payout_issuer(tx, row->issuer, &issuer));
    if (with_items)
        TRY(sql_payout_items(tx, row->id, &items));
    bool treasurer = actor_has(who, ROLE_TREASURER, issuer.municipality.v);
    *ret = (struct payout_shown){
        .row = *row,
        .brand = row->brand,
        .may_approve = treasurer && payout_check_decision(row, who->person, true) == OK,
        .may_reject = treasurer && payout_check_decision(row, who->person, false) == OK,
        .items = { items.at, items.count },
    };
    TRY(person_name(tx, row->proposed_by, &ret->proposer));
    if (ret->proposer.at == NULL)
        ret->proposer = TEXT("");
    return person_name(tx, row->decided_by, &ret->decider);
}

static err issuer_for(struct tx *tx, struct issuer_id id, const struct actor *who, uint32_t roles,
                      struct payout_issuer *ret)
{
    TRY(sql_payout_issuer(tx, id, ret));
    return actor_has(who, roles, ret->municipality.v) ? OK : ERR_NOT_FOUND;
}

/* POST /v1/payouts */

struct payout_propose {
    struct work work;
    struct issuer_id issuer;
    struct instant cutoff;
    struct payout_shown shown;
};
static const struct field payout_propose_fields[] = {
    { "issuer", FIELD_ID, 0, offsetof(struct payout_propose, issuer),
      .about = "Whose coins are paid out" },
    { "cutoffAt", FIELD_INSTANT, FIELD_OPTIONAL, offsetof(struct payout_propose, cutoff),
      .about = "Pays what was posted before this; the start of today when absent" },
};
static const struct schema payout_propose_body =
    SCHEMA("PayoutNew", struct payout_propose, payout_propose_fields);

static err payout_item_add(struct tx *tx, const struct payout_propose *p, struct payout_id payout,
                           const struct payout_due *due, bool *ret_added)
{
    struct payout_item_id id = { tx_id(tx) };
    struct move move = {
        .debit = { p->issuer, due->holder, ACCOUNT_TILL, EXPIRES_NEVER },
        .credit = { p->issuer, due->holder, ACCOUNT_PAYOUT, EXPIRES_NEVER },
        .amount = due->amount,
    };
    struct hold_id hold;
    err e = ledger_hold(tx, MOVEMENT_PAYOUT_HOLD, (struct any_id){ id.v }, p->work.actor.person,
                        &move, &hold);
    *ret_added = e == OK;
    if (e == ERR_LEDGER_INSUFFICIENT) /* refunds since the cut-off emptied the till: next time */
        return OK;
    TRY(e);
    struct text uuid = uuid_text(tx->arena, id.v);
    struct buf end_to_end = buf_new(tx->arena, 35);
    for (size_t i = 0; i < uuid.len; i++)
        if (uuid.at[i] != '-')
            buf_char(&end_to_end, uuid.at[i]);
    return sql_payout_item_insert(tx, &(struct payout_item_insert_in){
                                          .id = id,
                                          .payout = payout,
                                          .issuer = p->issuer,
                                          .shop = due->shop,
                                          .amount = due->amount,
                                          .hold = hold,
                                          .name = due->account_name,
                                          .iban = due->iban,
                                          .bic = due->bic,
                                          .end_to_end = buf_text(&end_to_end),
                                      });
}

static err payout_shown_again(struct tx *tx, struct payout_id id, const struct actor *who,
                              struct payout_shown *ret)
{
    struct payout_get row;
    TRY(sql_payout_get(tx, id, &row));
    return payout_shown_of(tx, &row, who, true, ret);
}

static err payout_propose_apply(struct tx *tx, void *work)
{
    struct payout_propose *p = work;
    struct payout_issuer issuer;
    struct payout_due_rows due;
    struct payout_id id = { tx_id(tx) };
    if (p->cutoff.us == 0)
        p->cutoff = till_day_start(tx->now);
    if (p->cutoff.us > tx->now.us)
        return ERR_PAYOUT_CUTOFF;
    TRY(issuer_for(tx, p->issuer, &p->work.actor, ROLE_TREASURER, &issuer));
    TRY(sql_payout_due(tx, p->issuer, p->cutoff, &due));
    if (due.count == 0)
        return ERR_PAYOUT_NOTHING_DUE;
    struct coins total = { 0 };
    int64_t count = 0;
    /* The items point to the payout: it goes in first, its sums are known once they are. */
    TRY(sql_payout_insert(tx, id, p->issuer, p->cutoff, p->work.actor.person, tx->now));
    for (size_t i = 0; i < due.count && count < PAYOUT_ITEMS_MAX; i++) {
        bool added;
        TRY(payout_item_add(tx, p, id, &due.at[i], &added));
        if (!added)
            continue;
        count++;
        if (!coins_add(total, due.at[i].amount, &total))
            return ERR_LEDGER_OVERFLOW;
    }
    if (count == 0)
        return ERR_PAYOUT_NOTHING_DUE;
    TRY(sql_payout_take(tx, p->issuer, p->cutoff, id));
    TRY(sql_payout_set_sums(tx, id, count, total));
    p->work.ids[0].v = id.v;
    return payout_shown_again(tx, id, &p->work.actor, &p->shown);
}
static err payout_propose_replay(struct tx *tx, void *work)
{
    struct payout_propose *p = work;
    return payout_shown_again(tx, (struct payout_id){ p->work.ids[0].v }, &p->work.actor,
                              &p->shown);
}
static err payout_propose_reply(struct request *rq, void *work, struct view **ret)
{
    struct payout_propose *p = work;
    *ret = schema_view(rq->arena, &payout_schema, &p->shown);
    return OK;
}
static const struct rooms payout_propose_rooms = {
    .id = "payoutPropose",
    .summary = "Propose to pay out what is in the tills",
    .tag = "payout",
    .roles = ROLE_TREASURER,
    .flags = ROOMS_KEY,
    .work_size = sizeof(struct payout_propose),
    .body = &payout_propose_body,
    .answer = &payout_schema,
    .status = 201,
    .errors = (const err[]){ ERR_PAYOUT_NOTHING_DUE, ERR_PAYOUT_CUTOFF, OK },
    .apply = payout_propose_apply,
    .replay = payout_propose_replay,
    .reply = payout_propose_reply,
};

/* POST /v1/payouts/{payout}/approvals and /rejections */

struct payout_decision {
    struct work work;
    struct payout_id payout;
    struct text reason;
    struct payout_shown shown;
};
static const struct field payout_path_fields[] = {
    { "payout", FIELD_ID, 0, offsetof(struct payout_decision, payout), .about = "The payout" },
};
static const struct schema payout_path =
    SCHEMA("PayoutPath", struct payout_decision, payout_path_fields);
static const struct field payout_reject_fields[] = {
    { "reason", FIELD_TEXT, 0, offsetof(struct payout_decision, reason), 3, 500,
      .about = "Why; the proposer reads it" },
};
static const struct schema payout_reject_body =
    SCHEMA("PayoutRejection", struct payout_decision, payout_reject_fields);

static err payout_decide(struct tx *tx, struct payout_decision *d, bool approves)
{
    struct payout_get row;
    struct payout_issuer issuer;
    struct payout_items_rows items;
    TRY(sql_payout_get(tx, d->payout, &row));
    TRY(issuer_for(tx, row.issuer, &d->work.actor, ROLE_TREASURER, &issuer));
    TRY(payout_check_decision(&row, d->work.actor.person, approves));
    TRY(sql_payout_items(tx, d->payout, &items));
    for (size_t i = 0; i < items.count; i++) {
        struct movement_id movement;
        TRY(ledger_end(tx, approves ? MOVEMENT_PAYOUT : MOVEMENT_PAYOUT_RELEASE,
                       (struct any_id){ items.at[i].id.v }, d->work.actor.person, row.issuer,
                       items.at[i].hold, approves ? items.at[i].amount : (struct coins){ 0 },
                       &movement));
    }
    if (!approves)
        TRY(sql_payout_release(tx, row.issuer, d->payout));
    TRY(sql_payout_decide(tx, d->payout, approves ? PAYOUT_APPROVED : PAYOUT_REJECTED,
                          d->work.actor.person, tx->now,
                          d->reason.at != NULL ? d->reason : TEXT("")));
    d->work.ids[0].v = d->payout.v;
    return payout_shown_again(tx, d->payout, &d->work.actor, &d->shown);
}
static err payout_approve_apply(struct tx *tx, void *work)
{
    return payout_decide(tx, work, true);
}
static err payout_reject_apply(struct tx *tx, void *work)
{
    return payout_decide(tx, work, false);
}
static err payout_decision_replay(struct tx *tx, void *work)
{
    struct payout_decision *d = work;
    return payout_shown_again(tx, d->payout, &d->work.actor, &d->shown);
}
static err payout_decision_reply(struct request *rq, void *work, struct view **ret)
{
    struct payout_decision *d = work;
    *ret = schema_view(rq->arena, &payout_schema, &d->shown);
    return OK;
}
#define PAYOUT_DECISION                                                                            \
    .tag = "payout", .roles = ROLE_TREASURER, .work_size = sizeof(struct payout_decision),         \
    .path = &payout_path, .answer = &payout_schema, .status = 201,                                 \
    .errors = (const err[]){ ERR_PAYOUT_DECIDED, ERR_PAYOUT_OWN, OK },                             \
    .replay = payout_decision_replay, .reply = payout_decision_reply
static const struct rooms payout_approve_rooms = {
    .id = "payoutApprove",
    .summary = "A second officer approves; the bank file is there from then on",
    .flags = ROOMS_KEY | ROOMS_STEP_UP,
    .apply = payout_approve_apply,
    PAYOUT_DECISION,
};
static const struct rooms payout_reject_rooms = {
    .id = "payoutReject",
    .summary = "Reject with a reason; the coins stay in the tills for the next payout",
    .flags = ROOMS_KEY,
    .body = &payout_reject_body,
    .apply = payout_reject_apply,
    PAYOUT_DECISION,
};

/* GET one, its bank file, all of one's issuers, and what is due */

static err payout_at(struct request *rq, struct tx *tx, struct payout_id id,
                     struct payout_get *ret_row, struct payout_issuer *ret_issuer)
{
    TRY(sql_payout_get(tx, id, ret_row));
    return issuer_for(tx, ret_row->issuer, rq->actor, ROLE_TREASURER | ROLE_AUDITOR, ret_issuer);
}
static err payout_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct payout_decision *at = work;
    struct payout_get row;
    struct payout_issuer issuer;
    TRY(payout_at(rq, tx, at->payout, &row, &issuer));
    TRY(payout_shown_of(tx, &row, rq->actor, true, &at->shown));
    *ret = schema_view(rq->arena, &payout_schema, &at->shown);
    return OK;
}
static const struct rooms payout_show_rooms = {
    .id = "payoutShow",
    .summary = "One payout with its items",
    .tag = "payout",
    .roles = ROLE_TREASURER | ROLE_AUDITOR,
    .work_size = sizeof(struct payout_decision),
    .path = &payout_path,
    .answer = &payout_schema,
    .status = 200,
    .load = payout_show_load,
};
static err payout_file(struct request *rq, struct tx *tx, void *work, struct file_answer *ret)
{
    struct payout_decision *at = work;
    struct payout_get row;
    struct payout_issuer issuer;
    struct payout_items_rows items;
    TRY(payout_at(rq, tx, at->payout, &row, &issuer));
    TRY(sql_payout_items(tx, at->payout, &items));
    TRY(payout_pain001(rq->arena, &row, &items, &ret->bytes));
    ret->media_type = "application/xml";
    ret->download_as = text_cstr(rq->arena, text_format(rq->arena, "pain001-%.*s.xml",
                                                        TEXT_ARGS(uuid_text(rq->arena, row.id.v))));
    return OK;
}
static const struct rooms payout_file_rooms = {
    .id = "payoutPain001",
    .summary = "The bank file (ISO 20022 pain.001.001.09) of an approved payout",
    .tag = "payout",
    .roles = ROLE_TREASURER | ROLE_AUDITOR,
    .work_size = sizeof(struct payout_decision),
    .path = &payout_path,
    .status = 200,
    .errors = (const err[]){ ERR_PAYOUT_NOT_APPROVED, OK },
    .media_type = "application/xml",
    .file = payout_file,
};

struct payout_list {
    struct work work;
    struct issuer_id issuer;
    struct payout_id cursor;
    int64_t limit;
};
static const struct field payout_list_fields[] = {
    { "issuer", FIELD_ID, FIELD_OPTIONAL, offsetof(struct payout_list, issuer),
      .about = "Of this issuer; one's first when absent" },
    { "cursor", FIELD_ID, FIELD_OPTIONAL, offsetof(struct payout_list, cursor),
      .about = "`nextCursor` of the page before" },
    { "limit", FIELD_INT, FIELD_OPTIONAL, offsetof(struct payout_list, limit), 1, 100,
      .about = "How many, at most 100; 20 when absent" },
};
static const struct schema payout_list_query =
    SCHEMA("PayoutListQuery", struct payout_list, payout_list_fields);

static err own_issuers(struct tx *tx, const struct actor *who, struct payout_issuers_rows *ret)
{
    uint128 municipality = actor_scope(who, ROLE_TREASURER);
    if (municipality == 0)
        municipality = actor_scope(who, ROLE_AUDITOR);
    return sql_payout_issuers(tx, (struct municipality_id){ municipality }, ret);
}

static err payout_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct payout_list *list = work;
    struct view *view = view_object(rq->arena), *items = view_put_list(rq->arena, view, "items");
    struct payout_issuers_rows issuers;
    struct payout_of_issuer_rows rows = { 0 };
    size_t limit = list->limit > 0 ? (size_t)list->limit : 20;
    TRY(own_issuers(tx, rq->actor, &issuers));
    if (list->issuer.v == 0 && issuers.count > 0)
        list->issuer = issuers.at[0].id;
    if (list->issuer.v != 0) {
        struct payout_issuer issuer;
        struct payout_id before =
            list->cursor.v != 0 ? list->cursor : (struct payout_id){ ~(uint128)0 };
        TRY(issuer_for(tx, list->issuer, rq->actor, ROLE_TREASURER | ROLE_AUDITOR, &issuer));
        TRY(sql_payout_of_issuer(tx, list->issuer, before, (int64_t)limit + 1, &rows));
    }
    for (size_t i = 0; i < rows.count && i < limit; i++) {
        struct payout_shown shown;
        TRY(payout_shown_of(tx, &rows.at[i], rq->actor, false, &shown));
        view_add(items, schema_view(rq->arena, &payout_schema, &shown));
    }
    view_put_id(rq->arena, view, "nextCursor", rows.count > limit ? rows.at[limit - 1].id.v : 0);
    *ret = view;
    return OK;
}
static const struct rooms payout_list_rooms = {
    .id = "payoutList",
    .summary = "Payouts of an issuer, newest first",
    .tag = "payout",
    .roles = ROLE_TREASURER | ROLE_AUDITOR,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct payout_list),
    .query = &payout_list_query,
    .answer = &payout_schema,
    .status = 200,
    .load = payout_list_load,
};

struct payout_due_shown {
    struct issuer_id issuer;
    struct text brand;
    struct coins total;
    int64_t shops;
    struct instant cutoff;
};
#define AT(member) .at = offsetof(struct payout_due_shown, member)
static const struct field due_fields[] = {
    { "issuer", FIELD_ID, AT(issuer), .about = "The issuer" },
    { "brand", FIELD_TEXT, AT(brand), .about = "What its coin is called" },
    { "dueCents", FIELD_COINS, AT(total), .about = "In the tills up to yesterday" },
    { "shops", FIELD_INT, AT(shops), .about = "Number of shops it is in" },
    { "cutoffAt", FIELD_INSTANT, AT(cutoff), .about = "The start of today" },
};
#undef AT
static const struct schema due_schema = SCHEMA("PayoutDue", struct payout_due_shown, due_fields);

static err payout_due_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct payout_issuers_rows issuers;
    TRY(own_issuers(tx, rq->actor, &issuers));
    struct view *view = view_object(rq->arena), *items = view_put_list(rq->arena, view, "items");
    for (size_t i = 0; i < issuers.count; i++) {
        struct payout_due_shown shown = { .issuer = issuers.at[i].id,
                                          .brand = issuers.at[i].brand,
                                          .cutoff = till_day_start(rq->now) };
        struct payout_due_rows due;
        TRY(sql_payout_due(tx, shown.issuer, shown.cutoff, &due));
        for (size_t d = 0; d < due.count; d++)
            if (!coins_add(shown.total, due.at[d].amount, &shown.total))
                return ERR_INTERNAL;
        shown.shops = (int64_t)due.count;
        view_add(items, schema_view(rq->arena, &due_schema, &shown));
    }
    view_put_null(rq->arena, view, "nextCursor");
    *ret = view;
    return OK;
}
static const struct rooms payout_due_rooms = {
    .id = "payoutDue",
    .summary = "What the next payout would be, for each of one's issuers",
    .tag = "payout",
    .roles = ROLE_TREASURER | ROLE_AUDITOR,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct work),
    .answer = &due_schema,
    .status = 200,
    .load = payout_due_load,
};

static const struct route payout_routes[] = {
    { WRITE, POST, "/v1/payouts", &payout_propose_rooms },
    { READ, GET, "/v1/payouts", &payout_list_rooms },
    { READ, GET, "/v1/payouts/due", &payout_due_rooms },
    { READ, GET, "/v1/payouts/{payout}", &payout_show_rooms },
    { WRITE, POST, "/v1/payouts/{payout}/approvals", &payout_approve_rooms },
    { WRITE, POST, "/v1/payouts/{payout}/rejections", &payout_reject_rooms },
    { FILE_ROUTE, GET, "/v1/payouts/{payout}/pain001", &payout_file_rooms },
    { READ, GET, "/desk/payouts", &payout_list_rooms, .page = "payout_list_page",
      .parts = { { "due", &payout_due_rooms } } },
    { WRITE, POST, "/desk/payouts", &payout_propose_rooms, .then = "/desk/payouts/{id}",
      .again = "/desk/payouts" },
    { READ, GET, "/desk/payouts/{payout}", &payout_show_rooms, .page = "payout_show_page" },
    { WRITE, POST, "/desk/payouts/{payout}/approval", &payout_approve_rooms,
      .then = "/desk/payouts/{payout}", .again = "/desk/payouts/{payout}" },
    { WRITE, POST, "/desk/payouts/{payout}/rejection", &payout_reject_rooms,
      .then = "/desk/payouts/{payout}", .again = "/desk/payouts/{payout}" },
};
const struct feature payout_feature = { "payout", payout_routes,
                                        sizeof payout_routes / sizeof payout_routes[0], NULL, 0 };
