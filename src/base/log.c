/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static _Atomic int level_least = LOG_INFO;

void log_level_set(enum log_level least)
{
    level_least = least;
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    if ((int)level < level_least)
        return;
    int errno_before = errno;
    char line[2048], at[32];
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    size_t len = (size_t)snprintf(line, sizeof line / 2, "time=%s.%03ldZ level=%s event=%s ", at,
                                  now.tv_nsec / 1000000, names[level], event);
    if (len >= sizeof line / 2)
        len = sizeof line / 2 - 1;

    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + len, sizeof line - len, format, args);
    va_end(args);
    if (more > 0)
        len += (size_t)more;
    if (len > sizeof line - 2)
        len = sizeof line - 2;
    for (size_t i = 0; i < len; i++) /* a value must not be able to start a line of its own */
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    while (len > 0 && line[len - 1] == ' ')
        len--;
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len); /* one call, so that lines don't mix */
    (void)written;
    errno = errno_before;
}
