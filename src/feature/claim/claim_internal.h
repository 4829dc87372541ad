/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Between the files of this slice. */
#ifndef WESH_FEATURE_CLAIM_INTERNAL_H
#define WESH_FEATURE_CLAIM_INTERNAL_H

#include "feature/claim/claim.h"

/* claim_way.c: the changes a claim goes through; the rule was asked before */
MUST err claim_make(struct tx *tx, struct task_id task, struct person_id who, struct claim_id *ret);
MUST err claim_finish(struct tx *tx, const struct claim_end_facts *f, enum claim_state to,
                      struct person_id by);
MUST err claim_expire(struct tx *tx, void *task_run); /* background */

/* claim_view.c */
extern const struct schema claim_schema; /* over struct claim_get */
MUST err claim_full_view(struct request *rq, struct tx *tx, const struct claim_get *row,
                         struct view **ret);

#endif
