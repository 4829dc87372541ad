/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Files named by their SHA-256, for photo.c alone. ERR_DISK_FULL, else ERR_PHOTO_FAILED. */
#ifndef WESH_PHOTO_PHOTO_STORE_H
#define WESH_PHOTO_PHOTO_STORE_H

#include "crypto/crypto.h"

MUST err photo_store_write(int fd, struct text bytes);
/* On the disk, with its name, when it returns OK. One that is there already becomes new. */
MUST err photo_store_put(struct arena *a, const char *folder, struct sha256 of, struct text bytes);

#endif
