/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/person/person.h"

#include "gen/person_sql.h"

err person_add(struct tx *tx, const struct person_new *n, struct person_id *ret)
{
    struct person_id person = { tx_id(tx) };
    struct holder_id holder;
    /* Not a time-ordered id: one that says when, would say who. */
    do
        tx->random->fill(tx->random->self, &holder, sizeof holder);
    while (holder.v == 0);
    struct text language = n->language.len > 0 ? n->language : TEXT("nl");
    int64_t birth_month = n->birth_month != 0 ? n->birth_month : INT_NONE;
    TRY(sql_person_insert(tx, &(struct person_insert_in){ person, n->name, n->municipality,
                                                          n->neighbourhood, language, birth_month,
                                                          tx->now }));
    TRY(sql_person_holder_insert(tx, person, holder));
    *ret = person;
    return OK;
}

err person_grant(struct tx *tx, struct person_id person, enum role role, uint128 scope)
{
    int64_t added;
    TRY(sql_person_grant_insert(tx, person, (int64_t)role, (struct any_id){ scope }, tx->now,
                                &added));
    return added > 0 ? session_end_others(tx, person, (struct any_id){ 0 }) : OK;
}

err person_holder_of(struct tx *tx, struct person_id person, struct holder_id *ret)
{
    struct person_holder_get row;
    TRY(sql_person_holder_get(tx, person, &row));
    *ret = row.holder;
    return OK;
}

struct account_key person_wallet(struct issuer_id issuer, struct holder_id holder)
{
    return (struct account_key){ issuer, holder, ACCOUNT_WALLET, EXPIRES_NEVER };
}

err person_demo_set(struct tx *tx, struct text persona, struct person_id person)
{
    return sql_person_demo_put(tx, text_format(tx->arena, "demo.persona.%.*s", TEXT_ARGS(persona)),
                               uuid_text(tx->arena, person.v));
}

bool person_next_ok(struct text next)
{
    /* Browsers read a backslash as a slash, and drop tabs and line breaks. */
    if (next.len == 0 || next.len > 500 || next.at[0] != '/')
        return false;
    if (next.len > 1 && (next.at[1] == '/' || next.at[1] == '\\'))
        return false;
    for (size_t i = 0; i < next.len; i++)
        if (next.at[i] <= ' ' || next.at[i] >= 0x7f || next.at[i] == '\\')
            return false;
    return true;
}
