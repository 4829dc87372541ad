/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The demo's fixed facts: municipalities, neighbourhoods, the coin programme and the shops. */
#include "app/demo.h"

#include "app/demo_data.h"
#include "app/setup.h"
#include "feature/issuer/issuer.h"
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

err demo_places_apply(struct tx *tx, void *work)
{
    static const char *const files[] = { "municipalities.tsv", "neighbourhoods.tsv" };
    struct demo *d = work;
    struct municipality_get municipality;
    bool found;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        TRY(setup_places_apply(
            tx, &(struct setup){ .content = demo_file(files[i]), .arena = tx->arena }));
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

static void shop_keep(void *self, struct shop_id shop)
{
    struct demo *d = self;
    if (d->shop_count < DEMO_SHOPS_MAX)
        d->shops[d->shop_count++] = shop;
}

err demo_shops_apply(struct tx *tx, void *work)
{
    struct demo *d = work;
    d->shop_count = 0;
    return setup_shops_apply(tx, &(struct setup){ .content = demo_file("shops.csv"),
                                                  .arena = tx->arena,
                                                  .shop = shop_keep,
                                                  .self = d });
}
