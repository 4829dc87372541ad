/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Used by the readers of this folder only. */
#ifndef WESH_CODEC_INPUT_BUILD_H
#define WESH_CODEC_INPUT_BUILD_H

#include "codec/input.h"

enum { INPUT_NODES_MAX = 1000, INPUT_DEPTH_MAX = 16 };

/* An object of texts being filled from a form. */
struct input_form {
    struct arena *arena;
    struct input *object, *last;
};
struct input_form input_form_new(struct arena *a);
/* ERR_BAD_TEXT when not UTF-8, ERR_BAD_FORM when the name is there, ERR_TOO_LARGE past the maximum.
 * The texts are not copied. */
MUST err input_form_add(struct input_form *f, struct text name, struct text value);

#endif
