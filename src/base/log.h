/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Log lines on standard error, one event a line, `key=value`. Only src/http and src/app log, and
 * never anything personal: no names, addresses, tokens or query strings. */
#ifndef WESH_BASE_LOG_H
#define WESH_BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

void log_level_set(enum log_level least);
/* log_line(LOG_INFO, "listening", "address=%s", address): the format holds the pairs. */
void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
