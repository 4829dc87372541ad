/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/payment/payment.h"

#include "feature/till/till.h"
#include "feature/wallet/wallet.h"

static const char *const payment_states[] = { "posted", NULL };

/* How a payment is told */

struct payment_shown {
    struct payment_get row;
    int64_t state;
    struct { /* as a nested object, so that a receipt can name the shop */
        struct shop_id id;
        struct text name;
    } shop;
};
#define AT(member) .at = offsetof(struct payment_shown, member)
static const struct field payment_shop_fields[] = {
    { "id", FIELD_ID, .at = 0, .about = "The shop" },
    { "name", FIELD_TEXT,
      .at = offsetof(struct payment_shown, shop.name) - offsetof(struct payment_shown, shop),
      .about = "Its name" },
};
static const struct schema payment_shop_schema = { "PaymentShop",
                                                   sizeof(((struct payment_shown *)0)->shop),
                                                   payment_shop_fields, 2 };
static const struct field payment_fields[] = {
    { "id", FIELD_ID, AT(row.id), .about = "The payment" },
    { "amountCents", FIELD_COINS, AT(row.amount), .about = "Amount" },
    { "refundedCents", FIELD_COINS, AT(row.refunded), .about = "Of that: given back" },
    { "state", FIELD_CHOICE, AT(state), .choices = payment_states,
      .about = "A payment is answered only once it is posted" },
    { "shop", FIELD_OBJECT, AT(shop), .schema = &payment_shop_schema, .about = "Where" },
    { "description", FIELD_TEXT, AT(row.description), .about = "What it is for" },
    { "at", FIELD_INSTANT, AT(row.paid_at), .about = "When" },
    { "mine", FIELD_BOOL, FIELD_OPTIONAL | FIELD_ADDED,
      .about = "Paid by who asks; only when one payment is asked for" },
    { "mayRefund", FIELD_BOOL, FIELD_OPTIONAL | FIELD_ADDED,
      .about = "Whether who asks may give it back; only when one payment is asked for" },
};
#undef AT
static const struct schema payment_schema = SCHEMA("Payment", struct payment_shown, payment_fields);

static struct view *payment_view(struct arena *a, const struct payment_get *row,
                                 struct text shop_name)
{
    struct payment_shown p = { .row = *row, .shop = { row->shop, shop_name } };
    return schema_view(a, &payment_schema, &p);
}

/* POST /v1/payments, and the page's POST /pay/{request} */

struct payment_create {
    struct work work;
    struct payment_request_id request;
    struct shop_id shop;
    struct coins amount;
    struct text shop_name;
    struct payment_get row;
};
static const struct field payment_create_fields[] = {
    { "paymentRequestId", FIELD_ID, FIELD_OPTIONAL, offsetof(struct payment_create, request),
      .about = "Pay what a shop asked for" },
    { "shopId", FIELD_ID, FIELD_OPTIONAL, offsetof(struct payment_create, shop),
      .about = "Or: pay this shop" },
    { "amountCents", FIELD_COINS, FIELD_OPTIONAL, offsetof(struct payment_create, amount), 1,
      100000, .about = "this amount, at most 1,000 coins" },
};
static const struct schema payment_create_body =
    SCHEMA("PaymentNew", struct payment_create, payment_create_fields);
static const struct field payment_request_path_fields[] = {
    { "request", FIELD_ID, 0, offsetof(struct payment_create, request),
      .about = "The payment request" },
};
static const struct schema payment_request_path =
    SCHEMA("PaymentOfRequestPath", struct payment_create, payment_request_path_fields);

static err payment_create_read(struct request *rq, void *work)
{
    (void)rq;
    struct payment_create *c = work;
    bool by_request = c->request.v != 0, by_shop = c->shop.v != 0 && c->amount.cents > 0;
    bool mixed = by_request && (c->shop.v != 0 || c->amount.cents > 0);
    return mixed || by_request == by_shop ? ERR_PAYMENT_WHAT : OK;
}

