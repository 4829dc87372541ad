/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/wallet/wallet.h"

#include "gen/wallet_sql.h"
#include "ledger/ledger.h"

/* GET /v1/wallets/me */

struct wallet_coin { /* the coins of one issuer, all expiry dates together */
    struct issuer_id issuer;
    struct text brand, brand_plural;
    struct coins balance, available;
    struct instant next_expiry;
};
struct wallet {
    struct coins available, held, reserved;
    int64_t open_claims;
    struct schema_list coins;
};
#define AT(member) .at = offsetof(struct wallet_coin, member)
static const struct field wallet_coin_fields[] = {
    { "issuer", FIELD_ID, AT(issuer), .about = "Issuer of these coins" },
    { "brand", FIELD_TEXT, AT(brand), .about = "What one of them is called" },
    { "brandPlural", FIELD_TEXT, AT(brand_plural), .about = "What several are called" },
    { "balanceCents", FIELD_COINS, AT(balance), .about = "How many" },
    { "availableCents", FIELD_COINS, AT(available), .about = "Of that: free to spend" },
    { "nextExpiryAt", FIELD_DATE, FIELD_NULLABLE, AT(next_expiry),
      .about = "Last day of the first of them to expire; null: none expire" },
};
#undef AT
static const struct schema wallet_coin_schema =
    SCHEMA("WalletCoin", struct wallet_coin, wallet_coin_fields);
#define AT(member) .at = offsetof(struct wallet, member)
static const struct field wallet_fields[] = {
    { "availableCents", FIELD_COINS, AT(available), .about = "Free to spend, all issuers" },
    { "heldCents", FIELD_COINS, AT(held), .about = "Reserved out of the wallet" },
    { "reservedCents", FIELD_COINS, AT(reserved),
      .about = "Kept for this person's open tasks; not theirs yet" },
    { "openClaims", FIELD_INT, AT(open_claims), .about = "How many open tasks" },
    { "coins", FIELD_LIST, AT(coins), .schema = &wallet_coin_schema, .about = "By issuer" },
};
#undef AT
static const struct schema wallet_schema = SCHEMA("Wallet", struct wallet, wallet_fields);

static struct instant expiry_day(int64_t expires_on)
{
    if (expires_on == EXPIRES_NEVER)
        return (struct instant){ 0 };
    struct civil c = { .year = (int)(expires_on / 10000),
                       .month = (int)(expires_on / 100 % 100),
                       .day = (int)(expires_on % 100),
                       .hour = 12 };
    return civil_to_instant(&c);
}

static err wallet_sum(const struct wallet_coins_rows *rows, struct wallet_coin *coins,
                      struct wallet *w)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct wallet_coins *row = &rows->at[i];
        struct wallet_coin *coin = NULL;
        for (size_t j = 0; j < w->coins.count; j++)
            if (coins[j].issuer.v == row->issuer.v)
                coin = &coins[j];
        if (coin == NULL) {
            coin = &coins[w->coins.count++];
            *coin = (struct wallet_coin){ .issuer = row->issuer,
                                          .brand = row->brand,
                                          .brand_plural = row->brand_plural,
                                          .next_expiry = expiry_day(row->expires_on) };
        }
        struct coins available;
        if (!coins_sub(row->balance, row->held, &available) ||
            !coins_add(coin->balance, row->balance, &coin->balance) ||
            !coins_add(coin->available, available, &coin->available) ||
            !coins_add(w->available, available, &w->available) ||
            !coins_add(w->held, row->held, &w->held))
            return ERR_INTERNAL;
    }
    return OK;
}

static err wallet_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)work;
    struct wallet_coins_rows rows;
    struct wallet_pending pending;
    TRY(sql_wallet_coins(tx, rq->actor->person, &rows));
    TRY(sql_wallet_pending(tx, rq->actor->person, &pending));
    struct wallet_coin *coins = ARENA_ARRAY(rq->arena, struct wallet_coin, rows.count + 1);
    struct wallet w = { .reserved = pending.reserved, .open_claims = pending.claims };
    w.coins.at = coins;
    TRY(wallet_sum(&rows, coins, &w));
    *ret = schema_view(rq->arena, &wallet_schema, &w);
    return OK;
}
const struct rooms wallet_show_rooms = {
    .id = "walletShow",
    .summary = "One's own wallet",
    .tag = "wallet",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct work),
    .answer = &wallet_schema,
    .status = 200,
    .load = wallet_show_load,
};

