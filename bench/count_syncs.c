/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Preloaded into a program: counts its fsyncs and fdatasyncs, and at its end writes the number to
 * the file named by BENCH_SYNCS. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic long count;

int fsync(int fd)
{
    count++;
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    count++;
    return (int)syscall(SYS_fdatasync, fd);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("BENCH_SYNCS");
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    if (file == NULL)
        return;
    fprintf(file, "%ld\n", count);
    fclose(file);
}