/* The coins go from the payer's accounts to the till's, issuer by issuer, in one movement. */
static err payment_move(struct tx *tx, struct payment_create *c, const struct till_shop *shop)
{
    struct payment_holder holder;
    struct payment_wallet_rows wallet;
    struct payment_part parts[PAYMENT_PARTS_MAX];
    struct move moves[PAYMENT_PARTS_MAX];
    size_t count;
    err e = sql_payment_holder(tx, c->work.actor.person, &holder);
    if (e == ERR_NOT_FOUND)
        return ERR_PAYMENT_NO_WALLET;
    TRY(e);
    TRY(sql_payment_wallet(tx, holder.holder, &wallet));
    TRY(payment_choose(wallet.at, wallet.count, c->amount, parts, &count));
    for (size_t i = 0; i < count; i++)
        moves[i] = (struct move){
            .debit = { parts[i].issuer, holder.holder, ACCOUNT_WALLET, parts[i].expires_on },
            .credit = { parts[i].issuer, shop->holder, ACCOUNT_TILL, EXPIRES_NEVER },
            .amount = parts[i].amount,
        };
    struct movement_id movement;
    TRY(ledger_move(tx, MOVEMENT_PAYMENT, (struct any_id){ shop->id.v }, c->work.actor.person,
                    moves, count, &movement));
    c->row.id.v = movement.v;
    /* one taking an issuer: coins of one issuer with two expiry dates are one sum in the till */
    for (size_t i = 0; i < count; i++) {
        struct coins taken = parts[i].amount;
        bool told = false;
        for (size_t j = 0; j < count; j++) {
            if (j == i || parts[j].issuer.v != parts[i].issuer.v)
                continue;
            told = told || j < i;
            taken.cents += parts[j].amount.cents;
        }
        if (!told)
            TRY(sql_payment_taking_insert(tx, parts[i].issuer, (struct any_id){ movement.v },
                                          shop->id, c->row.id, taken, tx->now));
    }
    return OK;
}

static err payment_create_apply(struct tx *tx, void *work)
{
    struct payment_create *c = work;
    struct till_request_get asked = { 0 };
    struct till_shop shop;
    if (c->request.v != 0) {
        TRY(sql_till_request_get(tx, c->request, &asked));
        TRY(till_request_check(&asked, tx->now));
        c->shop = asked.shop;
        c->amount = asked.amount;
    }
    TRY(sql_till_shop(tx, c->shop, &shop));
    if (shop.state != 0)
        return ERR_TILL_NO_SHOP;
    TRY(payment_check_payer(&c->work.actor, c->shop));
    TRY(payment_move(tx, c, &shop));
    c->shop_name = shop.name;
    c->row = (struct payment_get){
        .id = c->row.id,
        .shop = shop.id,
        .payer = c->work.actor.person,
        .request = c->request,
        .amount = c->amount,
        .description = asked.description.at != NULL ? asked.description : TEXT(""),
        .paid_at = tx->now,
    };
    TRY(sql_payment_insert(tx, &(struct payment_insert_in){
                                   .id = c->row.id,
                                   .shop = c->row.shop,
                                   .payer = c->row.payer,
                                   .request = c->row.request,
                                   .amount = c->row.amount,
                                   .description = c->row.description,
                                   .paid_at = c->row.paid_at,
                               }));
    if (c->request.v != 0) {
        TRY(sql_till_request_set_state(tx, c->request, REQUEST_PAID, c->row.id));
        tx_notify(tx, c->request.v);
    }
    c->work.ids[0].v = c->row.id.v;
    return OK;
}
static err payment_create_replay(struct tx *tx, void *work)
{
    struct payment_create *c = work;
    struct till_shop shop;
    TRY(sql_payment_get(tx, (struct payment_id){ c->work.ids[0].v }, &c->row));
    TRY(sql_till_shop(tx, c->row.shop, &shop));
    c->shop_name = shop.name;
    return OK;
}
static err payment_create_reply(struct request *rq, void *work, struct view **ret)
{
    struct payment_create *c = work;
    *ret = payment_view(rq->arena, &c->row, c->shop_name);
    return OK;
}
#define PAYMENT_CREATE                                                                             \
    .tag = "payment", .roles = ROLE_SIGNED_IN, .flags = ROOMS_KEY,                                 \
    .work_size = sizeof(struct payment_create), .answer = &payment_schema, .status = 201,          \
    .errors =                                                                                      \
        (const err[]){                                                                             \
            ERR_PAYMENT_TOO_LITTLE,   ERR_PAYMENT_OWN_SHOP,  ERR_PAYMENT_WHAT,                     \
            ERR_PAYMENT_NO_WALLET,    ERR_TILL_REQUEST_PAID, ERR_TILL_REQUEST_CANCELLED,           \
            ERR_TILL_REQUEST_EXPIRED, ERR_TILL_NO_SHOP,      OK                                    \
        },                                                                                         \
    .read = payment_create_read, .apply = payment_create_apply, .replay = payment_create_replay,   \
    .reply = payment_create_reply
