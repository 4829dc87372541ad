/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Payouts: the coins in the tills up to a cut-off become euros on the shops' bank accounts.
 * Proposing reserves them in the tills; a second officer approves; then the bank file is there. */
#ifndef WESH_FEATURE_PAYOUT_PAYOUT_H
#define WESH_FEATURE_PAYOUT_PAYOUT_H

#include "gen/payout_sql.h"
#include "http/route.h"

enum payout_state { PAYOUT_PROPOSED, PAYOUT_APPROVED, PAYOUT_REJECTED };
enum { PAYOUT_ITEMS_MAX = 250 }; /* more shops: the rest waits for the next payout */

/* May `who` decide (approve: four eyes; reject: also one's own)? ERR_PAYOUT_DECIDED, ERR_PAYOUT_OWN. */
MUST err payout_check_decision(const struct payout_get *p, struct person_id who, bool approves);

/* ISO 20022 pain.001.001.09 of an approved payout. Deterministic: asked twice, the same bytes, so a
 * bank refuses a file that is sent twice by its message id. */
MUST err payout_pain001(struct arena *a, const struct payout_get *payout,
                        const struct payout_items_rows *items, struct text *ret_xml);
/* The characters SEPA banks take (EPC217-08); others become their plain letter, or a space. */
struct text payout_sepa_text(struct arena *a, struct text t, size_t max);

extern const struct feature payout_feature;

#endif
