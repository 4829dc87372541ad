/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include "gen/db_sql.h"
#include "gen/http_sql.h"

#include <assert.h>
#include <string.h>

enum { SECRET_BYTES = 32, SECRET_CHARS = 43, PRUNE_BATCH = 200 };

const char *const role_names[] = { "resident", "steward",   "inspector", "author",
                                   "manager",  "treasurer", "cashier",   "owner",
                                   "auditor",  "operator",  "anyone",    NULL };

bool actor_has(const struct actor *a, uint32_t roles, uint128 scope)
{
    for (size_t i = 0; i < a->grant_count; i++)
        if ((a->grants[i].role & roles) != 0 &&
            (a->grants[i].scope == 0 || a->grants[i].scope == scope))
            return true;
    return false;
}

uint128 actor_scope(const struct actor *a, uint32_t role)
{
    for (size_t i = 0; i < a->grant_count; i++)
        if (a->grants[i].role == role)
            return a->grants[i].scope;
    return 0;
}

const char *const session_methods[] = { "link",    "email", "passkey", "provider", "recovery",
                                        "sign-up", "demo",  "token",   NULL };

struct text secret_hash(struct arena *a, struct text secret)
{
    struct sha256 hash = sha256_of(secret);
    return text_copy(a, (struct text){ (const char *)hash.at, sizeof hash.at });
}

struct text secret_new(struct tx *tx)
{
    char bytes[SECRET_BYTES];
    tx->random->fill(tx->random->self, bytes, sizeof bytes);
    return base64url(tx->arena, (struct text){ bytes, sizeof bytes });
}

/* Which roles a session does not give: those of officers, until two factors were shown in it. */
static err withhold(struct tx *tx, const struct http_session *session,
                    const struct http_grants_rows *grants, uint32_t *ret)
{
    uint32_t strong = 0;
    for (size_t i = 0; i < grants->count; i++)
        strong |= (uint32_t)grants->at[i].role & ROLES_STRONG;
    *ret = 0;
    if (strong == 0 || session->kind != SESSION_BROWSER || session->strong_at.us != 0)
        return OK;
    int64_t need;
    TRY(setting_int(tx, SETTING_TWO_FACTORS, 1, &need));
    *ret = need != 0 ? strong : 0;
    return OK;
}

err session_find(struct tx *tx, struct text secret, struct session *ret, bool *ret_found)
{
    *ret_found = false;
    if (secret.at == NULL || secret.len != SECRET_CHARS)
        return OK;
    struct http_session row;
    bool found;
    TRY(sql_http_session(tx, secret_hash(tx->arena, secret), tx->now, &row, &found));
    if (!found)
        return OK;
    struct http_grants_rows grants;
    TRY(sql_http_grants(tx, row.person, &grants));
    struct session s = { .kind = (enum session_kind)row.kind };
    s.actor = (struct actor){ .person = row.person,
                              .name = row.name,
                              .session = row.id,
                              .method = row.method,
                              .provider = row.provider,
                              .strong_at = row.strong_at };
    uint32_t weak;
    TRY(withhold(tx, &row, &grants, &weak));
    for (size_t i = 0; i < grants.count; i++) {
        uint32_t role = (uint32_t)grants.at[i].role;
        if ((role & weak) != 0) {
            s.actor.withheld |= role;
            continue;
        }
        s.actor.grants[s.actor.grant_count++] = (struct grant){ role, grants.at[i].scope.v };
        s.actor.roles |= role;
    }
    *ret = s;
    *ret_found = true;
    return OK;
}

err session_begin(struct tx *tx, const struct session_new *n, struct text *ret_secret)
{
    assert(n->lifetime_us > 0);
    struct text secret = secret_new(tx);
    TRY(sql_http_session_insert(tx, &(struct http_session_insert_in){
                                        .token_hash = secret_hash(tx->arena, secret),
                                        .id = { tx_id(tx) },
                                        .person = n->person,
                                        .kind = n->kind,
                                        .method = n->method,
                                        .provider = n->provider,
                                        .device = n->device.at != NULL ? n->device : TEXT(""),
                                        .strong_at = n->is_strong ? tx->now : (struct instant){ 0 },
                                        .created_at = tx->now,
                                        .expires_at = { tx->now.us + n->lifetime_us } }));
    *ret_secret = secret;
    return OK;
}

