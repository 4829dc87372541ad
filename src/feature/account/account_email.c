/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/account/account_internal.h"

#include <stdio.h>
#include <string.h>

enum { CODE_DIGITS = 6, CODE_MINUTES = 15, CODE_TRIES = 5, CODES_UNUSED_MAX = 3, SECRET_MAX = 100 };

/* POST /sign-in/email */

struct email_ask {
    struct work work;
    struct text typed, next;
    struct text address, client;
    const char *lang, *base_url;
    char code[CODE_DIGITS + 1];
    uint8_t salt[SLOW_HASH_SALT], code_hash[SLOW_HASH_BYTES];
    struct text ticket;
};
static const struct field email_ask_fields[] = {
    { "email", FIELD_TEXT, 0, offsetof(struct email_ask, typed), 1, MAIL_ADDRESS_MAX,
      .about = "E-mail address" },
    { "next", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct email_ask, next), 0, 500,
      .about = "Path on this site to go to afterwards" },
};
static const struct schema email_ask_body = SCHEMA("EmailAsk", struct email_ask, email_ask_fields);

static err email_ask_read(struct request *rq, void *work)
{
    struct email_ask *w = work;
    w->lang = rq->lang;
    w->base_url = rq->base_url;
    w->client = rate_address(rq->arena, rq->address);
    if (!person_next_ok(w->next))
        w->next = TEXT("");
    return mail_address_parse(rq->arena, w->typed, &w->address);
}

static err email_ask_prepare(struct request *rq, void *work)
{
    struct email_ask *w = work;
    uint32_t number;
    (void)rq;
    do /* the last, incomplete million would make some codes likelier */
        random_system.fill(random_system.self, &number, sizeof number);
    while (number >= UINT32_MAX / 1000000 * 1000000);
    snprintf(w->code, sizeof w->code, "%06u", (unsigned)(number % 1000000));
    random_system.fill(random_system.self, w->salt, sizeof w->salt);
    return slow_hash(text_of(w->code), w->salt, w->code_hash) ? OK : ERR_BUSY;
}

static struct text message_of(struct tx *tx, const struct email_ask *w,
                              const struct account_by_address *known, bool has_code,
                              struct text secret)
{
    const char *lang = known->person.v != 0 ? text_cstr(tx->arena, known->language) : w->lang;
    struct text url =
        text_format(tx->arena, "%s/sign-in/mail/%.*s", w->base_url, TEXT_ARGS(secret));
    const char *pairs[] = { "name", text_cstr(tx->arena, known->name), "code", w->code,
                            "url",  text_cstr(tx->arena, url),         NULL };
    const char *parts[] = {
        known->person.v != 0
            ? page_text(lang, N_("Hello {name},"))
            : page_text(lang, N_("Hello, there is no account with this address yet. With this "
                                 "message you can make one.")),
        has_code ? page_text(lang, N_("Your code is {code}. Type it on the page where you asked "
                                      "for it."))
                 : page_text(lang, N_("There were many messages today, so this one has no code.")),
        page_text(lang, N_("Or open this link: {url}")),
        page_text(lang, N_("It works once, within 15 minutes. Did you not ask for this? Then do "
                           "nothing: nobody gets in without this message.")),
    };
    struct buf b = buf_new(tx->arena, MAIL_BODY_BYTES_MAX);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        buf_add(&b, mail_fill(tx->arena, parts[i], pairs));
        buf_cstr(&b, "\n\n");
    }
    return buf_text(&b);
}

static err email_ask_apply(struct tx *tx, void *work)
{
    struct email_ask *w = work;
    struct account_by_address known = { .name = TEXT("") };
    struct email_code_unused unused;
    struct text secret = secret_new(tx);
    bool found, works;
    const struct rate rates[] = { { "email-code", w->address, 3, 5 * MINUTE_US },
                                  { "email-client", w->client, 30, MINUTE_US } };
    TRY(mail_works(tx, &works));
    if (!works)
        return ERR_ACCOUNT_MAIL_OFF;
    TRY(sql_account_by_address(tx, w->address, &known, &found));
    TRY(sql_email_code_unused(tx, w->address, (struct instant){ tx->now.us - DAY_US }, &unused));
    TRY(rate_take(tx, rates, 2));
    bool has_code = unused.count < CODES_UNUSED_MAX;
    w->ticket = secret_new(tx);
    TRY(sql_email_code_insert(
        tx, &(struct email_code_insert_in){
                .ticket_hash = secret_hash(tx->arena, w->ticket),
                .link_hash = secret_hash(tx->arena, secret),
                .address = w->address,
                .person = known.person,
                .salt = { (const char *)w->salt, sizeof w->salt },
                .code_hash = { has_code ? (const char *)w->code_hash : NULL, sizeof w->code_hash },
                .next = w->next,
                .language = text_of(w->lang),
                .now = tx->now,
                .expires_at = { tx->now.us + CODE_MINUTES * MINUTE_US } }));
    return mail_add(
        tx, &(struct mail_new){ .address = w->address,
                                .subject = text_of(page_text(w->lang, N_("Signing in to WESH"))),
                                .body = message_of(tx, w, &known, has_code, secret),
                                .useful_us = CODE_MINUTES * MINUTE_US });
}