static const struct rooms payment_create_rooms = {
    .id = "paymentCreate",
    .summary = "Pay a shop: what it asked for, or an amount of one's own",
    .body = &payment_create_body,
    PAYMENT_CREATE,
};
static const struct rooms payment_of_request_rooms = {
    .id = "paymentOfRequest",
    .summary = "Pay a payment request (the page's form)",
    .path = &payment_request_path,
    PAYMENT_CREATE,
};

/* GET /v1/payments/{payment} */

struct payment_at {
    struct work work;
    struct payment_id payment;
};
static const struct field payment_path_fields[] = {
    { "payment", FIELD_ID, 0, offsetof(struct payment_at, payment), .about = "The payment" },
};
static const struct schema payment_path =
    SCHEMA("PaymentPath", struct payment_at, payment_path_fields);

static bool payment_concerns(const struct actor *who, const struct payment_get *row,
                             const struct till_shop *shop)
{
    return row->payer.v == who->person.v ||
           actor_has(who, ROLE_CASHIER | ROLE_OWNER, row->shop.v) ||
           actor_has(who, ROLE_AUDITOR, shop->municipality.v);
}
static err payment_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct payment_at *at = work;
    struct payment_get row;
    struct till_shop shop;
    TRY(sql_payment_get(tx, at->payment, &row));
    TRY(sql_till_shop(tx, row.shop, &shop));
    if (!payment_concerns(rq->actor, &row, &shop))
        return ERR_NOT_FOUND; /* ids of others say nothing, not even that they exist */
    *ret = payment_view(rq->arena, &row, shop.name);
    view_put_bool(rq->arena, *ret, "mine", row.payer.v == rq->actor->person.v);
    view_put_bool(rq->arena, *ret, "mayRefund",
                  actor_has(rq->actor, ROLE_CASHIER | ROLE_OWNER, row.shop.v));
    return OK;
}
static const struct rooms payment_show_rooms = {
    .id = "paymentShow",
    .summary = "One payment: for who paid and the shop",
    .tag = "payment",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct payment_at),
    .path = &payment_path,
    .answer = &payment_schema,
    .status = 200,
    .load = payment_show_load,
};

/* GET /v1/payments: of one's shop, newest first */

struct payment_list {
    struct work work;
    struct payment_id cursor;
    int64_t limit;
};
static const struct field payment_list_fields[] = {
    { "cursor", FIELD_ID, FIELD_OPTIONAL, offsetof(struct payment_list, cursor),
      .about = "`nextCursor` of the page before" },
    { "limit", FIELD_INT, FIELD_OPTIONAL, offsetof(struct payment_list, limit), 1, 100,
      .about = "How many, at most 100; 20 when absent" },
};
static const struct schema payment_list_query =
    SCHEMA("PaymentListQuery", struct payment_list, payment_list_fields);

static err payment_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct payment_list *list = work;
    struct shop_id shop_id;
    struct till_shop shop;
    struct payment_of_shop_rows rows;
    TRY(till_shop_of(rq->actor, &shop_id));
    TRY(sql_till_shop(tx, shop_id, &shop));
    size_t limit = list->limit > 0 ? (size_t)list->limit : 20;
    struct payment_id before =
        list->cursor.v != 0 ? list->cursor : (struct payment_id){ ~(uint128)0 };
    TRY(sql_payment_of_shop(tx, shop_id, before, (int64_t)limit + 1, &rows));
    struct view *view = view_object(rq->arena), *items = view_put_list(rq->arena, view, "items");
    for (size_t i = 0; i < rows.count && i < limit; i++)
        view_add(items, payment_view(rq->arena, &rows.at[i], shop.name));
    view_put_id(rq->arena, view, "nextCursor", rows.count > limit ? rows.at[limit - 1].id.v : 0);
    *ret = view;
    return OK;
}
static const struct rooms payment_list_rooms = {
    .id = "paymentList",
    .summary = "Payments at one's shop, newest first",
    .tag = "payment",
    .roles = ROLE_CASHIER | ROLE_OWNER,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct payment_list),
    .query = &payment_list_query,
    .answer = &payment_schema,
    .status = 200,
    .errors = (const err[]){ ERR_TILL_NO_SHOP, OK },
    .load = payment_list_load,
};

/* POST /v1/payments/{payment}/refunds */

struct refund_create {
    struct work work;
    struct payment_id payment;
    struct coins amount;
    struct text reason;
    struct payment_refund_get row;
};
static const struct field refund_path_fields[] = {
    { "payment", FIELD_ID, 0, offsetof(struct refund_create, payment), .about = "The payment" },
};
static const struct schema refund_path =
    SCHEMA("RefundPath", struct refund_create, refund_path_fields);