err session_create(struct tx *tx, struct person_id person, enum session_kind kind,
                   int64_t lifetime_us, struct text *ret_secret)
{
    struct session_new n = { .person = person,
                             .kind = kind,
                             .method = kind == SESSION_TOKEN ? METHOD_TOKEN : METHOD_LINK,
                             .lifetime_us = lifetime_us };
    return session_begin(tx, &n, ret_secret);
}

err session_strengthen(struct tx *tx, struct text secret, struct text *ret_secret)
{
    struct text fresh = secret_new(tx);
    int64_t changed;
    TRY(sql_http_session_strengthen(tx, secret_hash(tx->arena, secret),
                                    secret_hash(tx->arena, fresh), tx->now, &changed));
    if (changed != 1)
        return ERR_SIGN_IN;
    *ret_secret = fresh;
    return OK;
}

err session_end_others(struct tx *tx, struct person_id person, struct any_id but)
{
    return sql_http_session_end_others(tx, person, but, SESSION_BROWSER);
}

static const char *word_in(const char *user_agent, const char *const (*words)[2])
{
    for (; (*words)[0] != NULL; words++)
        if (strstr(user_agent, (*words)[0]) != NULL)
            return (*words)[1];
    return NULL;
}

struct text session_device(struct arena *a, const char *user_agent)
{
    /* In this order: many browsers name others too. */
    static const char *const browsers[][2] = {
        { "Edg", "Edge" },         { "OPR/", "Opera" },     { "SamsungBrowser", "Samsung" },
        { "Firefox/", "Firefox" }, { "FxiOS", "Firefox" },  { "CriOS", "Chrome" },
        { "Chrome/", "Chrome" },   { "Safari/", "Safari" }, { NULL, NULL },
    };
    static const char *const systems[][2] = {
        { "Android", "Android" }, { "iPhone", "iPhone" }, { "iPad", "iPad" },
        { "Windows", "Windows" }, { "Mac OS X", "Mac" },  { "CrOS", "Chromebook" },
        { "Linux", "Linux" },     { NULL, NULL },
    };
    if (user_agent == NULL)
        return TEXT("");
    const char *browser = word_in(user_agent, browsers), *system = word_in(user_agent, systems);
    if (browser == NULL || system == NULL)
        return text_of(browser != NULL ? browser : system != NULL ? system : "");
    return text_format(a, "%s, %s", browser, system);
}

err session_end(struct tx *tx, struct text secret)
{
    return sql_http_session_delete(tx, secret_hash(tx->arena, secret));
}

err session_prune(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    int64_t count;
    TRY(sql_http_session_prune(tx, tx->now, &count));
    run->more = count >= PRUNE_BATCH;
    return OK;
}

err sign_in_link_create(struct tx *tx, struct person_id person, int64_t lifetime_us,
                        struct text *ret_secret)
{
    assert(lifetime_us > 0);
    struct text secret = secret_new(tx);
    struct instant expires = { tx->now.us + lifetime_us };
    TRY(sql_http_link_insert(tx, secret_hash(tx->arena, secret), person, expires));
    *ret_secret = secret;
    return OK;
}

err sign_in_link_use(struct tx *tx, struct text secret, struct person_id *ret_person)
{
    if (secret.at == NULL || secret.len != SECRET_CHARS)
        return ERR_SIGN_IN_LINK;
    struct text hash = secret_hash(tx->arena, secret);
    struct http_link link;
    bool found;
    TRY(sql_http_link(tx, hash, &link, &found));
    if (!found || link.used_at.us != 0 || link.expires_at.us <= tx->now.us)
        return ERR_SIGN_IN_LINK;
    TRY(sql_http_link_use(tx, hash, tx->now));
    *ret_person = link.person;
    return OK;
}

err setting_int(struct tx *tx, const char *name, int64_t otherwise, int64_t *ret)
{
    struct setting_get row;
    bool found;
    TRY(sql_setting_get(tx, text_of(name), &row, &found));
    int64_t value = otherwise;
    if (found && text_int(row.value, &value) != OK)
        value = otherwise;
    *ret = value;
    return OK;
}

err setting_text(struct tx *tx, const char *name, struct text *ret)
{
    struct setting_get row;
    bool found;
    TRY(sql_setting_get(tx, text_of(name), &row, &found));
    *ret = found ? row.value : TEXT_NONE;
    return OK;
}

err setting_set(struct tx *tx, const char *name, struct text value)
{
    return sql_setting_put(tx, text_of(name), value);
}
