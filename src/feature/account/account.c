/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/account/account_internal.h"

enum { SIGN_UP_HOURS = 1, PRUNE_BATCH = 200 };

err account_sign_up_begin(struct tx *tx, const struct sign_up_new *n, struct text *ret_path)
{
    struct text secret = secret_new(tx), none = TEXT("");
    struct instant until = { tx->now.us + SIGN_UP_HOURS * HOUR_US };
    TRY(sql_sign_up_insert(
        tx, &(struct sign_up_insert_in){ .token_hash = secret_hash(tx->arena, secret),
                                         .address = n->address,
                                         .provider = n->provider,
                                         .subject = n->subject,
                                         .name = n->name.at != NULL ? n->name : none,
                                         .next = n->next.at != NULL ? n->next : none,
                                         .expires_at = until }));
    *ret_path = text_format(tx->arena, "/sign-up/%.*s", TEXT_ARGS(secret));
    return OK;
}

err account_ways_of(struct tx *tx, struct person_id person, struct account_ways_count *ret)
{
    struct account_ways row;
    TRY(sql_account_ways(tx, person, &row));
    *ret = (struct account_ways_count){ row.addresses, row.passkeys, row.providers,
                                        row.recovery_codes };
    return OK;
}

err account_tell(struct tx *tx, struct person_id person, const char *subject, const char *text)
{
    struct account_addresses_rows rows;
    TRY(sql_account_addresses(tx, person, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const char *lang = text_cstr(tx->arena, rows.at[i].language);
        struct mail_new m = { .address = rows.at[i].address,
                              .subject = text_of(page_text(lang, subject)),
                              .body = text_of(page_text(lang, text)) };
        TRY(mail_add(tx, &m));
    }
    return OK;
}

/* What is over is thrown away. Codes stay for a day: their number is counted. */
static err prune_codes(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    int64_t codes, sign_ups;
    TRY(sql_email_code_prune(tx, (struct instant){ tx->now.us - DAY_US }, &codes));
    TRY(sql_sign_up_prune(tx, tx->now, &sign_ups));
    TRY(sql_recovery_seen_all(tx, (struct instant){ tx->now.us - DAY_US }));
    run->more = codes >= PRUNE_BATCH || sign_ups >= PRUNE_BATCH;
    return OK;
}

static const struct route account_routes[] = {
    { WRITE, POST, "/sign-in/email", &email_ask_rooms, .again = "/sign-in" },
    { READ, GET, "/sign-in/code/{ticket}", &email_code_show_rooms, .page = "account_code_page" },
    { WRITE, POST, "/sign-in/code/{ticket}", &email_code_use_rooms,
      .again = "/sign-in/code/{ticket}" },
    { READ, GET, "/sign-in/mail/{secret}", &email_link_show_rooms, .page = "account_link_page" },
    { WRITE, POST, "/sign-in/mail/{secret}", &email_link_use_rooms, .again = "/sign-in" },
    { READ, GET, "/sign-in/recovery", &recovery_use_show_rooms,
      .page = "account_recovery_use_page" },
    { WRITE, POST, "/sign-in/recovery", &recovery_use_rooms, .again = "/sign-in/recovery" },
    { READ, GET, "/sign-up", &sign_up_plain_show_rooms, .page = "account_sign_up_page" },
    { WRITE, POST, "/sign-up", &sign_up_plain_rooms, .again = "/sign-up" },
    { READ, GET, "/sign-up/{secret}", &sign_up_show_rooms, .page = "account_sign_up_page" },
    { WRITE, POST, "/sign-up/{secret}", &sign_up_rooms, .again = "/sign-up/{secret}" },
    { READ, GET, "/me/recovery", &recovery_show_rooms, .page = "account_recovery_page" },
    { WRITE, POST, "/me/recovery", &recovery_make_rooms, .then = "/me/recovery",
      .again = "/me/recovery" },
    { WRITE, POST, "/me/recovery/seen", &recovery_seen_rooms, .then = "/me/access" },
    { READ, GET, "/v1/people/me/sessions", &account_sessions_rooms },
    { WRITE, DELETE, "/v1/people/me/sessions/{session}", &session_end_rooms },
    { WRITE, POST, "/me/sessions/{session}/end", &session_end_rooms, .then = "/me/access" },
    { WRITE, POST, "/me/sessions/end-others", &session_end_others_rooms, .then = "/me/access" },
};
static const struct background account_jobs[] = {
    { "prune-codes", HOUR_US, prune_codes },
};
const struct feature account_feature = {
    .name = "account",
    .routes = account_routes,
    .route_count = sizeof account_routes / sizeof account_routes[0],
    .background = account_jobs,
    .background_count = sizeof account_jobs / sizeof account_jobs[0],
};