static const struct field refund_create_fields[] = {
    { "amountCents", FIELD_COINS, 0, offsetof(struct refund_create, amount), 1, 100000,
      .about = "How much goes back" },
    { "reason", FIELD_TEXT, 0, offsetof(struct refund_create, reason), 3, 140,
      .about = "Why; the customer reads it" },
};
static const struct schema refund_create_body =
    SCHEMA("RefundNew", struct refund_create, refund_create_fields);
static const struct field refund_fields[] = {
    { "id", FIELD_ID, .at = offsetof(struct payment_refund_get, id), .about = "The refund" },
    { "payment", FIELD_ID, .at = offsetof(struct payment_refund_get, payment),
      .about = "Payment it gives back" },
    { "amountCents", FIELD_COINS, .at = offsetof(struct payment_refund_get, amount),
      .about = "Amount" },
    { "reason", FIELD_TEXT, .at = offsetof(struct payment_refund_get, reason), .about = "Why" },
    { "at", FIELD_INSTANT, .at = offsetof(struct payment_refund_get, refunded_at),
      .about = "When" },
};
static const struct schema refund_schema =
    SCHEMA("Refund", struct payment_refund_get, refund_fields);

/* What each transfer of the payment still has: what was paid less what was given back. Refunds of
 * an issuer came off its last transfer first. */
static void refund_left(const struct payment_sources_rows *sources,
                        const struct payment_parts_rows *parts, struct coins *left)
{
    for (size_t i = 0; i < sources->count; i++)
        left[i] = (struct coins){ 0 };
    for (size_t p = 0; p < parts->count; p++) {
        int64_t rest = parts->at[p].cents.cents;
        for (size_t i = 0; i < sources->count; i++) {
            if (sources->at[i].issuer.v != parts->at[p].issuer.v)
                continue;
            int64_t cents = sources->at[i].cents.cents;
            left[i].cents = cents < rest ? cents : rest;
            rest -= left[i].cents;
        }
    }
}

static err refund_move(struct tx *tx, struct refund_create *c, const struct payment_get *payment,
                       const struct till_shop *shop)
{
    struct payment_sources_rows sources;
    struct payment_parts_rows parts;
    struct coins left[PAYMENT_PARTS_MAX], shares[PAYMENT_PARTS_MAX];
    struct move moves[PAYMENT_PARTS_MAX];
    size_t count = 0;
    TRY(sql_payment_sources(tx, payment->id, &sources));
    TRY(sql_payment_parts(tx, payment->id, &parts));
    refund_left(&sources, &parts, left);
    TRY(payment_spread_refund(left, sources.count, c->amount, shares));
    for (size_t i = 0; i < sources.count; i++)
        if (shares[i].cents > 0)
            moves[count++] = (struct move){
                .debit = { sources.at[i].issuer, shop->holder, ACCOUNT_TILL, EXPIRES_NEVER },
                .credit = { sources.at[i].issuer, sources.at[i].holder, ACCOUNT_WALLET,
                            sources.at[i].expires_on },
                .amount = shares[i],
            };
    struct movement_id movement;
    err e = ledger_move(tx, MOVEMENT_REFUND, (struct any_id){ payment->id.v }, c->work.actor.person,
                        moves, count, &movement);
    if (e == ERR_LEDGER_INSUFFICIENT)
        return ERR_REFUND_TILL_EMPTY;
    TRY(e);
    c->row.id.v = movement.v;
    for (size_t p = 0; p < parts.count; p++) {
        struct coins back = { 0 };
        for (size_t i = 0; i < sources.count; i++)
            if (sources.at[i].issuer.v == parts.at[p].issuer.v)
                back.cents -= shares[i].cents;
        if (back.cents != 0)
            TRY(sql_payment_taking_insert(tx, parts.at[p].issuer, (struct any_id){ movement.v },
                                          payment->shop, payment->id, back, tx->now));
    }
    return OK;
}

