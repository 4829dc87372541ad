/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/till/till.h"

#include "codec/qr.h"
#include "http/http.h"

enum { REQUEST_MINUTES = 10, CODE_LENGTH = 6, CODE_TRIES = 8 };

static const char *const request_states[] = { "open", "paid", "cancelled", "expired", NULL };

/* What is known of a request, and how it is told */

struct till_request {
    struct till_request_get row;
    int64_t state; /* enum request_state, as it is now */
    struct text shop_name, pay_url, code;
};
#define AT(member) .at = offsetof(struct till_request, member)
static const struct field request_fields[] = {
    { "id", FIELD_ID, AT(row.id), .about = "The payment request" },
    { "shop", FIELD_ID, AT(row.shop), .about = "Shop that asks" },
    { "shopName", FIELD_TEXT, AT(shop_name), .about = "Its name" },
    { "amountCents", FIELD_COINS, AT(row.amount), .about = "Amount" },
    { "description", FIELD_TEXT, AT(row.description), .about = "What it is for" },
    { "state", FIELD_CHOICE, AT(state), .choices = request_states, .about = "How it stands now" },
    { "code", FIELD_TEXT, AT(code), .about = "Short code that can be typed instead of scanning" },
    { "payUrl", FIELD_URL, AT(pay_url), .about = "Page where it is paid; stands in the QR code" },
    { "requestedAt", FIELD_INSTANT, AT(row.requested_at), .about = "When the shop asked" },
    { "expiresAt", FIELD_INSTANT, AT(row.expires_at), .about = "Until when it can be paid" },
    { "payment", FIELD_ID, FIELD_NULLABLE, AT(row.payment), .about = "Payment that paid it" },
};
#undef AT
static const struct schema request_schema =
    SCHEMA("PaymentRequest", struct till_request, request_fields);

static struct view *request_view(struct request *rq, const struct till_request_get *row,
                                 struct text shop_name)
{
    struct arena *a = rq->arena;
    struct till_request r = { .row = *row, .shop_name = shop_name };
    r.state = till_request_state(row, rq->now);
    r.code = text_format(a, "%.3s %.3s", text_cstr(a, row->code), text_cstr(a, row->code) + 3);
    r.pay_url = text_format(a, "%s/pay/%.*s", rq->base_url, TEXT_ARGS(uuid_text(a, row->id.v)));
    return schema_view(a, &request_schema, &r);
}

struct request_at { /* anything about one request */
    struct work work;
    struct payment_request_id request;
    struct till_request_get row;
    struct text shop_name;
};
static const struct field request_path_fields[] = {
    { "request", FIELD_ID, 0, offsetof(struct request_at, request),
      .about = "The payment request" },
};
static const struct schema request_path =
    SCHEMA("PaymentRequestPath", struct request_at, request_path_fields);

static err request_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct request_at *at = work;
    struct till_shop shop;
    TRY(sql_till_request_get(tx, at->request, &at->row));
    TRY(sql_till_shop(tx, at->row.shop, &shop));
    *ret = request_view(rq, &at->row, shop.name);
    return OK;
}
static uint128 request_topic(const void *work)
{
    return ((const struct request_at *)work)->request.v;
}
const struct rooms till_request_rooms = {
    .id = "paymentRequestShow",
    .summary = "One payment request: what a customer sees before paying",
    .tag = "till",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct request_at),
    .path = &request_path,
    .answer = &request_schema,
    .status = 200,
    .load = request_show_load,
};
static const struct rooms request_events_rooms = {
    .id = "paymentRequestEvents",
    .summary = "Server-sent events: the payment request each time it changes",
    .tag = "till",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct request_at),
    .path = &request_path,
    .answer = &request_schema,
    .status = 200,
    .load = request_show_load,
    .topic = request_topic,
};

static err request_qr_file(struct request *rq, struct tx *tx, void *work, struct file_answer *ret)
{
    struct request_at *at = work;
    TRY(sql_till_request_get(tx, at->request, &at->row));
    struct text url = text_format(rq->arena, "%s/pay/%.*s", rq->base_url,
                                  TEXT_ARGS(uuid_text(rq->arena, at->request.v)));
    TRY(qr_svg(rq->arena, url, &ret->bytes));
    ret->media_type = "image/svg+xml";
    return OK;
}
static const struct rooms request_qr_rooms = {
    .id = "paymentRequestQr",
    .summary = "The payment request's QR code (SVG)",
    .tag = "till",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct request_at),
    .path = &request_path,
    .status = 200,
    .media_type = "image/svg+xml",
    .file = request_qr_file,
};

/* POST /v1/payment-requests */