static err email_ask_reply(struct request *rq, void *work, struct view **ret)
{
    const struct email_ask *w = work;
    (void)ret;
    rq->then_path = text_format(rq->arena, "/sign-in/code/%.*s", TEXT_ARGS(w->ticket));
    return OK;
}

const struct rooms email_ask_rooms = {
    .id = "emailAsk",
    .summary = "Ask for a message to sign in with",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct email_ask),
    .body = &email_ask_body,
    .status = 204,
    .errors = (const err[]){ ERR_MAIL_ADDRESS, ERR_RATE_SLOW, ERR_ACCOUNT_MAIL_OFF, OK },
    .error_fields = (const struct error_field[]){ { ERR_MAIL_ADDRESS, "email" }, { OK, NULL } },
    .read = email_ask_read,
    .prepare = email_ask_prepare,
    .apply = email_ask_apply,
    .reply = email_ask_reply,
};

/* What both ways of using a message end in: signed in, or at the page to sign up. */

struct email_use {
    struct work work;
    struct text secret; /* the ticket, or the link's secret */
    struct text code, device;
    uint8_t salt[SLOW_HASH_SALT], code_hash[SLOW_HASH_BYTES];
    err outcome; /* told after the commit: a wrong try is written down */
    struct person_signed_in signed_in;
};

static err email_use_read(struct request *rq, void *work)
{
    struct email_use *w = work;
    w->device = session_device(rq->arena, rq->user_agent);
    return OK;
}

static bool is_over(const struct email_code_by_ticket *row, struct instant now)
{
    return row->used_at.us != 0 || row->expires_at.us <= now.us;
}

static err email_enter(struct tx *tx, struct email_use *w, const struct email_code_by_ticket *row)
{
    TRY(sql_email_code_use(tx, row->ticket_hash, tx->now));
    /* The address may have got its account since the message was asked for. */
    struct account_by_address known;
    bool found;
    TRY(sql_account_by_address(tx, row->address, &known, &found));
    if (!found)
        return account_sign_up_begin(
            tx, &(struct sign_up_new){ .address = row->address, .next = row->next },
            &w->signed_in.then);
    struct session_new n = { .person = known.person, .method = METHOD_EMAIL, .device = w->device };
    return person_sign_in(tx, &n, row->next, &w->signed_in);
}

static err email_use_reply(struct request *rq, void *work, struct view **ret)
{
    const struct email_use *w = work;
    (void)ret;
    TRY(w->outcome);
    person_signed_in_reply(rq, &w->signed_in);
    return OK;
}

/* GET and POST /sign-in/code/{ticket} */

static const struct field email_ticket_fields[] = {
    { "ticket", FIELD_TEXT, 0, offsetof(struct email_use, secret), 1, SECRET_MAX,
      .about = "What the browser got when it asked" },
};
static const struct schema email_ticket_path =
    SCHEMA("EmailTicketPath", struct email_use, email_ticket_fields);
static const struct field email_code_fields[] = {
    { "code", FIELD_TEXT, 0, offsetof(struct email_use, code), 1, 20,
      .about = "The six digits of the message" },
};
static const struct schema email_code_body =
    SCHEMA("EmailCode", struct email_use, email_code_fields);

static err ticket_find(struct tx *tx, struct text ticket, struct email_code_by_ticket *ret)
{
    bool found;
    TRY(sql_email_code_by_ticket(tx, secret_hash(tx->arena, ticket), ret, &found));
    return found ? OK : ERR_ACCOUNT_CODE_OVER;
}

static err email_code_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct email_use *w = work;
    struct email_code_by_ticket row;
    TRY(ticket_find(tx, w->secret, &row));
    struct view *object = view_object(rq->arena);
    view_put_text(rq->arena, object, "ticket", w->secret);
    view_put_text(rq->arena, object, "address", row.address);
    view_put_text(rq->arena, object, "next", row.next);
    view_put_bool(rq->arena, object, "isOver", is_over(&row, rq->now) || row.tries >= CODE_TRIES);
    *ret = object;
    return OK;
}

const struct rooms email_code_show_rooms = {
    .id = "emailCodeShow",
    .summary = "The page to type a code on",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct email_use),
    .path = &email_ticket_path,
    .status = 200,
    .errors = (const err[]){ ERR_ACCOUNT_CODE_OVER, OK },
    .load = email_code_show_load,
};

