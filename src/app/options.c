/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void argument_drop(int *argc, char **argv, int at, int count)
{
    for (int i = at; i + count < *argc; i++)
        argv[i] = argv[i + count];
    *argc -= count;
}

const char *option_take(int *argc, char **argv, const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; i < *argc; i++) {
        if (strncmp(argv[i], name, length) != 0)
            continue;
        if (argv[i][length] == '=') {
            const char *value = argv[i] + length + 1;
            argument_drop(argc, argv, i, 1);
            return value;
        }
        if (argv[i][length] == '\0' && i + 1 < *argc) {
            const char *value = argv[i + 1];
            argument_drop(argc, argv, i, 2);
            return value;
        }
    }
    return NULL;
}

bool option_flag(int *argc, char **argv, const char *name)
{
    for (int i = 0; i < *argc; i++)
        if (strcmp(argv[i], name) == 0) {
            argument_drop(argc, argv, i, 1);
            return true;
        }
    return false;
}

bool options_done(struct command_context *c, int argc, char **argv, int count, const char *usage)
{
    for (int i = 0; i < argc; i++)
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            fprintf(c->err, "wesh: %s: unknown option, or its value is missing\nusage: wesh %s\n",
                    argv[i], usage);
            return false;
        }
    if (argc != count)
        fprintf(c->err, "wesh: too %s arguments\nusage: wesh %s\n", argc < count ? "few" : "many",
                usage);
    return argc == count;
}

int command_fail(struct command_context *c, const char *what, err e, const char *detail)
{
    fprintf(c->err, "wesh: %s: %s\n", what, err_info(e)->text);
    if (detail != NULL && detail[0] != '\0')
        fprintf(c->err, "  %s\n", detail);
    return EXIT_FAILED;
}

err file_read(struct arena *a, int folder_fd, const char *path, size_t bytes_max, struct text *ret)
{
    int fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_BAD_FILE;
    err result = ERR_BAD_FILE;
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0 ||
        (size_t)status.st_size > bytes_max)
        goto done;
    size_t size = (size_t)status.st_size, got = 0;
    char *bytes = arena_alloc(a, size + 1);
    while (got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n <= 0)
            goto done;
        got += (size_t)n;
    }
    *ret = (struct text){ bytes, size };
    result = OK;
done:
    close(fd);
    return result;
}