struct request_create {
    struct work work;
    struct coins amount;
    struct text description;
    struct shop_id shop;
    struct text shop_name;
    struct till_request_get row;
};
static const struct field request_create_fields[] = {
    { "amountCents", FIELD_COINS, 0, offsetof(struct request_create, amount), 1, 100000,
      .about = "Amount, at most 1,000 coins" },
    { "description", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct request_create, description), 0,
      140, .about = "What it is for; the customer sees it" },
};
static const struct schema request_create_body =
    SCHEMA("PaymentRequestNew", struct request_create, request_create_fields);

/* Letters and digits that can't be mistaken for one another, and no vowels: no words. */
static struct text code_make(struct tx *tx)
{
    static const char letters[] = "23456789BCDFGHJKMNPQRSTVWXZ";
    char *code = arena_alloc(tx->arena, CODE_LENGTH);
    for (int i = 0; i < CODE_LENGTH; i++) {
        uint32_t number;
        tx->random->fill(tx->random->self, &number, sizeof number);
        code[i] = letters[number % (sizeof letters - 1)];
    }
    return (struct text){ code, CODE_LENGTH };
}

static err code_free(struct tx *tx, struct text *ret)
{
    for (int i = 0; i < CODE_TRIES; i++) {
        struct till_request_open_by_code other;
        bool taken;
        struct text code = code_make(tx);
        TRY(sql_till_request_open_by_code(tx, code, tx->now, &other, &taken));
        if (!taken) {
            *ret = code;
            return OK;
        }
    }
    return ERR_BUSY;
}

static err request_create_apply(struct tx *tx, void *work)
{
    struct request_create *c = work;
    struct till_shop shop;
    struct text code;
    TRY(till_shop_of(&c->work.actor, &c->shop));
    TRY(sql_till_shop(tx, c->shop, &shop));
    if (shop.state != 0)
        return ERR_TILL_NO_SHOP;
    TRY(code_free(tx, &code));
    c->shop_name = shop.name;
    c->row = (struct till_request_get){
        .id = { tx_id(tx) },
        .shop = c->shop,
        .amount = c->amount,
        .description = c->description.at != NULL ? c->description : TEXT(""),
        .code = code,
        .state = REQUEST_OPEN,
        .requested_at = tx->now,
        .expires_at = { tx->now.us + REQUEST_MINUTES * MINUTE_US },
    };
    c->work.ids[0].v = c->row.id.v;
    return sql_till_request_insert(tx, &(struct till_request_insert_in){
                                           .id = c->row.id,
                                           .shop = c->shop,
                                           .cashier = c->work.actor.person,
                                           .amount = c->amount,
                                           .description = c->row.description,
                                           .code = code,
                                           .requested_at = c->row.requested_at,
                                           .expires_at = c->row.expires_at,
                                       });
}
static err request_create_replay(struct tx *tx, void *work)
{
    struct request_create *c = work;
    struct till_shop shop;
    TRY(sql_till_request_get(tx, (struct payment_request_id){ c->work.ids[0].v }, &c->row));
    TRY(sql_till_shop(tx, c->row.shop, &shop));
    c->shop_name = shop.name;
    return OK;
}
static err request_create_reply(struct request *rq, void *work, struct view **ret)
{
    struct request_create *c = work;
    *ret = request_view(rq, &c->row, c->shop_name);
    return OK;
}
static const struct rooms request_create_rooms = {
    .id = "paymentRequestCreate",
    .summary = "A cashier asks for an amount",
    .tag = "till",
    .roles = ROLE_CASHIER | ROLE_OWNER,
    .flags = ROOMS_KEY,
    .work_size = sizeof(struct request_create),
    .body = &request_create_body,
    .answer = &request_schema,
    .status = 201,
    .errors = (const err[]){ ERR_TILL_NO_SHOP, ERR_BUSY, OK },
    .apply = request_create_apply,
    .replay = request_create_replay,
    .reply = request_create_reply,
};

/* POST /v1/payment-requests/{request}/cancellation */

static err request_cancel_apply(struct tx *tx, void *work)
{
    struct request_at *at = work;
    struct shop_id shop;
    struct till_shop row;
    TRY(till_shop_of(&at->work.actor, &shop));
    TRY(sql_till_request_get(tx, at->request, &at->row));
    if (at->row.shop.v != shop.v)
        return ERR_NOT_FOUND;
    TRY(till_request_check(&at->row, tx->now));
    TRY(sql_till_shop(tx, shop, &row));
    TRY(sql_till_request_set_state(tx, at->request, REQUEST_CANCELLED, (struct payment_id){ 0 }));
    tx_notify(tx, at->request.v);
    at->row.state = REQUEST_CANCELLED;
    at->shop_name = row.name;
    return OK;
}
static err request_cancel_reply(struct request *rq, void *work, struct view **ret)
{
    struct request_at *at = work;
    *ret = request_view(rq, &at->row, at->shop_name);
    return OK;
}
static const struct rooms request_cancel_rooms = {
    .id = "paymentRequestCancel",
    .summary = "The shop takes a payment request back before it is paid",
    .tag = "till",
    .roles = ROLE_CASHIER | ROLE_OWNER,
    .work_size = sizeof(struct request_at),
    .path = &request_path,
    .answer = &request_schema,
    .status = 200,
    .errors = (const err[]){ ERR_TILL_NO_SHOP, ERR_TILL_REQUEST_PAID, ERR_TILL_REQUEST_CANCELLED,
                             ERR_TILL_REQUEST_EXPIRED, OK },
    .apply = request_cancel_apply,
    .reply = request_cancel_reply,
};

