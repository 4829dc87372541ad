/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/setup_internal.h"

#include "feature/municipality/municipality.h"
#include "gen/municipality_sql.h"

enum { SCRATCH_BYTES_MAX = 4 << 20, CODE_MAX = 40, NAME_MAX_CHARS = 100, CONTACT_MAX = 200 };

struct places {
    struct setup_rows rows;
    bool alone;                    /* municipalities without neighbourhoods */
    struct municipality_get *seen; /* municipalities of this file */
    size_t seen_count, seen_cap;
};

static void tally(struct setup_result *result, bool found, bool same)
{
    if (!found)
        result->added++;
    else if (same)
        result->unchanged++;
    else
        result->changed++;
}

static struct municipality_get *seen_find(struct places *p, struct text code)
{
    for (size_t i = 0; i < p->seen_count; i++)
        if (text_eq(p->seen[i].code, code))
            return &p->seen[i];
    return NULL;
}

static void seen_add(struct places *p, const struct municipality_get *one)
{
    struct arena *a = p->rows.setup->arena;
    if (p->seen_count == p->seen_cap) {
        size_t cap = p->seen_cap == 0 ? 16 : p->seen_cap * 2;
        p->seen = arena_grow(a, p->seen, p->seen_cap * sizeof *p->seen, cap * sizeof *p->seen);
        p->seen_cap = cap;
    }
    p->seen[p->seen_count++] =
        (struct municipality_get){ one->id, text_copy(a, one->code), text_copy(a, one->name),
                                   text_copy(a, one->contact) };
}

/* A file that says nothing about the contact leaves it as it is. */
static err municipality_take(struct tx *tx, struct places *p, struct text code, struct text name,
                             struct municipality_id *ret)
{
    struct setup_rows *r = &p->rows;
    struct municipality_get is = { 0 };
    bool found;
    struct text contact = setup_text(r, "contact", 0, CONTACT_MAX);
    const struct municipality_get *before = seen_find(p, code);
    if (before != NULL && !text_eq(before->name, name))
        setup_problem(r, p->alone ? "name" : "municipality",
                      "A row before this one calls this municipality otherwise.");
    if (before != NULL && contact.len > 0 && !text_eq(before->contact, contact))
        setup_problem(r, "contact", "A row before this one has another contact.");
    if (!r->good)
        return OK;
    if (before != NULL) {
        *ret = before->id;
        return OK;
    }
    TRY(sql_municipality_by_code(tx, code, &is, &found));
    if (contact.len == 0)
        contact = found ? is.contact : TEXT("");
    bool same = found && text_eq(is.name, name) && text_eq(is.contact, contact);
    *ret = is.id;
    if (!same)
        TRY(municipality_put(tx, code, name, contact, ret));
    if (p->alone)
        tally(&r->setup->result, found, same);
    seen_add(p, &(struct municipality_get){ *ret, code, name, contact });
    return OK;
}

static err place_take(struct tx *tx, struct places *p)
{
    struct setup_rows *r = &p->rows;
    struct text code = setup_text(r, "code", 1, CODE_MAX);
    struct text name = setup_text(r, "name", 1, NAME_MAX_CHARS);
    struct municipality_id municipality = { 0 };
    setup_once(r, code);
    if (p->alone)
        return municipality_take(tx, p, code, name, &municipality);
    struct text of_code = setup_text(r, "municipalityCode", 1, CODE_MAX);
    struct text of_name = setup_text(r, "municipality", 1, NAME_MAX_CHARS);
    struct point centre = setup_point(r);
    TRY(municipality_take(tx, p, of_code, of_name, &municipality));
    if (!r->good)
        return OK;
    struct neighbourhood_get is;
    struct neighbourhood_id id;
    bool found;
    TRY(sql_neighbourhood_by_code(tx, code, &is, &found));
    bool same = found && text_eq(is.name, name) && is.municipality.v == municipality.v &&
                is.latitude == centre.latitude_udeg && is.longitude == centre.longitude_udeg;
    if (!same)
        TRY(neighbourhood_put(tx, municipality, code, name, centre, &id));
    tally(&r->setup->result, found, same);
    return OK;
}

static err places_take(struct tx *tx, struct setup *s, struct arena *scratch)
{
    static const char *const of_municipalities[] = { "code", "name", NULL };
    static const char *const of_neighbourhoods[] = { "municipalityCode", "municipality", "latitude",
                                                     "longitude", NULL };
    struct places p = { 0 };
    TRY(setup_rows_open(&p.rows, s, scratch, of_municipalities));
    p.alone = true;
    for (const char *const *column = of_neighbourhoods; *column != NULL; column++)
        p.alone = p.alone && !setup_has(&p.rows, *column);
    if (!p.alone)
        TRY(setup_rows_open(&p.rows, s, scratch, of_neighbourhoods));
    while (setup_rows_next(&p.rows))
        TRY(place_take(tx, &p));
    return setup_rows_done(&p.rows, "code");
}

err setup_places_apply(struct tx *tx, void *work)
{
    struct arena *scratch = arena_new(SCRATCH_BYTES_MAX);
    err e = places_take(tx, work, scratch);
    arena_free(scratch);
    return e;
}