static err refund_create_apply(struct tx *tx, void *work)
{
    struct refund_create *c = work;
    struct payment_get payment;
    struct till_shop shop;
    TRY(sql_payment_get(tx, c->payment, &payment));
    if (!actor_has(&c->work.actor, ROLE_CASHIER | ROLE_OWNER, payment.shop.v))
        return ERR_NOT_FOUND;
    if (c->amount.cents > payment.amount.cents - payment.refunded.cents)
        return ERR_REFUND_TOO_MUCH;
    TRY(sql_till_shop(tx, payment.shop, &shop));
    TRY(refund_move(tx, c, &payment, &shop));
    c->row = (struct payment_refund_get){
        .id = c->row.id,
        .payment = payment.id,
        .shop = payment.shop,
        .amount = c->amount,
        .reason = c->reason,
        .refunded_at = tx->now,
    };
    c->work.ids[0].v = c->row.id.v;
    TRY(sql_payment_refund_insert(tx, &(struct payment_refund_insert_in){
                                          .id = c->row.id,
                                          .payment = payment.id,
                                          .shop = payment.shop,
                                          .amount = c->amount,
                                          .reason = c->reason,
                                          .refunded_by = c->work.actor.person,
                                          .refunded_at = tx->now,
                                      }));
    return sql_payment_set_refunded(tx, payment.id,
                                    (struct coins){ payment.refunded.cents + c->amount.cents });
}
static err refund_create_replay(struct tx *tx, void *work)
{
    struct refund_create *c = work;
    return sql_payment_refund_get(tx, (struct refund_id){ c->work.ids[0].v }, &c->row);
}
static err refund_create_reply(struct request *rq, void *work, struct view **ret)
{
    struct refund_create *c = work;
    *ret = schema_view(rq->arena, &refund_schema, &c->row);
    return OK;
}
static const struct rooms refund_create_rooms = {
    .id = "refundCreate",
    .summary = "The shop gives back all or a part of a payment: the same coins, to the same wallet",
    .tag = "payment",
    .roles = ROLE_CASHIER | ROLE_OWNER,
    .flags = ROOMS_KEY,
    .work_size = sizeof(struct refund_create),
    .path = &refund_path,
    .body = &refund_create_body,
    .answer = &refund_schema,
    .status = 201,
    .errors = (const err[]){ ERR_REFUND_TOO_MUCH, ERR_REFUND_TILL_EMPTY, OK },
    .error_fields = (const struct error_field[]){ { ERR_REFUND_TOO_MUCH, "amount" }, { OK, NULL } },
    .apply = refund_create_apply,
    .replay = refund_create_replay,
    .reply = refund_create_reply,
};
static err refund_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct payment_at *at = work;
    struct payment_get payment;
    struct till_shop shop;
    struct payment_refunds_rows rows;
    TRY(sql_payment_get(tx, at->payment, &payment));
    TRY(sql_till_shop(tx, payment.shop, &shop));
    if (!payment_concerns(rq->actor, &payment, &shop))
        return ERR_NOT_FOUND;
    TRY(sql_payment_refunds(tx, at->payment, &rows));
    struct view *view = view_object(rq->arena), *items = view_put_list(rq->arena, view, "items");
    for (size_t i = 0; i < rows.count; i++) {
        struct payment_refund_get row = { rows.at[i].id,     payment.id,
                                          payment.shop,      rows.at[i].amount,
                                          rows.at[i].reason, rows.at[i].refunded_at };
        view_add(items, schema_view(rq->arena, &refund_schema, &row));
    }
    view_put_null(rq->arena, view, "nextCursor");
    *ret = view;
    return OK;
}
static const struct rooms refund_list_rooms = {
    .id = "refundList",
    .summary = "Refunds of a payment",
    .tag = "payment",
    .roles = ROLE_SIGNED_IN,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct payment_at),
    .path = &payment_path,
    .answer = &refund_schema,
    .status = 200,
    .load = refund_list_load,
};

static const struct route payment_routes[] = {
    { WRITE, POST, "/v1/payments", &payment_create_rooms },
    { READ, GET, "/v1/payments", &payment_list_rooms },
    { READ, GET, "/v1/payments/{payment}", &payment_show_rooms },
    { WRITE, POST, "/v1/payments/{payment}/refunds", &refund_create_rooms },
    { READ, GET, "/v1/payments/{payment}/refunds", &refund_list_rooms },
    { READ, GET, "/till", &till_show_rooms, .page = "till_page",
      .parts = { { "payments", &payment_list_rooms } } },
    { READ, GET, "/pay/{request}", &till_request_rooms, .page = "payment_confirm_page",
      .parts = { { "wallet", &wallet_show_rooms } } },
    { WRITE, POST, "/pay/{request}", &payment_of_request_rooms, .then = "/payments/{id}",
      .again = "/pay/{request}" },
    { READ, GET, "/payments/{payment}", &payment_show_rooms, .page = "payment_show_page",
      .parts = { { "refunds", &refund_list_rooms } } },
    { WRITE, POST, "/payments/{payment}/refunds", &refund_create_rooms,
      .then = "/payments/{payment}", .again = "/payments/{payment}" },
};
const struct feature payment_feature = { "payment", payment_routes,
                                         sizeof payment_routes / sizeof payment_routes[0], NULL,
                                         0 };