/* GET /v1/payment-requests?code= and the page where a code is typed */

struct request_find {
    struct work work;
    struct text code;
};
static const struct field request_find_fields[] = {
    { "code", FIELD_TEXT, 0, offsetof(struct request_find, code), 1, 20,
      .about = "Short code on the till's screen" },
};
static const struct schema request_find_query =
    SCHEMA("PaymentRequestFind", struct request_find, request_find_fields);

static struct text code_tidy(struct arena *a, struct text typed)
{
    struct buf b = buf_new(a, 32);
    for (size_t i = 0; i < typed.len; i++) {
        char c = typed.at[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            buf_char(&b, c);
    }
    return buf_text(&b);
}

static err request_by_code(struct tx *tx, struct arena *a, struct text typed, struct instant now,
                           struct payment_request_id *ret)
{
    struct till_request_open_by_code row;
    bool found;
    TRY(sql_till_request_open_by_code(tx, code_tidy(a, typed), now, &row, &found));
    if (!found)
        return ERR_TILL_CODE_UNKNOWN;
    *ret = row.id;
    return OK;
}
static err request_find_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct request_find *find = work;
    struct request_at at = { .work = find->work };
    TRY(request_by_code(tx, rq->arena, find->code, rq->now, &at.request));
    return request_show_load(rq, tx, &at, ret);
}
static const struct rooms request_find_rooms = {
    .id = "paymentRequestFind",
    .summary = "The open payment request with this code",
    .tag = "till",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct request_find),
    .query = &request_find_query,
    .answer = &request_schema,
    .status = 200,
    .errors = (const err[]){ ERR_TILL_CODE_UNKNOWN, OK },
    .load = request_find_load,
};
/* As a form: it only looks, but is a POST so that its answer can be a redirect. */
static err request_enter_apply(struct tx *tx, void *work)
{
    struct request_find *find = work;
    struct payment_request_id id;
    TRY(request_by_code(tx, tx->arena, find->code, tx->now, &id));
    find->work.ids[0].v = id.v;
    return OK;
}
static err request_enter_reply(struct request *rq, void *work, struct view **ret)
{
    (void)work;
    *ret = view_object(rq->arena);
    return OK;
}
static const struct rooms request_enter_rooms = {
    .id = "paymentRequestEnter",
    .summary = "Type a code to pay",
    .tag = "till",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct request_find),
    .body = &request_find_query,
    .status = 200,
    .errors = (const err[]){ ERR_TILL_CODE_UNKNOWN, OK },
    .error_fields = (const struct error_field[]){ { ERR_TILL_CODE_UNKNOWN, "code" }, { OK, NULL } },
    .apply = request_enter_apply,
    .reply = request_enter_reply,
};
static err pay_start_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)tx, (void)work;
    *ret = view_object(rq->arena);
    return OK;
}
static const struct rooms pay_start_rooms = {
    .id = "payStart",
    .summary = "Page where a code is typed",
    .tag = "till",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = pay_start_load,
};

/* GET /v1/tills/me */

struct till {
    struct shop_id shop;
    struct text shop_name;
    struct text iban_end;
    struct coins balance, available, due, proposed, approved, today;
    int64_t today_count;
    struct instant next_bank_day, approved_bank_day;
};
#define AT(member) .at = offsetof(struct till, member)
static const struct field till_fields[] = {
    { "shop", FIELD_ID, AT(shop), .about = "The shop" },
    { "shopName", FIELD_TEXT, AT(shop_name), .about = "Its name" },
    { "accountEnd", FIELD_TEXT, AT(iban_end), .about = "Last four characters of its IBAN" },
    { "balanceCents", FIELD_COINS, AT(balance), .about = "Coins in the till, all issuers" },
    { "availableCents", FIELD_COINS, AT(available), .about = "Of that: in no payout yet" },
    { "dueCents", FIELD_COINS, AT(due), .about = "Of that: up to yesterday, for the next payout" },
    { "nextBankDay", FIELD_DATE, AT(next_bank_day),
      .about = "When today's takings reach the bank at the latest" },
    { "proposedCents", FIELD_COINS, AT(proposed), .about = "In a payout that awaits approval" },
    { "approvedCents", FIELD_COINS, AT(approved), .about = "Approved and not yet at the bank" },
    { "approvedBankDay", FIELD_DATE, FIELD_NULLABLE, AT(approved_bank_day),
      .about = "When all of that has reached the bank" },
    { "todayCents", FIELD_COINS, AT(today), .about = "Paid today, less refunds" },
    { "todayCount", FIELD_INT, AT(today_count), .about = "Payments today" },
};
#undef AT
static const struct schema till_schema = SCHEMA("Till", struct till, till_fields);

