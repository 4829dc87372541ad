/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "fuzz_row.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* The first line is the Content-Type, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena *a = arena_new(1 << 20);
    struct text body = { (const char *)bytes, count }, type = TEXT("");
    struct input *in = NULL;
    struct upload *files = NULL;
    size_t file_count = 0;
    if (text_split(&body, '\n', &type) &&
        input_multipart(a, type, body, &in, &files, &file_count) == OK) {
        MUST_HOLD(file_count <= 8 && in->count <= 64);
        for (size_t i = 0; i < file_count; i++) {
            struct text content = files[i].content;
            MUST_HOLD(content.at >= body.at && content.at + content.len <= body.at + body.len);
            MUST_HOLD(text_utf8_ok(files[i].filename) && text_utf8_ok(files[i].media_type));
        }
        fuzz_row_read(a, in);
    }
    arena_free(a);
    return 0;
}
