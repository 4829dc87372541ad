/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Every error of the program, one table.
 *
 * A fallible function returns `err`, is marked MUST, and writes its outputs only on success.
 * Each folder lists its own errors in `*_err.def`; the build joins them into one table, so an
 * error has one name, one HTTP status and one text wherever it is raised. Only the HTTP
 * dispatcher and the commands turn an `err` into words.
 *
 * ERR(name, code, HTTP status, text): the code is stable and kebab-case ("claim.task-full"); the
 * text is English, plain, says what to do, and is the key of the translations. */
#ifndef WESH_BASE_ERR_H
#define WESH_BASE_ERR_H

#define MUST __attribute__((warn_unused_result))

typedef enum err {
    OK = 0,
#define ERR(name, code, status, text) name,
#include "gen/err_all.def"
#undef ERR
    ERR_COUNT
} err;

struct err_info {
    const char *name; /* "ERR_NOT_FOUND" */
    const char *code; /* "not-found" */
    int status;       /* HTTP */
    const char *text; /* English */
};

/* Never NULL; asserts that e is in the table. */
const struct err_info *err_info(err e);

/* The one macro that changes the flow of control. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        err try_err_ = (call);                                                                     \
        if (try_err_ != OK)                                                                        \
            return try_err_;                                                                       \
    } while (0)

#endif