static err till_of(struct tx *tx, struct shop_id shop, struct instant now, struct till *ret)
{
    struct till_shop row;
    struct till_accounts_rows accounts;
    struct till_on_the_way way;
    struct till_today today;
    int64_t weekday;
    struct instant day = till_day_start(now);
    TRY(sql_till_shop(tx, shop, &row));
    TRY(sql_till_accounts(tx, row.holder, &accounts));
    TRY(sql_till_on_the_way(tx, shop, till_on_the_way_since(now), &way));
    TRY(sql_till_today(tx, shop, (struct any_id){ (uint128)(day.us / 1000) << 80 }, &today));
    TRY(setting_int(tx, "payout.weekday", 2, &weekday));
    *ret = (struct till){
        .shop = shop,
        .shop_name = row.name,
        .iban_end = { row.iban.at + (row.iban.len > 4 ? row.iban.len - 4 : 0),
                      row.iban.len > 4 ? 4 : row.iban.len },
        .proposed = way.proposed,
        .approved = way.approved,
        .today = { today.paid.cents - today.refunded.cents },
        .today_count = today.payments,
        .next_bank_day = till_bank_day(now, weekday),
    };
    for (size_t i = 0; i < accounts.count; i++)
        if (!coins_add(ret->balance, accounts.at[i].balance, &ret->balance) ||
            !coins_sub(ret->available, accounts.at[i].held, &ret->available))
            return ERR_INTERNAL;
    /* What is neither in a payout nor from today is due. Refunds may have taken more today than
     * came in: then a part of yesterday's is gone again. */
    if (!coins_add(ret->available, ret->balance, &ret->available))
        return ERR_INTERNAL;
    ret->due = ret->available;
    if (ret->today.cents > 0)
        ret->due.cents -= ret->today.cents;
    if (way.approved_at.us != 0) { /* the next working day after the approval */
        struct civil c = civil_of(way.approved_at);
        ret->approved_bank_day =
            till_bank_day((struct instant){ way.approved_at.us - DAY_US }, c.weekday);
    }
    return OK;
}

static err till_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct shop_id shop;
    struct till till;
    TRY(till_shop_of(rq->actor, &shop));
    TRY(till_of(tx, shop, rq->now, &till));
    *ret = schema_view(rq->arena, &till_schema, &till);
    return OK;
}
const struct rooms till_show_rooms = {
    .id = "tillShow",
    .summary = "The till of one's shop: what is in it and when it reaches the bank",
    .tag = "till",
    .roles = ROLE_CASHIER | ROLE_OWNER,
    .work_size = sizeof(struct work),
    .answer = &till_schema,
    .status = 200,
    .errors = (const err[]){ ERR_TILL_NO_SHOP, OK },
    .load = till_show_load,
};

static const struct route till_routes[] = {
    { WRITE, POST, "/v1/payment-requests", &request_create_rooms },
    { READ, GET, "/v1/payment-requests", &request_find_rooms },
    { READ, GET, "/v1/payment-requests/{request}", &till_request_rooms },
    { EVENTS, GET, "/v1/payment-requests/{request}/events", &request_events_rooms },
    { FILE_ROUTE, GET, "/v1/payment-requests/{request}/qr", &request_qr_rooms },
    { WRITE, POST, "/v1/payment-requests/{request}/cancellation", &request_cancel_rooms },
    { READ, GET, "/v1/tills/me", &till_show_rooms },
    { WRITE, POST, "/till", &request_create_rooms, .then = "/till/{id}", .again = "/till" },
    { READ, GET, "/till/{request}", &till_request_rooms, .page = "till_request_page" },
    { WRITE, POST, "/till/{request}/cancellation", &request_cancel_rooms, .then = "/till",
      .again = "/till/{request}" },
    { READ, GET, "/pay", &pay_start_rooms, .page = "till_pay_start_page" },
    { WRITE, POST, "/pay", &request_enter_rooms, .then = "/pay/{id}", .again = "/pay" },
};
const struct feature till_feature = { "till", till_routes,
                                      sizeof till_routes / sizeof till_routes[0], NULL, 0 };
