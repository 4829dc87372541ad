/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Messages by e-mail: an outbox that survives, sent by SMTP (RFC 5321).
 *
 * mail_add writes a row in the transaction that has something to tell; an errand sends it, tries
 * again with growing pauses, and gives up after three days or when it is of no use any more. In a
 * demo nothing leaves the machine: messages land in DIR/mail and on the page /demo/mail.
 *
 * From the environment: WESH_SMTP (smtp://host:587 with STARTTLS, or smtps://host), WESH_SMTP_USER,
 * WESH_SMTP_PASSWORD or WESH_SMTP_PASSWORD_FILE (readable by its owner alone), WESH_MAIL_FROM. */
#ifndef WESH_FEATURE_MAIL_H
#define WESH_FEATURE_MAIL_H

#include "http/http.h"

extern const struct feature mail_feature;

enum { MAIL_ADDRESS_MAX = 254, MAIL_SUBJECT_CHARS_MAX = 150, MAIL_BODY_BYTES_MAX = 32 * 1024 };

/* An address in its one form, lower case: plain letters (RFC 5321 without quoting and without
 * UTF-8), so that no two look alike. ERR_MAIL_ADDRESS otherwise. */
MUST err mail_address_parse(struct arena *a, struct text typed, struct text *ret);

struct mail_new {
    struct text address; /* from mail_address_parse */
    struct text subject; /* one line */
    struct text body;    /* lines end with \n */
    int64_t useful_us;   /* how long it is of use; 0: three days */
};
MUST err mail_add(struct tx *tx, const struct mail_new *m);
/* Can messages go anywhere? Pages offer sign-in by e-mail only then. */
MUST err mail_works(struct tx *tx, bool *ret_works);

/* A text of the translations with {name}s filled in: pairs of name and value, NULL ends. */
struct text mail_fill(struct arena *a, const char *text, const char *const *pairs);

/* The whole message (RFC 5322), lines ended by CRLF. ERR_INVALID when an address or the subject
 * holds what would end its line. */
struct mail_message {
    struct text from, to, subject, body;
    struct any_id id;
    struct instant sent_at;
};
MUST err mail_write(struct arena *a, const struct mail_message *m, struct text *ret);

/* How long after try number `tries` (from 1) the next one is due. */
int64_t mail_pause_us(int64_t tries);

#endif
