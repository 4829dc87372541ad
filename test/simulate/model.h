/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What WESH must do, said a second time and as plainly as can be: arrays of numbers, no ids, no
 * store. It shares nothing with the product but the names of errors and roles. */
#ifndef WESH_TEST_SIMULATE_MODEL_H
#define WESH_TEST_SIMULATE_MODEL_H

#include "http/route.h"

enum {
    ISSUERS = 3,
    MUNICIPALITIES = ISSUERS, /* each has its own */
    SHOPS = 5,
    PEOPLE = 300,
    PLACES_MAX = 5,
    PENDING_NONE = -1
};

enum act {
    ACT_TASK_CREATE,
    ACT_TASK_SIGN_OFF,
    ACT_TASK_WITHDRAW,
    ACT_CLAIM_CREATE,
    ACT_CLAIM_WITHDRAW,
    ACT_EVIDENCE_ADD,
    ACT_CLAIM_SUBMIT,
    ACT_REVIEW_CREATE,
    ACT_REVIEW_TAKE_BACK,
    ACT_REQUEST_CREATE,
    ACT_REQUEST_CANCEL,
    ACT_PAY_REQUEST,
    ACT_PAY_SHOP,
    ACT_REFUND,
    ACT_PAYOUT_PROPOSE,
    ACT_PAYOUT_APPROVE,
    ACT_PAYOUT_REJECT,
    ACT_FUND,
    ACT_POST_DUE,   /* background: verdicts that take effect */
    ACT_EXPIRE_DUE, /* background: claims past their deadline */
    ACT_PRUNE,      /* background: old idempotency keys */
    ACT_COUNT
};

struct action {
    enum act kind;
    int who;
    int on;         /* index of the task, claim, review, request, payment or payout; -1: unknown */
    int place;      /* municipality, shop or issuer */
    int issuer;     /* of a new task */
    int64_t amount; /* cents */
    int minutes, places, hours;
    int choice;     /* moment, outcome */
    int photo;      /* which one */
    bool no_reason; /* of a verdict */
    int64_t cutoff; /* of a payout */
};

struct model_task {
    int author, municipality, issuer, places, taken, hours;
    int64_t reward;
    bool opened;          /* signed off once */
    int done[PLACES_MAX]; /* who did it */
    int done_count;
    enum { DRAFT, OPEN, CLOSED, WITHDRAWN } state;
};
struct model_claim {
    int task, person, photos, after, pending; /* pending: review or PENDING_NONE */
    unsigned seen[2];                         /* photos by moment, a bit each */
    int64_t deadline;
    enum model_claim_state {
        CLAIMED,
        SUBMITTED,
        REWORK,
        APPROVED,
        REJECTED,
        EXPIRED,
        GIVEN_BACK
    } state;
};
struct model_review {
    int claim, reviewer, outcome;
    int64_t posts_at, deadline;
    bool pending;
};
struct model_request {
    int shop;
    int64_t amount, expires_at;
    enum { ASKED, PAID, CANCELLED } state;
};
struct model_payment {
    int shop, payer;
    int64_t amount, refunded, part[ISSUERS], back[ISSUERS];
};
struct model_payout {
    int issuer, proposer;
    int64_t item[SHOPS];
    enum { PROPOSED, PAID_OUT, REFUSED } state;
};
struct model_taking { /* not paid out yet */
    int shop, payout; /* -1: in none */
    int64_t cents, at;
};
struct model_person {
    uint32_t roles;
    int municipality, shop; /* -1: works at no shop */
};

#define LIST(type)                                                                                 \
    struct {                                                                                       \
        type *at;                                                                                  \
        int count, room;                                                                           \
    }
struct model {
    int64_t now;
    struct model_person people[PEOPLE];
    int64_t funded[ISSUERS], fund[ISSUERS], fund_held[ISSUERS];
    int64_t wallet[PEOPLE][ISSUERS];
    int64_t till[SHOPS][ISSUERS], till_held[SHOPS][ISSUERS], paid_out[SHOPS][ISSUERS];
    LIST(struct model_task) tasks;
    LIST(struct model_claim) claims;
    LIST(struct model_review) reviews;
    LIST(struct model_request) requests;
    LIST(struct model_payment) payments;
    LIST(struct model_payout) payouts;
    LIST(struct model_taking) takings[ISSUERS];
    LIST(int) open;            /* claims whose coins are held */
    int issuer_order[ISSUERS]; /* in which a wallet gives its coins */
    int refunds;
};

/* What the action must be answered, and what it makes: *ret_made is the index in its list, or -1. */
err model_step(struct model *m, const struct action *a, int *ret_made);
/* One of DESIGN 4's rules that does not hold; NULL: all do. */
const char *model_broken(const struct model *m);
void model_free(struct model *m);

#endif
