/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#define FEATURE(name) extern const struct feature name##_feature;
#include "app/features.def"
#undef FEATURE

const struct feature *const app_features[] = {
#define FEATURE(name) &name##_feature,
#include "app/features.def"
#undef FEATURE
    NULL
};
