/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Text and bytes as (pointer, length), and a growing buffer.
 *
 * A `text` owns nothing: it lives as long as what it points into. It may hold NUL bytes and is not
 * NUL-terminated unless text_cstr made it. `at` NULL means "none" (SQL NULL, absent field).
 * A `buf` grows in an arena up to its maximum; past that it drops bytes and buf_full says so. */
#ifndef WESH_BASE_TEXT_H
#define WESH_BASE_TEXT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *at;
    size_t len;
};

#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })
#define TEXT_NONE     ((struct text){ NULL, 0 })
#define TEXT_ARGS(t)  (int)(t).len, (t).at /* for "%.*s" */

/* Marks an English text for translation; the text itself is the key. */
#define N_(literal) literal

struct text text_of(const char *cstr); /* NULL gives TEXT_NONE */
bool text_eq(struct text a, struct text b);
bool text_is(struct text a, const char *cstr);
int text_cmp(struct text a, struct text b); /* byte order, as the C collation */
bool text_starts(struct text a, const char *prefix);
bool text_ends(struct text a, const char *suffix);
struct text text_trim(struct text a); /* ASCII white space at both ends */
/* Takes what comes before `at` off rest: "a,,b" gives "a", "", "b". False when rest is none. */
bool text_split(struct text *rest, char at, struct text *ret_head);
char *text_cstr(struct arena *a, struct text t); /* NUL-terminated copy */
struct text text_copy(struct arena *a, struct text t);
struct text text_format(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool text_utf8_ok(struct text t); /* well-formed, no NUL, no surrogates (RFC 3629) */
size_t text_chars(struct text t); /* code points of well-formed UTF-8 */
/* Decimal, optional '-', the whole text; else ERR_INVALID. */
MUST err text_int(struct text t, int64_t *ret_value);
struct text text_lower_ascii(struct arena *a, struct text t);

struct buf {
    struct arena *arena;
    char *at;
    size_t len, cap, max;
    bool full; /* something was dropped */
};

struct buf buf_new(struct arena *a, size_t max);
void buf_add(struct buf *b, struct text t);
void buf_cstr(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t v);
void buf_format(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `len` bytes more at the end, for the caller to fill. NULL, and full, when there is no room. */
char *buf_extend(struct buf *b, size_t len);
struct text buf_text(const struct buf *b);
MUST err buf_done(const struct buf *b, struct text *ret_text); /* ERR_TOO_LARGE when full */

#endif
