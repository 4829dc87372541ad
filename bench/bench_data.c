/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* bench_data FOLDER WALLETS
 *
 * Makes a data folder to measure with: a municipality with one neighbourhood, a coin programme, 50
 * shops, 20,000 open tasks, and WALLETS residents with 1,000.00 coins each. Beside the data it
 * writes bench-tokens.txt (a bearer token a resident) and bench-shops.txt (ids), one a line. */
#include "feature/issuer/issuer.h"
#include "feature/municipality/municipality.h"
#include "feature/person/person.h"
#include "feature/shop/shop.h"
#include "feature/task/task.h"
#include "gen/task_sql.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOPS = 50, TASKS = 20000, CHUNK = 100, COINS_EACH = 100000, WALLETS_MAX = 10000000 };
#define FUND_MAX (INT64_C(1000) * COINS_EACH) /* at once, well below the ledger's ceiling */

struct making;
typedef err one_fn(struct tx *tx, struct making *m, int64_t number, struct text *ret_line);

struct making {
    struct db *db;
    struct arena *arena;
    FILE *tokens, *shops;
    struct municipality_id municipality;
    struct neighbourhood_id neighbourhood;
    struct issuer_id issuer;
    struct person_id officer;
    one_fn *one;
    int64_t done, count; /* how many are made, and how many this apply makes */
    struct text lines[CHUNK];
};

static struct point centre = { 50897959, 5975955 };

static err places_apply(struct tx *tx, void *making)
{
    struct making *m = making;
    TRY(municipality_put(tx, TEXT("GM0917"), TEXT("Heerlen"), TEXT("14 045"), &m->municipality));
    TRY(neighbourhood_put(tx, m->municipality, TEXT("BU09173101"), TEXT("Heerlen-Centrum"), centre,
                          &m->neighbourhood));
    TRY(person_add(
        tx, &(struct person_new){ .name = TEXT("Treasurer"), .municipality = m->municipality },
        &m->officer));
    return issuer_put(tx,
                      &(struct issuer_new){
                          .municipality = m->municipality,
                          .code = TEXT("parkstad"),
                          .brand = TEXT("Heitje"),
                          .brand_plural = TEXT("Heitjes"),
                          .currency = TEXT("EUR"),
                          .redeem_until = { tx->now.us + 1000 * DAY_US },
                          .debtor_name = TEXT("Gemeente Heerlen"),
                          .debtor_iban = TEXT("NL91ABNA0417164300"),
                          .debtor_bic = TEXT("ABNANL2A"),
                      },
                      &m->issuer);
}

static err shop_apply(struct tx *tx, struct making *m, int64_t number, struct text *ret_line)
{
    struct shop_new shop = {
        .municipality = m->municipality,
        .neighbourhood = m->neighbourhood,
        .name = text_format(tx->arena, "Shop %" PRId64, number + 1),
        .address = text_format(tx->arena, "Markt %" PRId64, number + 1),
        .account_name = TEXT("Shop"),
        .iban = TEXT("NL03RABO0000000001"),
        .location = { centre.latitude_udeg + number * 100, centre.longitude_udeg - number * 100 },
    };
    struct shop_id id;
    bool added;
    TRY(shop_hours_parse(TEXT("mo-sa 08:00-18:00"), shop.spans, &shop.span_count));
    TRY(shop_add(tx, &shop, &id, &added));
    *ret_line = uuid_text(tx->arena, id.v);
    return OK;
}

static err task_apply(struct tx *tx, struct making *m, int64_t number, struct text *ret_line)
{
    /* all over a region of some 20 by 20 km */
    struct point at = { centre.latitude_udeg - 100000 + number % 200 * 1000,
                        centre.longitude_udeg - 150000 + number / 200 * 3000 };
    struct task_id id = { tx_id(tx) };
    *ret_line = TEXT_NONE;
    return sql_task_insert(
        tx,
        &(struct task_insert_in){
            .id = id,
            .municipality = m->municipality,
            .neighbourhood = m->neighbourhood,
            .issuer = m->issuer,
            .external_id = text_format(tx->arena, "HRL-BNK-%05" PRId64, number),
            .title = text_format(tx->arena, "Paint bench %" PRId64 " under the plane tree", number),
            .description = TEXT("The green paint peels and there are splinters in the back. "
                                "Neighbours like to eat their lunch here."),
            .instructions = TEXT("Fetch the toolbox and read the card in it.\n"
                                 "Brush the bench clean and let it dry.\n"
                                 "Paint it once, along the grain."),
            .category = number % TASK_OTHER,
            .state = TASK_OPEN,
            .minutes = 15 + number % 8 * 15,
            .reward = { 750 },
            .places = 1,
            .claim_hours = TASK_CLAIM_HOURS,
            .latitude = at.latitude_udeg,
            .longitude = at.longitude_udeg,
            .cell = task_cell(at),
            .keeper = TEXT("Public space team"),
            .extra_work_reason = TEXT("Painting is planned once in eight years"),
            .tools = number % 3 == 0 ? TEXT("Toolbox 3") : TEXT(""),
            .author = m->officer,
            .now = tx->now,
        });
}

