/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The demo's fixed facts: municipalities, neighbourhoods, the coin programme and the shops. */
#include "app/demo.h"

#include "app/demo_data.h"
#include "codec/table.h"
#include "feature/issuer/issuer.h"
#include "feature/municipality/municipality.h"
#include "feature/shop/shop.h"
#include "gen/municipality_sql.h"

#include <assert.h>
#include <string.h>

struct text demo_file(const char *name)
{
    for (const struct demo_file *f = demo_files; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f->content;
    assert(false && "no such demo file");
    return TEXT_NONE;
}

struct rows {
    struct table *table;
    struct table_row row;
};

static err rows_open(struct arena *a, const char *name, struct rows *ret)
{
    const char *problem;
    return table_open(a, demo_file(name), false, &ret->table, &problem);
}
static struct text cell(const struct rows *r, const char *column)
{
    int64_t at = table_column_find(r->table, column);
    assert(at >= 0);
    return r->row.values[at];
}

/* "50.9238" → millionths of a degree */
static int64_t micro_degrees(struct text t)
{
    int64_t whole = 0, digits = -1;
    for (size_t i = 0; i < t.len && digits < 6; i++) {
        if (t.at[i] == '.') {
            digits = 0;
            continue;
        }
        whole = whole * 10 + (t.at[i] - '0');
        digits += digits >= 0;
    }
    for (digits = digits < 0 ? 0 : digits; digits < 6; digits++)
        whole *= 10;
    return whole;
}

err demo_places_apply(struct tx *tx, void *work)
{
    struct demo *d = work;
    struct rows r;
    struct municipality_get municipality;
    bool found;
    TRY(rows_open(tx->arena, "municipalities.tsv", &r));
    while (table_next(r.table, tx->arena, &r.row)) {
        struct municipality_id id;
        TRY(municipality_put(tx, cell(&r, "code"), cell(&r, "name"), cell(&r, "contact"), &id));
    }
    TRY(rows_open(tx->arena, "neighbourhoods.tsv", &r));
    while (table_next(r.table, tx->arena, &r.row)) {
        struct neighbourhood_id id;
        TRY(sql_municipality_by_code(tx, cell(&r, "municipalityCode"), &municipality, &found));
        if (!found)
            return ERR_BAD_FILE;
        TRY(neighbourhood_put(tx, municipality.id, cell(&r, "code"), cell(&r, "name"),
                              (struct point){ micro_degrees(cell(&r, "latitude")),
                                              micro_degrees(cell(&r, "longitude")) },
                              &id));
    }
    TRY(sql_municipality_by_code(tx, TEXT("GM0917"), &municipality, &found));
    if (!found)
        return ERR_BAD_FILE;
    d->municipality = municipality.id;
    struct civil last_day = {
        .year = civil_of(tx->now).year + 3, .month = 12, .day = 31, .hour = 12
    };
    return issuer_put(tx,
                      &(struct issuer_new){
                          .municipality = municipality.id,
                          .code = TEXT("parkstad"),
                          .brand = TEXT("Heitje"),
                          .brand_plural = TEXT("Heitjes"),
                          .currency = TEXT("EUR"),
                          .redeem_until = civil_to_instant(&last_day),
                          .debtor_name = TEXT("Gemeente Heerlen"),
                          .debtor_iban = TEXT("NL91ABNA0417164300"),
                          .debtor_bic = TEXT("ABNANL2A"),
                      },
                      &d->issuer);
}

err demo_shops_apply(struct tx *tx, void *work)
{
    struct demo *d = work;
    struct rows r;
    TRY(rows_open(tx->arena, "shops.csv", &r));
    while (table_next(r.table, tx->arena, &r.row)) {
        struct neighbourhood_get where;
        struct shop_new shop = { .name = cell(&r, "name"),
                                 .address = cell(&r, "address"),
                                 .account_name = cell(&r, "accountName"),
                                 .iban = cell(&r, "iban"),
                                 .public_service = text_is(cell(&r, "publicService"), "yes"),
                                 .category = choice_index(shop_categories, cell(&r, "category")) };
        bool found;
        struct shop_id id;
        TRY(sql_neighbourhood_by_code(tx, cell(&r, "neighbourhoodCode"), &where, &found));
        if (!found || shop.category < 0 || !iban_ok(shop.iban))
            return ERR_BAD_FILE;
        shop.municipality = where.municipality;
        shop.neighbourhood = where.id;
        shop.location = (struct point){ micro_degrees(cell(&r, "latitude")),
                                        micro_degrees(cell(&r, "longitude")) };
        TRY(shop_hours_parse(cell(&r, "hours"), shop.spans, &shop.span_count));
        TRY(shop_add(tx, &shop, &id, &found));
        if (d->shop_count < DEMO_SHOPS_MAX)
            d->shops[d->shop_count++] = id;
    }
    return OK;
}
