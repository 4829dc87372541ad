/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/issuer/issuer.h"

#include "gen/issuer_sql.h"
#include "http/http.h"

struct issuer_item {
    struct issuer_get row;
    struct coins funded, available;
};

#define AT(member) .at = offsetof(struct issuer_item, member)
static const struct field issuer_fields[] = {
    { "id", FIELD_ID, AT(row.id), .about = "The issuer" },
    { "code", FIELD_TEXT, AT(row.code), .about = "Short name in addresses and files" },
    { "brand", FIELD_TEXT, AT(row.brand), .about = "What one coin is called" },
    { "brandPlural", FIELD_TEXT, AT(row.brand_plural), .about = "What more coins are called" },
    { "currency", FIELD_TEXT, AT(row.currency), .about = "ISO 4217; one coin is one of it" },
    { "municipality", FIELD_ID, AT(row.municipality), .about = "Municipality that answers for it" },
    { "redeemUntil", FIELD_INSTANT, AT(row.redeem_until),
      .about = "Shops are paid out at least until then" },
    { "fundedCents", FIELD_COINS, AT(funded), .about = "All coins ever funded" },
    { "availableCents", FIELD_COINS, AT(available),
      .about = "Coins in the fund that no task has reserved" },
};
#undef AT
static const struct schema issuer_schema = SCHEMA("Issuer", struct issuer_item, issuer_fields);

struct account_key issuer_backing(struct issuer_id issuer)
{
    return (struct account_key){ issuer, { issuer.v }, ACCOUNT_BACKING, EXPIRES_NEVER };
}

struct account_key issuer_fund(struct issuer_id issuer)
{
    return (struct account_key){ issuer, { issuer.v }, ACCOUNT_FUND, EXPIRES_NEVER };
}

static err issuer_item_view(struct tx *tx, const struct issuer_get *row, struct view **ret)
{
    struct account_key backing_key = issuer_backing(row->id), fund_key = issuer_fund(row->id);
    struct account backing, fund;
    TRY(ledger_account(tx, &backing_key, &backing));
    TRY(ledger_account(tx, &fund_key, &fund));
    struct issuer_item item = { .row = *row };
    if (!coins_sub((struct coins){ 0 }, backing.balance, &item.funded) ||
        !coins_sub(fund.balance, fund.held, &item.available))
        return ERR_LEDGER_OVERFLOW;
    *ret = schema_view(tx->arena, &issuer_schema, &item);
    return OK;
}

/* GET /v1/issuers */

struct issuer_list_work {
    struct work work;
};

static err issuer_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct issuer_get_rows rows;
    TRY(sql_issuer_list(tx, &rows));
    struct view *object = view_object(rq->arena);
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < rows.count; i++) {
        struct view *item;
        TRY(issuer_item_view(tx, &rows.at[i], &item));
        view_add(items, item);
    }
    view_put_null(rq->arena, object, "nextCursor");
    *ret = object;
    return OK;
}

const struct rooms issuer_list_rooms = {
    .id = "issuerList",
    .summary = "Coin programmes and how much their funds hold (at most 500)",
    .tag = "issuer",
    .roles = ROLE_ANYONE,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct issuer_list_work),
    .answer = &issuer_schema,
    .status = 200,
    .load = issuer_list_load,
};

/* GET /v1/issuers/{issuer} */

struct issuer_show {
    struct work work;
    struct issuer_id issuer;
};
static const struct field issuer_show_path_fields[] = {
    { "issuer", FIELD_ID, 0, offsetof(struct issuer_show, issuer), .about = "The issuer" },
};
static const struct schema issuer_show_path =
    SCHEMA("IssuerPath", struct issuer_show, issuer_show_path_fields);

static err issuer_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)rq;
    const struct issuer_show *w = work;
    struct issuer_get row;
    TRY(sql_issuer_get(tx, w->issuer, &row));
    return issuer_item_view(tx, &row, ret);
}

static const struct rooms issuer_show_rooms = {
    .id = "issuerShow",
    .summary = "One coin programme and how much its fund holds",
    .tag = "issuer",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct issuer_show),
    .path = &issuer_show_path,
    .answer = &issuer_schema,
    .status = 200,
    .load = issuer_show_load,
};

/* POST /v1/issuers/{issuer}/fundings */

struct issuer_funding {
    struct work work;
    struct issuer_id issuer;
    struct coins amount;
    struct text reason;
    struct view *fund;
};
static const struct field issuer_funding_path_fields[] = {
    { "issuer", FIELD_ID, 0, offsetof(struct issuer_funding, issuer), .about = "The issuer" },
};
static const struct schema issuer_funding_path =
    SCHEMA("IssuerFundingPath", struct issuer_funding, issuer_funding_path_fields);

