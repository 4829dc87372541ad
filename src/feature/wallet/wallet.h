/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What a resident has, and how it came and went, in plain words. */
#ifndef WESH_FEATURE_WALLET_WALLET_H
#define WESH_FEATURE_WALLET_WALLET_H

#include "http/route.h"

extern const struct rooms wallet_show_rooms; /* the balance */
extern const struct feature wallet_feature;

#endif
