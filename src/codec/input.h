/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What a client sent, as names and values, whether it came as JSON, as a form or as a query, and
 * the errors found in it.
 *
 * A value is one of: text (forms and queries have only these), integer, boolean, null, list, object.
 * JSON numbers must be integers in int64 range, or decimals with at most 6 digits behind the point
 * (kept as INPUT_MICRO). Duplicate names, depth over 16, more than 1,000 nodes, invalid UTF-8 and
 * NUL bytes are refused. jansson parses and is released before these return. */
#ifndef WESH_CODEC_INPUT_H
#define WESH_CODEC_INPUT_H

#include "base/value.h"

enum input_kind {
    INPUT_NULL,
    INPUT_BOOL,
    INPUT_INT,
    INPUT_MICRO,
    INPUT_TEXT,
    INPUT_LIST,
    INPUT_OBJECT
};

struct input {
    struct text name; /* in an object */
    enum input_kind kind;
    bool is_form; /* values are texts that stand for numbers and booleans too */
    bool used;    /* a field took it */
    union {
        bool boolean;
        int64_t integer;
        struct text text;
        struct {
            struct input *first;
            uint32_t count;
        };
    };
    struct input *next;
};

/* All give an INPUT_OBJECT. Empty bytes: an empty object for forms and queries, ERR_BAD_JSON for JSON. */
MUST err input_json(struct arena *a, struct text bytes, struct input **ret);
MUST err input_form(struct arena *a, struct text bytes,
                    struct input **ret);                         /* URL-encoded; also queries */
struct input *input_get(struct input *object, const char *name); /* NULL when absent */

struct upload { /* one file of a multipart body; content points into the body */
    struct text field, filename, media_type, content;
};
/* RFC 7578. At most 64 fields, 8 files. Fields become texts of *ret_fields. */
MUST err input_multipart(struct arena *a, struct text content_type, struct text bytes,
                         struct input **ret_fields, struct upload **ret_files,
                         size_t *ret_file_count);

/* Errors found, all told at once. At most 100 are kept. */
struct field_error {
    struct text field;   /* "minutes", "location.coordinates", or for CSV the column */
    const char *message; /* English, translatable; may hold {min} or {max} */
    int64_t min, max;
    bool is_coins; /* min and max are cents, and people read them as amounts */
};
struct field_errors {
    struct arena *arena;
    struct field_error at[100];
    size_t count;
};
void field_errors_add(struct field_errors *e, struct text field, const char *message, int64_t min,
                      int64_t max);

#endif