static const struct field issuer_funding_body_fields[] = {
    { "amountCents", FIELD_COINS, 0, offsetof(struct issuer_funding, amount), 1, AMOUNT_MAX,
      .about = "Coins to add, backed by euros set aside in the budget" },
    { "reason", FIELD_TEXT, 0, offsetof(struct issuer_funding, reason), 3, 500,
      .about = "The decision behind it, for the books" },
};
static const struct schema issuer_funding_body =
    SCHEMA("FundingNew", struct issuer_funding, issuer_funding_body_fields);

#define AT(member) .at = offsetof(struct issuer_funding, member)
static const struct field issuer_funding_fields[] = {
    { "id", FIELD_ID, AT(work.ids[0]), .about = "The ledger's movement" },
    { "issuer", FIELD_ID, AT(issuer), .about = "The issuer" },
    { "amountCents", FIELD_COINS, AT(amount), .about = "Coins added" },
    { "reason", FIELD_TEXT, AT(reason), .about = "The decision behind it" },
    { "fund", FIELD_OBJECT, FIELD_ADDED, .schema = &issuer_schema,
      .about = "The issuer as it is now" },
};
#undef AT
static const struct schema issuer_funding_schema =
    SCHEMA("Funding", struct issuer_funding, issuer_funding_fields);

err issuer_fund_add(struct tx *tx, struct issuer_id issuer, struct coins amount, struct text reason,
                    struct person_id by, struct movement_id *ret)
{
    struct move move = { issuer_backing(issuer), issuer_fund(issuer), amount };
    struct movement_id movement;
    TRY(ledger_move(tx, MOVEMENT_FUND, (struct any_id){ issuer.v }, by, &move, 1, &movement));
    *ret = movement;
    return sql_issuer_funding_insert(tx, movement, issuer, amount, reason, by, tx->now);
}

static err issuer_funding_replay(struct tx *tx, void *work)
{
    struct issuer_funding *w = work;
    struct issuer_get row;
    TRY(sql_issuer_get(tx, w->issuer, &row));
    return issuer_item_view(tx, &row, &w->fund);
}

static err issuer_funding_apply(struct tx *tx, void *work)
{
    struct issuer_funding *w = work;
    struct issuer_get row;
    TRY(sql_issuer_get(tx, w->issuer, &row));
    if (!actor_has(&w->work.actor, ROLE_TREASURER, row.municipality.v))
        return ERR_FORBIDDEN;
    struct movement_id movement;
    TRY(issuer_fund_add(tx, w->issuer, w->amount, w->reason, w->work.actor.person, &movement));
    w->work.ids[0].v = movement.v;
    tx_notify(tx, w->issuer.v);
    return issuer_item_view(tx, &row, &w->fund);
}

static err issuer_funding_reply(struct request *rq, void *work, struct view **ret)
{
    struct issuer_funding *w = work;
    *ret = schema_view(rq->arena, &issuer_funding_schema, w);
    view_put(rq->arena, *ret, "fund", w->fund);
    return OK;
}

static const struct rooms issuer_funding_rooms = {
    .id = "issuerFund",
    .summary = "Add coins to an issuer's fund",
    .tag = "issuer",
    .roles = ROLE_TREASURER,
    .flags = ROOMS_KEY,
    .work_size = sizeof(struct issuer_funding),
    .path = &issuer_funding_path,
    .body = &issuer_funding_body,
    .answer = &issuer_funding_schema,
    .status = 201,
    .errors = (const err[]){ ERR_FORBIDDEN, ERR_NOT_FOUND, ERR_LEDGER_OVERFLOW, OK },
    .apply = issuer_funding_apply,
    .replay = issuer_funding_replay,
    .reply = issuer_funding_reply,
};

/* Adding */

err issuer_put(struct tx *tx, const struct issuer_new *n, struct issuer_id *ret)
{
    struct issuer_get row;
    bool found;
    TRY(sql_issuer_insert(tx, &(struct issuer_insert_in){
                                  .id = { tx_id(tx) },
                                  .municipality = n->municipality,
                                  .code = n->code,
                                  .brand = n->brand,
                                  .brand_plural = n->brand_plural,
                                  .currency = n->currency,
                                  .redeem_until = n->redeem_until,
                                  .debtor_name = n->debtor_name,
                                  .debtor_iban = n->debtor_iban,
                                  .debtor_bic = n->debtor_bic,
                              }));
    TRY(sql_issuer_by_code(tx, n->code, &row, &found));
    if (!found)
        return ERR_DATABASE;
    *ret = row.id;
    return OK;
}

static const struct route issuer_routes[] = {
    { READ, GET, "/v1/issuers", &issuer_list_rooms },
    { READ, GET, "/v1/issuers/{issuer}", &issuer_show_rooms },
    { WRITE, POST, "/v1/issuers/{issuer}/fundings", &issuer_funding_rooms },
};
const struct feature issuer_feature = {
    .name = "issuer",
    .routes = issuer_routes,
    .route_count = sizeof issuer_routes / sizeof issuer_routes[0],
};
