/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Accounts: signing up, signing in by e-mail, the way back after losing a device, and sessions.
 *
 * By e-mail one message holds a code of six digits, for the browser that asked, and a link, for any
 * device. Whichever comes first uses up both. What is answered is the same whether the address is
 * known or not; to an unknown one the message is the start of signing up.
 * A code has 5 tries and an address gets at most 3 codes a day that stay unused (from then on its
 * messages hold the link alone), so guessing all day comes in with a chance of 15 in a million. */
#ifndef WESH_FEATURE_ACCOUNT_H
#define WESH_FEATURE_ACCOUNT_H

#include "http/http.h"

extern const struct feature account_feature;
extern const struct rooms account_sessions_rooms, account_show_rooms;

enum { ACCOUNT_NAME_MAX = 80, ACCOUNT_AGE_LEAST = 16, RECOVERY_CHARS = 20 };

/* Someone showed who they are and has no account yet. */
struct sign_up_new {
    struct text address;             /* an e-mail address that answered; or none */
    struct any_id provider;          /* or a provider, */
    struct text subject, name, next; /* and who they are to it; the others may be none */
};
/* Gives the path of the page where they make one, within an hour. */
MUST err account_sign_up_begin(struct tx *tx, const struct sign_up_new *n, struct text *ret_path);

/* How many ways in there are. */
struct account_ways_count {
    int64_t addresses, passkeys, providers, recovery_codes;
};
MUST err account_ways_of(struct tx *tx, struct person_id person, struct account_ways_count *ret);
/* A line to the person about their account, where there is an address for it. */
MUST err account_tell(struct tx *tx, struct person_id person, const char *subject,
                      const char *text);

/* Rules */

/* A name to be shown: one script only, and no characters that can't be seen, so that nobody
 * looks like somebody else. */
bool account_name_ok(struct text name);
/* Old enough in every day of this month: who turns 16 in it is taken as 15. */
bool account_age_ok(int64_t birth_month, struct instant now);

/* 20 letters and digits in groups of 4, from 20 bytes of chance; and what was typed in, brought to
 * that form. ERR_ACCOUNT_RECOVERY when it can't be one. */
struct text recovery_code_of(struct arena *a, const uint8_t chance[RECOVERY_CHARS]);
MUST err recovery_code_parse(struct arena *a, struct text typed, struct text *ret);

#endif
