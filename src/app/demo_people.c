/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/demo.h"

#include "feature/municipality/municipality.h"
#include "feature/person/person.h"
#include "gen/municipality_sql.h"

#include <assert.h>
#include <string.h>

/* Names are invented. Everybody lives or works in Heerlen. */
const struct demo_person demo_people[DEMO_PEOPLE] = {
    { "resident", "Amina Yildiz", { ROLE_RESIDENT }, "BU09173101" },
    { "resident2", "Jos Peters", { ROLE_RESIDENT }, "BU09173102" },
    { "steward", "Truus Hendriks", { ROLE_RESIDENT, ROLE_STEWARD }, "BU09173101" },
    { "inspector", "Ruud Janssen", { ROLE_INSPECTOR }, NULL },
    { "author", "Lotte Smeets", { ROLE_AUTHOR }, NULL },
    { "manager", "Karin Vroomen", { ROLE_MANAGER }, NULL },
    { "treasurer", "Peter Crombag", { ROLE_TREASURER }, NULL },
    { "treasurer2", "Anja Kessels", { ROLE_TREASURER }, NULL },
    { "cashier", "Bram Willems", { ROLE_CASHIER }, NULL },
    { "owner", "Nel Bakker", { ROLE_OWNER, ROLE_CASHIER }, NULL },
    { "auditor", "Ine Ramaekers", { ROLE_AUDITOR }, NULL },
    { NULL, "Daan Vliegen", { ROLE_RESIDENT }, "BU09173101" },
    { NULL, "Fatima El Amrani", { ROLE_RESIDENT }, "BU09173102" },
    { NULL, "Piet Ubachs", { ROLE_RESIDENT }, "BU09173101" },
    { NULL, "Olena Kovalenko", { ROLE_RESIDENT }, "BU09173102" },
    { NULL, "Kasia Nowak", { ROLE_RESIDENT }, "BU09173101" },
    { NULL, "Harrie Dassen", { ROLE_RESIDENT }, "BU09173100" },
    { NULL, "Mo Bouzidi", { ROLE_RESIDENT }, "BU09173101" },
};

const struct actor *demo_actor(const struct demo *d, const char *persona)
{
    for (size_t i = 0; i < DEMO_PEOPLE; i++)
        if (demo_people[i].persona != NULL && strcmp(demo_people[i].persona, persona) == 0)
            return &d->actors[i];
    assert(false && "no such persona");
    return NULL;
}

static uint128 demo_scope(const struct demo *d, enum role role)
{
    if (role == ROLE_RESIDENT)
        return 0;
    if (role == ROLE_CASHIER || role == ROLE_OWNER)
        return d->shops[0].v;
    return d->municipality.v;
}

err demo_people_apply(struct tx *tx, void *work)
{
    struct demo *d = work;
    for (size_t i = 0; i < DEMO_PEOPLE; i++) {
        const struct demo_person *p = &demo_people[i];
        struct actor *actor = &d->actors[i];
        struct neighbourhood_get home = { 0 };
        bool found = false;
        if (p->neighbourhood != NULL)
            TRY(sql_neighbourhood_by_code(tx, text_of(p->neighbourhood), &home, &found));
        *actor = (struct actor){ .name = text_of(p->name) };
        TRY(person_add(tx,
                       &(struct person_new){ .name = actor->name,
                                             .municipality = d->municipality,
                                             .neighbourhood = home.id },
                       &actor->person));
        for (size_t r = 0; r < 3 && p->roles[r] != 0; r++) {
            uint128 scope = demo_scope(d, p->roles[r]);
            TRY(person_grant(tx, actor->person, p->roles[r], scope));
            actor->roles |= p->roles[r];
            actor->grants[actor->grant_count++] = (struct grant){ p->roles[r], scope };
        }
        if (p->persona != NULL)
            TRY(person_demo_set(tx, text_of(p->persona), actor->person));
    }
    /* Its officers are a click away for everybody, so that all can be tried. */
    TRY(setting_set(tx, SETTING_TWO_FACTORS, TEXT("0")));
    return setting_set(tx, "demo", TEXT("1"));
}

err demo_tokens_apply(struct tx *tx, void *work)
{
    struct demo *d = work;
    struct view *all = view_object(tx->arena);
    for (size_t i = 0; i < DEMO_PEOPLE; i++) {
        const struct demo_person *p = &demo_people[i];
        if (p->persona == NULL)
            continue;
        struct text token, link;
        TRY(session_create(tx, d->actors[i].person, SESSION_TOKEN, 365 * DAY_US, &token));
        TRY(sign_in_link_create(tx, d->actors[i].person, 365 * DAY_US, &link));
        int bit = 0; /* the role they are here for: a steward is a resident too */
        enum role role =
            p->roles[0] == ROLE_RESIDENT && p->roles[1] != 0 ? p->roles[1] : p->roles[0];
        while ((UINT32_C(1) << bit) != (uint32_t)role)
            bit++;
        struct view *one = view_put_object(tx->arena, all, p->persona);
        view_put_cstr(tx->arena, one, "name", p->name);
        view_put_cstr(tx->arena, one, "role", role_names[bit]);
        view_put_text(tx->arena, one, "token", token);
        view_put_text(tx->arena, one, "signInUrl",
                      text_format(tx->arena, "%s/sign-in/%.*s", d->base_url, TEXT_ARGS(link)));
    }
    return view_json(tx->arena, all, 64 * 1024, &d->tokens);
}
