/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "gen/app_sql.h"
#include "ledger/ledger.h"

#include <inttypes.h>

typedef err each_row(void *self, const struct app_verify_payment *row);

struct check {
    err (*find)(struct tx *tx, each_row *row, void *self);
    const char *thing, *stored, *found; /* what the row is, and what its two numbers are */
};
static const struct check checks[] = {
    { sql_app_verify_payment, "payment", "cents", "moved" },
    { sql_app_verify_refund, "refund", "cents", "moved" },
    { sql_app_verify_refunded, "payment", "cents refunded", "by its refunds" },
    { sql_app_verify_taking, "payment or refund", "cents in the takings", "moved" },
    { sql_app_verify_taking_source, "taking", "cents", "of such a payment and shop" },
    { sql_app_verify_taking_payout, "taking", "cents", "in such a payout" },
    { sql_app_verify_payout_taking, "payout", "cents for a shop", "in its takings" },
    { sql_app_verify_payout_total, "payout", "cents", "in its items" },
    { sql_app_verify_payout_count, "payout", "items", "counted" },
    { sql_app_verify_payout_item, "payout item", "state of its payout",
      "cents posted of its hold" },
    { sql_app_verify_claim_reward, "claim", "cents", "in its hold" },
    { sql_app_verify_claim_state, "claim", "state", "cents posted of its hold" },
    { sql_app_verify_funding, "funding", "cents", "moved" },
    { sql_app_verify_places, "task", "places taken", "counted" },
    { sql_app_verify_holder, "holder", "owners", "allowed" },
    { sql_app_verify_claim_holder, "claim", "cents", "for its person's wallet" },
    { sql_app_verify_payment_holder, "payment", "cents",
      "of them in a transfer that is not from its payer to its shop" },
    { sql_app_verify_movement, "movement", "kind", "rows it is about" },
    { sql_app_verify_transfer, "movement", "kind", "effect, between accounts that don't fit it" },
};

struct checking {
    const struct check *check;
    verify_tell_fn *tell;
    void *self;
    int64_t faults;
};

static err check_row(void *self, const struct app_verify_payment *row)
{
    struct checking *c = self;
    char id[37] = { 0 }, line[256];
    uuid_write(row->id.v, id);
    (void)snprintf(line, sizeof line, "%s %s: %s %" PRId64 ", %s %" PRId64, c->check->thing, id,
                   c->check->stored, row->stored, c->check->found, row->found);
    c->tell(c->self, line);
    c->faults++;
    return OK;
}

err verify_all(struct tx *snapshot, verify_tell_fn *tell, void *self, int64_t *ret_faults)
{
    struct checking c = { .tell = tell, .self = self };
    TRY(ledger_verify(snapshot, tell, self, ret_faults));
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        c.check = &checks[i];
        TRY(checks[i].find(snapshot, check_row, &c));
    }
    *ret_faults += c.faults;
    return OK;
}
