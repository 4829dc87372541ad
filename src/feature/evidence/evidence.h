/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Photos that show the work of a claim, before and after.
 *
 * The claimant adds and removes them while the claim is in hand. Only those involved see them: the
 * claimant, officers and stewards of the task's municipality, the auditor; everyone else is told
 * that there is nothing. The files are content-addressed and shared between rows (photo/photo.h):
 * a background job removes those that no row refers to, within about three hours. */
#ifndef WESH_FEATURE_EVIDENCE_H
#define WESH_FEATURE_EVIDENCE_H

#include "gen/evidence_sql.h"
#include "http/route.h"

extern const struct feature evidence_feature;

enum evidence_moment { EVIDENCE_BEFORE = 0, EVIDENCE_AFTER = 1 }; /* stored; do not renumber */
enum { EVIDENCE_MAX = 8 /* photos of a claim */ };

/* Rules (evidence_rule.c), in order of precedence. */
err evidence_change_check(const struct evidence_facts *f, struct person_id who, struct instant now);
err evidence_add_check(const struct evidence_facts *f, struct person_id who, struct instant now);

#endif
