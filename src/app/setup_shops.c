/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/setup_internal.h"

#include "gen/municipality_sql.h"

enum { SCRATCH_BYTES_MAX = 4 << 20 };

static struct text categories_told(struct arena *a)
{
    struct buf b = buf_new(a, 1000);
    buf_cstr(&b, "Use one of: ");
    for (const char *const *one = shop_categories; *one != NULL; one++)
        buf_format(&b, "%s%s", one == shop_categories ? "" : ", ", *one);
    buf_char(&b, '.');
    return buf_text(&b);
}

/* What the row says by itself. */
static void shop_read(struct setup_rows *r, struct shop_new *ret)
{
    *ret = (struct shop_new){ .name = setup_text(r, "name", 1, 80),
                              .address = setup_text(r, "address", 1, 120),
                              .account_name = setup_text(r, "accountName", 1, 70),
                              .iban = setup_text(r, "iban", 0, 34),
                              .bic = setup_text(r, "bic", 0, 11) };
    struct text category = text_lower_ascii(r->scratch, setup_text(r, "category", 0, 40));
    struct text service = text_lower_ascii(r->scratch, setup_text(r, "publicService", 0, 10));
    struct text hours = setup_text(r, "hours", 0, 500);
    ret->category = choice_index(shop_categories, category);
    if (ret->category < 0)
        setup_problem(r, "category", text_cstr(r->scratch, categories_told(r->scratch)));
    ret->public_service = text_is(service, "yes") || text_is(service, "ja");
    if (!ret->public_service && !text_is(service, "no") && !text_is(service, "nee"))
        setup_problem(r, "publicService", "Write yes or no.");
    ret->location = setup_point(r);
    if (shop_hours_parse(hours, ret->spans, &ret->span_count) != OK || ret->span_count == 0)
        setup_problem(r, "hours", "Write it like this: mo-fr 08:30-18:00; sa 09:00-17:00");
    if (!iban_ok(ret->iban))
        setup_problem(r, "iban", "This is not a right IBAN. Write it in capitals, without spaces.");
    if (!bic_ok(ret->bic))
        setup_problem(r, "bic", "This is not a right BIC. It has 8 or 11 capitals and digits.");
}

static err shop_take(struct tx *tx, struct setup_rows *r)
{
    struct shop_new shop;
    struct neighbourhood_get where = { 0 };
    bool found = false;
    shop_read(r, &shop);
    struct text code = setup_text(r, "neighbourhoodCode", 1, 40);
    if (code.len > 0) {
        TRY(sql_neighbourhood_by_code(tx, code, &where, &found));
        if (!found)
            setup_problem(r, "neighbourhoodCode",
                          "This neighbourhood is not known here. Import its places first.");
    }
    if (!r->good)
        return OK;
    shop.municipality = where.municipality;
    shop.neighbourhood = where.id;
    setup_once(r, text_format(r->scratch, "%.*s %.*s",
                              TEXT_ARGS(uuid_text(r->scratch, where.municipality.v)),
                              TEXT_ARGS(shop.name)));
    struct shop_id id;
    bool added;
    TRY(shop_add(tx, &shop, &id, &added));
    r->setup->result.added += added;
    r->setup->result.unchanged += !added;
    if (r->setup->shop != NULL)
        r->setup->shop(r->setup->self, id);
    return OK;
}

static err shops_take(struct tx *tx, struct setup *s, struct arena *scratch)
{
    static const char *const columns[] = {
        "name",     "category",  "publicService", "address",     "neighbourhoodCode",
        "latitude", "longitude", "hours",         "accountName", "iban",
        NULL
    };
    struct setup_rows r;
    TRY(setup_rows_open(&r, s, scratch, columns));
    while (setup_rows_next(&r))
        TRY(shop_take(tx, &r));
    return setup_rows_done(&r, "name");
}

err setup_shops_apply(struct tx *tx, void *work)
{
    struct arena *scratch = arena_new(SCRATCH_BYTES_MAX);
    err e = shops_take(tx, work, scratch);
    arena_free(scratch);
    return e;
}
