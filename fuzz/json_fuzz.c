/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "fuzz_row.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* How deep it goes; the nodes are counted. */
static size_t depth_of(const struct input *in, size_t *nodes)
{
    size_t deepest = 0, members = 0;
    ++*nodes;
    MUST_HOLD(in->kind != INPUT_TEXT || text_utf8_ok(in->text));
    if (in->kind != INPUT_OBJECT && in->kind != INPUT_LIST)
        return 0;
    for (const struct input *i = in->first; i != NULL; i = i->next, members++) {
        size_t depth = depth_of(i, nodes);
        deepest = depth > deepest ? depth : deepest;
    }
    MUST_HOLD(members == in->count);
    return deepest + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena *a = arena_new(1 << 20);
    struct input *in = NULL;
    size_t nodes = 0;
    if (input_json(a, (struct text){ (const char *)bytes, count }, &in) == OK) {
        MUST_HOLD(depth_of(in, &nodes) <= 16 && nodes <= 1000);
        fuzz_row_read(a, in);
    }
    arena_free(a);
    return 0;
}
