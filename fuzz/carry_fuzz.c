/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "carry/carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static void progress(void *self, int64_t bytes_done)
{
    const struct carry_in *in = self;
    if (bytes_done > in->bytes_total)
        abort();
}

/* The input is what follows the first line, which changes with the schema. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    crypto_start();
    int fd = memfd_create("export", MFD_CLOEXEC);
    int head =
        dprintf(fd, "{\"wesh\":\"export\",\"format\":1,\"schemaVersion\":%d,\"exportedAt\":\"\"}\n",
                db_migrations[db_migration_count - 1].version);
    if (fd < 0 || head < 0 || write(fd, bytes, count) != (ssize_t)count)
        abort();
    struct arena *a = arena_new(1 << 20);
    struct carry_in in = { .fd = fd, .bytes_total = head + (int64_t)count, .progress = progress };
    in.self = &in;
    err e = carry_check(a, &in);
    if ((e == OK) != (in.problem[0] == '\0') || memchr(in.problem, '\0', CARRY_PROBLEM_MAX) == NULL)
        abort();
    arena_free(a);
    close(fd);
    return 0;
}