static err resident_apply(struct tx *tx, struct making *m, int64_t number, struct text *ret_line)
{
    struct person_id person;
    struct holder_id holder;
    struct movement_id movement;
    TRY(person_add(
        tx,
        &(struct person_new){ .name = text_format(tx->arena, "Resident %" PRId64, number + 1),
                              .municipality = m->municipality,
                              .neighbourhood = m->neighbourhood },
        &person));
    TRY(person_grant(tx, person, ROLE_RESIDENT, 0));
    TRY(person_holder_of(tx, person, &holder));
    struct move move = { issuer_fund(m->issuer), person_wallet(m->issuer, holder), { COINS_EACH } };
    TRY(ledger_move(tx, MOVEMENT_EARN, (struct any_id){ person.v }, m->officer, &move, 1,
                    &movement));
    return session_create(tx, person, SESSION_TOKEN, 365 * DAY_US, ret_line);
}

static err fund_apply(struct tx *tx, struct making *m, int64_t number, struct text *ret_line)
{
    struct movement_id movement;
    (void)number;
    *ret_line = TEXT_NONE;
    return issuer_fund_add(tx, m->issuer, (struct coins){ FUND_MAX }, TEXT("bench"), m->officer,
                           &movement);
}

static err chunk_apply(struct tx *tx, void *making)
{
    struct making *m = making;
    for (int64_t i = 0; i < m->count; i++)
        TRY(m->one(tx, m, m->done + i, &m->lines[i]));
    return OK;
}

/* In parts, so that no transaction is long. */
static err many(struct making *m, one_fn *one, int64_t total, FILE *lines)
{
    m->one = one;
    for (m->done = 0; m->done < total; m->done += m->count) {
        m->count = total - m->done < CHUNK ? total - m->done : CHUNK;
        arena_reset(m->arena);
        TRY(db_apply(m->db, m->arena, chunk_apply, m));
        for (int64_t i = 0; lines != NULL && i < m->count; i++)
            fprintf(lines, "%.*s\n", TEXT_ARGS(m->lines[i]));
    }
    return OK;
}

static err make(struct making *m, int64_t wallets)
{
    TRY(db_apply(m->db, m->arena, places_apply, m));
    TRY(many(m, shop_apply, SHOPS, m->shops));
    TRY(many(m, task_apply, TASKS, NULL));
    TRY(many(m, fund_apply, wallets * COINS_EACH / FUND_MAX + 1, NULL));
    return many(m, resident_apply, wallets, m->tokens);
}

static FILE *file_open(const char *folder, const char *name)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = len < (int)sizeof path ? fopen(path, "w") : NULL;
    if (file == NULL)
        fprintf(stderr, "bench_data: %s/%s can't be written\n", folder, name);
    return file;
}

int main(int argc, char **argv)
{
    int64_t wallets = 0;
    if (argc != 3 || text_int(text_of(argv[2]), &wallets) != OK || wallets < 1 ||
        wallets > WALLETS_MAX) {
        fprintf(stderr, "usage: bench_data FOLDER WALLETS\n");
        return 2;
    }
    crypto_start();
    struct making m = { .arena = arena_new(16 << 20) };
    const char *detail = NULL;
    err e = db_open(&(struct db_options){ .folder = argv[1], .create = true }, &m.db, &detail);
    if (e == OK) {
        m.tokens = file_open(argv[1], "bench-tokens.txt");
        m.shops = file_open(argv[1], "bench-shops.txt");
        e = m.tokens != NULL && m.shops != NULL ? make(&m, wallets) : ERR_BAD_FILE;
        if (m.tokens != NULL && fclose(m.tokens) != 0 && e == OK)
            e = ERR_DISK_FULL;
        if (m.shops != NULL && fclose(m.shops) != 0 && e == OK)
            e = ERR_DISK_FULL;
        db_close(m.db);
    }
    arena_free(m.arena);
    if (e != OK)
        fprintf(stderr, "bench_data: %s %s\n", err_info(e)->name, detail != NULL ? detail : "");
    return e == OK ? 0 : 1;
}
