/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What an installation needs before its first task: places and shops, read from a table. */
#ifndef WESH_APP_SETUP_H
#define WESH_APP_SETUP_H

#include "feature/shop/shop.h"

enum { SETUP_BYTES_MAX = 32 << 20 };

struct setup_result {
    int64_t rows, added, changed, unchanged;
    int64_t problems; /* one row may have several */
};
struct setup {
    struct text content;
    struct arena *arena; /* for what lasts until the end */
    /* Each shop of the file, in its order, also one that was there; or NULL. */
    void (*shop)(void *self, struct shop_id shop);
    void *self;
    struct setup_result result;
    struct buf said; /* a line for each problem: "line 3, iban: …" */
};

/* For db_apply; `work` is a struct setup. Everything or nothing: with a problem in any row they give
 * ERR_INVALID, and said has them all. The same file again changes nothing.
 *
 * Columns: code name municipalityCode municipality latitude longitude, and if wanted contact; or,
 * for municipalities alone, code name and if wanted contact. */
MUST err setup_places_apply(struct tx *tx, void *work);
/* Columns: name category publicService address neighbourhoodCode latitude longitude hours
 * accountName iban, and if wanted bic. A shop of this name in the municipality stays as it is. */
MUST err setup_shops_apply(struct tx *tx, void *work);

#endif
