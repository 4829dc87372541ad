/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/err.h"

#include <assert.h>

static const struct err_info infos[ERR_COUNT] = {
    [OK] = { "OK", "ok", 200, "" },
#define ERR(name, code, status, text) [name] = { #name, code, status, text },
#include "gen/err_all.def"
#undef ERR
};

const struct err_info *err_info(err e)
{
    assert((unsigned)e < ERR_COUNT);
    return &infos[e];
}
