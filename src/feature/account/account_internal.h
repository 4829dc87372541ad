/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What the files of this slice share. */
#ifndef WESH_FEATURE_ACCOUNT_INTERNAL_H
#define WESH_FEATURE_ACCOUNT_INTERNAL_H

#include "feature/account/account.h"
#include "feature/mail/mail.h"
#include "feature/person/person.h"
#include "gen/account_sql.h"

/* Signing in by e-mail (account_email.c) */
extern const struct rooms email_ask_rooms, email_code_show_rooms, email_code_use_rooms,
    email_link_show_rooms, email_link_use_rooms;
/* Signing up (account_sign_up.c) */
extern const struct rooms sign_up_show_rooms, sign_up_rooms, sign_up_plain_show_rooms,
    sign_up_plain_rooms;
/* The way back (account_recovery.c) */
extern const struct rooms recovery_show_rooms, recovery_make_rooms, recovery_seen_rooms,
    recovery_use_rooms, recovery_use_show_rooms;
/* Makes a code and keeps it readable for this session. */
MUST err recovery_make(struct tx *tx, struct person_id person, struct text session_secret);
/* Sessions (account_sessions.c) */
extern const struct rooms session_end_rooms, session_end_others_rooms;

#endif
