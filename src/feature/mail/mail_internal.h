/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What the files of this slice share. */
#ifndef WESH_FEATURE_MAIL_INTERNAL_H
#define WESH_FEATURE_MAIL_INTERNAL_H

#include "feature/mail/mail.h"

struct mail_server_names {
    const char *url, *user, *password, *from;
};
/* From the environment; gives what is wrong with it, or NULL. */
const char *mail_server_of(struct arena *a, struct mail_server_names *ret);

/* Sends the message that is due longest, if there is one. */
MUST err mail_send_errand(struct db *db, struct arena *a, struct task_run *run);
MUST err mail_prune(struct tx *tx, void *task_run);

#endif
