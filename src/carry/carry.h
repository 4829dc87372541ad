/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A whole installation as lines of JSON: out of one store, into another, on either engine. The
 * format is docs/export.md. Nothing here knows a table by name:
 * the generator's db_tables says what there is, and what stays behind.
 *
 * What is wrong with a file, or with where it should go, is told in words, in `problem`; then the
 * error is ERR_BAD_FILE, ERR_CONFLICT (not empty), or the store's own. */
#ifndef WESH_CARRY_CARRY_H
#define WESH_CARRY_CARRY_H

#include "crypto/crypto.h"
#include "db/db.h"

enum {
    CARRY_FORMAT = 1,
    CARRY_PHOTO_BYTES_MAX = 12 << 20,
    CARRY_LINE_BYTES_MAX = 17 << 20, /* such a photo in base64, and the rest of its line */
    CARRY_PROBLEM_MAX = 400
};

struct carry_counts {
    int64_t rows, photos;
};

struct carry_out {
    const char *folder; /* photos are below it */
    err (*write)(void *self, struct text bytes);
    void (*progress)(void *self, const struct carry_counts *so_far);
    void (*warn)(void *self, const char *line); /* a photo that can't be taken along */
    void *self;
    struct carry_counts counts; /* what was written */
    char problem[CARRY_PROBLEM_MAX];
};
MUST err carry_out(struct tx *snapshot, struct carry_out *out);

struct carry_in {
    int fd; /* of a file that can be read more than once */
    int64_t bytes_total;
    const char *folder; /* photos go below it */
    void (*progress)(void *self, int64_t bytes_done);
    void *self;
    struct carry_counts counts; /* what was read */
    char problem[CARRY_PROBLEM_MAX];
    struct carry_photos *photos; /* put so far; NULL at first */
};
/* Reads all of it, looking at everything but the store. */
MUST err carry_check(struct arena *a, struct carry_in *in);
/* A db_apply_fn, work is a struct carry_in: fills an empty store, all or nothing. It takes as long
 * as it takes, so nobody may be waiting behind it. The photos are on the disk before the commit. */
MUST err carry_in_apply(struct tx *tx, void *in);
/* After it: removes the photos again when it failed, and frees what was noted. */
void carry_in_end(struct arena *a, struct carry_in *in, err result);

#endif
