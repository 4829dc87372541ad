/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Photos from strangers, made small and safe.
 *
 * The server never decodes one: `wesh-photo`, a program closed in with seccomp and limits, does. It
 * gives two JPEG files, upright, in sRGB and without any metadata: the photo (long side at most
 * 1,600 pixels) and a thumbnail (320). Both are stored in the data folder under their SHA-256, so
 * the same photo is stored once: photos/ab/cd/abcd….jpg.
 *
 * The program is the one named by the environment variable WESH_PHOTO, else the one beside this
 * program, else the installed one. */
#ifndef WESH_PHOTO_PHOTO_H
#define WESH_PHOTO_PHOTO_H

#include "crypto/crypto.h"

enum {
    PHOTO_SIDE_MAX = 1600,
    PHOTO_THUMBNAIL_SIDE_MAX = 320,
    PHOTO_UPLOAD_BYTES_MAX = 12 << 20,
    PHOTO_TIME_MS_MAX = 10000
};

struct photo {
    struct sha256 large, thumbnail; /* of the stored files */
    int width, height;              /* of the large one */
};

/* Converts and stores; both files are on the disk when it returns OK. Any thread; blocks for up to
 * PHOTO_TIME_MS_MAX. ERR_PHOTO_KIND, ERR_PHOTO_BROKEN, ERR_PHOTO_TOO_BIG (pixels), ERR_TOO_LARGE
 * (bytes): the upload is at fault. ERR_DISK_FULL, ERR_PHOTO_FAILED (program missing, killed or too
 * slow; folder not writable): it is not, or can't be told. */
MUST err photo_convert(struct arena *a, const char *folder, struct text bytes, struct photo *ret);

/* Where the file with this SHA-256 is kept, below `folder` ("" for a path within the folder). */
const char *photo_path(struct arena *a, const char *folder, struct sha256 of);

/* Nobody refers to it any more. Absent is fine. */
MUST err photo_remove(struct arena *a, const char *folder, struct sha256 of);

/* Looks at the files whose SHA-256 begins with the byte `part` and removes those older than
 * age_s of which `keep` says false. A photo that is sent again counts as new: between
 * photo_convert and the row that refers to it, age_s protects it. */
MUST err photo_sweep(struct arena *a, const char *folder, uint8_t part, int64_t age_s,
                     err (*keep)(void *self, struct sha256 of, bool *ret_keep), void *self);

#endif