/* "123 456" and "123-456" are fine. */
static err email_code_read(struct request *rq, void *work)
{
    struct email_use *w = work;
    struct buf digits = buf_new(rq->arena, 32);
    for (size_t i = 0; i < w->code.len; i++)
        if (w->code.at[i] >= '0' && w->code.at[i] <= '9')
            buf_char(&digits, w->code.at[i]);
        else if (w->code.at[i] != ' ' && w->code.at[i] != '-')
            return ERR_ACCOUNT_CODE;
    w->code = buf_text(&digits);
    return w->code.len == CODE_DIGITS ? email_use_read(rq, work) : ERR_ACCOUNT_CODE;
}

static err email_code_look(struct request *rq, struct tx *tx, void *work)
{
    struct email_use *w = work;
    struct email_code_by_ticket row;
    (void)rq;
    TRY(ticket_find(tx, w->secret, &row));
    if (is_over(&row, tx->now) || row.tries >= CODE_TRIES || row.salt.len != sizeof w->salt)
        return ERR_ACCOUNT_CODE_OVER;
    memcpy(w->salt, row.salt.at, sizeof w->salt);
    return OK;
}

static err email_code_prepare(struct request *rq, void *work)
{
    struct email_use *w = work;
    (void)rq;
    return slow_hash(w->code, w->salt, w->code_hash) ? OK : ERR_BUSY;
}

static err email_code_use_apply(struct tx *tx, void *work)
{
    struct email_use *w = work;
    struct email_code_by_ticket row;
    TRY(ticket_find(tx, w->secret, &row));
    if (is_over(&row, tx->now) || row.tries >= CODE_TRIES)
        return ERR_ACCOUNT_CODE_OVER;
    if (row.code_hash.len == sizeof w->code_hash &&
        bytes_equal(row.code_hash.at, w->code_hash, sizeof w->code_hash))
        return email_enter(tx, w, &row);
    w->outcome = row.tries + 1 < CODE_TRIES ? ERR_ACCOUNT_CODE : ERR_ACCOUNT_CODE_OVER;
    return sql_email_code_try(tx, row.ticket_hash);
}

const struct rooms email_code_use_rooms = {
    .id = "emailCodeUse",
    .summary = "Sign in with the code of a message",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct email_use),
    .path = &email_ticket_path,
    .body = &email_code_body,
    .status = 204,
    .errors = (const err[]){ ERR_ACCOUNT_CODE, ERR_ACCOUNT_CODE_OVER, OK },
    .error_fields = (const struct error_field[]){ { ERR_ACCOUNT_CODE, "code" }, { OK, NULL } },
    .read = email_code_read,
    .look = email_code_look,
    .prepare = email_code_prepare,
    .apply = email_code_use_apply,
    .reply = email_use_reply,
};

/* GET and POST /sign-in/mail/{secret}: a page with a button between, as previews of a message
 * open the link and would use it up. */

static const struct field email_link_fields[] = {
    { "secret", FIELD_TEXT, 0, offsetof(struct email_use, secret), 1, SECRET_MAX,
      .about = "Secret of the message's link" },
};
static const struct schema email_link_path =
    SCHEMA("EmailLinkPath", struct email_use, email_link_fields);

static err link_find(struct tx *tx, struct text secret, struct email_code_by_ticket *ret)
{
    bool found;
    TRY(sql_email_code_by_link(tx, secret_hash(tx->arena, secret), ret, &found));
    return found && !is_over(ret, tx->now) ? OK : ERR_SIGN_IN_LINK;
}

static err email_link_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    const struct email_use *w = work;
    struct email_code_by_ticket row;
    TRY(link_find(tx, w->secret, &row));
    struct view *object = view_object(rq->arena);
    view_put_text(rq->arena, object, "secret", w->secret);
    view_put_text(rq->arena, object, "address", row.address);
    *ret = object;
    return OK;
}

const struct rooms email_link_show_rooms = {
    .id = "emailLinkShow",
    .summary = "The page behind the link of a message",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct email_use),
    .path = &email_link_path,
    .status = 200,
    .errors = (const err[]){ ERR_SIGN_IN_LINK, OK },
    .load = email_link_show_load,
};

static err email_link_use_apply(struct tx *tx, void *work)
{
    struct email_use *w = work;
    struct email_code_by_ticket row;
    TRY(link_find(tx, w->secret, &row));
    return email_enter(tx, w, &row);
}

const struct rooms email_link_use_rooms = {
    .id = "emailLinkUse",
    .summary = "Sign in with the link of a message",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct email_use),
    .path = &email_link_path,
    .status = 204,
    .errors = (const err[]){ ERR_SIGN_IN_LINK, OK },
    .read = email_use_read,
    .apply = email_link_use_apply,
    .reply = email_use_reply,
};
