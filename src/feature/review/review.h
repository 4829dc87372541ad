/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Checking handed-in work: approve, ask to improve, reject. A verdict waits ten seconds (setting
 * review.undo-seconds) in which it can be taken back; then the jobs thread carries it out. */
#ifndef WESH_FEATURE_REVIEW_REVIEW_H
#define WESH_FEATURE_REVIEW_REVIEW_H

#include "gen/review_sql.h"
#include "http/route.h"

enum review_outcome { REVIEW_APPROVED, REVIEW_REWORK, REVIEW_REJECTED };
enum review_state { REVIEW_PENDING, REVIEW_POSTED, REVIEW_TAKEN_BACK };

/* ERR_REVIEW_OWN, ERR_REVIEW_STATE, ERR_REVIEW_PENDING, ERR_REVIEW_REASON, in that order. */
MUST err review_check(const struct review_facts *f, struct person_id reviewer, bool is_pending,
                      enum review_outcome outcome, struct text reason);
/* May this verdict be taken back now, by who gave it? ERR_NOT_FOUND, ERR_REVIEW_TOO_LATE. */
MUST err review_check_take_back(const struct review_get *r, struct person_id who,
                                struct instant now);

extern const struct rooms review_of_claim_rooms; /* the verdicts on one claim, newest first */
extern const struct feature review_feature;

#endif
