/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "fuzz_row.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena *a = arena_new(1 << 20);
    struct input *in = NULL;
    if (input_form(a, (struct text){ (const char *)bytes, count }, &in) == OK) {
        for (const struct input *i = in->first; i != NULL; i = i->next)
            MUST_HOLD(i->kind == INPUT_TEXT && text_utf8_ok(i->name) && text_utf8_ok(i->text));
        fuzz_row_read(a, in);
    }
    arena_free(a);
    return 0;
}