/* GET /v1/wallets/me/movements */

static const char *const movement_words[] = { "earned", "paid", "refunded", "other", NULL };
struct movement_shown {
    struct wallet_movements row;
    int64_t kind; /* index in movement_words */
};
struct movement_list {
    struct work work;
    struct movement_id cursor;
    int64_t limit;
};
static const struct field movement_list_fields[] = {
    { "cursor", FIELD_ID, FIELD_OPTIONAL, offsetof(struct movement_list, cursor),
      .about = "`nextCursor` of the page before" },
    { "limit", FIELD_INT, FIELD_OPTIONAL, offsetof(struct movement_list, limit), 1, 100,
      .about = "How many, at most 100; 20 when absent" },
};
static const struct schema movement_list_query =
    SCHEMA("MovementListQuery", struct movement_list, movement_list_fields);
#define AT(member) .at = offsetof(struct movement_shown, member)
static const struct field movement_fields[] = {
    { "id", FIELD_ID, AT(row.id), .about = "The movement" },
    { "kind", FIELD_CHOICE, AT(kind), .choices = movement_words, .about = "What happened" },
    { "at", FIELD_INSTANT, AT(row.moved_at), .about = "When" },
    { "amountCents", FIELD_COINS, AT(row.cents), .about = "Below zero: it went out" },
    { "taskTitle", FIELD_TEXT, FIELD_OPTIONAL, AT(row.task_title), .about = "Earned with" },
    { "claim", FIELD_ID, FIELD_OPTIONAL, AT(row.claim), .about = "Earned with" },
    { "shopName", FIELD_TEXT, FIELD_OPTIONAL, AT(row.shop_name), .about = "Paid to, or back from" },
    { "payment", FIELD_ID, FIELD_OPTIONAL, AT(row.payment), .about = "The payment" },
};
#undef AT
static const struct schema movement_schema =
    SCHEMA("WalletMovement", struct movement_shown, movement_fields);

static int64_t movement_word(int64_t kind)
{
    if (kind == MOVEMENT_EARN)
        return 0;
    if (kind == MOVEMENT_PAYMENT)
        return 1;
    return kind == MOVEMENT_REFUND ? 2 : 3;
}

static err movement_list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct movement_list *list = work;
    struct wallet_movements_rows rows;
    size_t limit = list->limit > 0 ? (size_t)list->limit : 20;
    struct movement_id before =
        list->cursor.v != 0 ? list->cursor : (struct movement_id){ ~(uint128)0 };
    TRY(sql_wallet_movements(tx, rq->actor->person, before, (int64_t)limit + 1, &rows));
    struct view *view = view_object(rq->arena), *items = view_put_list(rq->arena, view, "items");
    for (size_t i = 0; i < rows.count && i < limit; i++) {
        struct movement_shown shown = { rows.at[i], movement_word(rows.at[i].kind) };
        view_add(items, schema_view(rq->arena, &movement_schema, &shown));
    }
    view_put_id(rq->arena, view, "nextCursor", rows.count > limit ? rows.at[limit - 1].id.v : 0);
    *ret = view;
    return OK;
}
static const struct rooms movement_list_rooms = {
    .id = "walletMovements",
    .summary = "How one's coins came and went, newest first",
    .tag = "wallet",
    .roles = ROLE_SIGNED_IN,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct movement_list),
    .query = &movement_list_query,
    .answer = &movement_schema,
    .status = 200,
    .load = movement_list_load,
};

static const struct route wallet_routes[] = {
    { READ, GET, "/v1/wallets/me", &wallet_show_rooms },
    { READ, GET, "/v1/wallets/me/movements", &movement_list_rooms },
    { READ, GET, "/wallet", &movement_list_rooms, .page = "wallet_page",
      .parts = { { "wallet", &wallet_show_rooms } } },
};
const struct feature wallet_feature = { "wallet", wallet_routes,
                                        sizeof wallet_routes / sizeof wallet_routes[0], NULL, 0 };
