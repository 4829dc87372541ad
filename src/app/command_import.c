/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "app/setup.h"
#include "feature/task/task_import.h"
#include "gen/app_sql.h"

#include <inttypes.h>
#include <string.h>

enum { IMPORT_BYTES_MAX = 256 << 20 };

struct importing {
    struct command_context *c;
    const char *author;
    struct person_id person;
    const char *problem; /* why the author was refused, in words */
    struct app_grants_rows grants;
    const char *unit; /* what a row of the file is called */
    int64_t told;
};

static err author_read(struct tx *tx, void *work)
{
    struct importing *i = work;
    TRY(user_find(tx, i->author, &i->person, &i->problem));
    return sql_app_grants(tx, i->person, &i->grants);
}

static bool may_author(void *self, struct municipality_id municipality)
{
    const struct importing *i = self;
    for (size_t g = 0; g < i->grants.count; g++)
        if (i->grants.at[g].role == ROLE_AUTHOR &&
            (i->grants.at[g].scope.v == 0 || i->grants.at[g].scope.v == municipality.v))
            return true;
    return false;
}

static void progress(void *self, int64_t rows, size_t bytes, size_t bytes_total)
{
    struct importing *i = self;
    fprintf(i->c->err, "\r%" PRId64 " rows, %d %%", rows,
            bytes_total > 0 ? (int)(bytes * 100 / bytes_total) : 100);
    fflush(i->c->err);
}

static void tell(struct importing *i, const char *kind, int64_t line, struct text column,
                 const char *message)
{
    if (line > 0)
        fprintf(i->c->err, "%s%s %" PRId64 "%s%.*s: %s\n", kind, i->unit, line,
                column.len > 0 ? ", " : "", TEXT_ARGS(column), message);
    else /* of the whole file */
        fprintf(i->c->err, "%s%.*s%s%s\n", kind, TEXT_ARGS(column), column.len > 0 ? ": " : "",
                message);
}
static void problem(void *self, int64_t line, struct text column, const char *message)
{
    struct importing *i = self;
    if (i->told++ == 0)
        fprintf(i->c->err, "\n");
    tell(i, "", line, column, message);
}
static void notice(void *self, int64_t line, struct text column, const char *message)
{
    tell(self, "note: ", line, column, message);
}

static bool is_geojson(const char *path)
{
    struct text name = text_of(path);
    return text_ends(name, ".geojson") || text_ends(name, ".json");
}

/* Places or shops */
static int setup_run(struct command_context *c, const char *what, const char *path,
                     err (*apply)(struct tx *tx, void *work))
{
    struct arena *lasting = arena_new(512 << 20), *a = arena_new(64 << 20);
    struct setup s = { .arena = lasting };
    const struct setup_result *got = &s.result;
    int code = EXIT_OK;
    err e = file_read(lasting, c->folder_fd, path, SETUP_BYTES_MAX, &s.content);
    if (e != OK)
        code = command_fail(c, path, e, NULL);
    else
        e = db_apply(c->db, a, apply, &s);
    if (code == EXIT_OK && e != OK && got->problems > 0) {
        fprintf(c->err, "%.*s", TEXT_ARGS(buf_text(&s.said)));
        fprintf(c->err,
                "wesh: import %s: %" PRId64 " things are not right. Nothing was changed. Mend them "
                "and import the file again.\n",
                what, got->problems);
        code = EXIT_FAILED;
    } else if (code == EXIT_OK && e != OK) {
        code = command_fail(c, "import", e, NULL);
    } else if (code == EXIT_OK) {
        fprintf(c->out,
                "%" PRId64 " rows: %" PRId64 " added, %" PRId64 " changed, %" PRId64 " unchanged\n",
                got->rows, got->added, got->changed, got->unchanged);
    }
    arena_free(lasting);
    arena_free(a);
    return code;
}

int command_import(struct command_context *c, int argc, char **argv)
{
    struct importing i = { .c = c, .author = option_take(&argc, argv, "--author") };
    struct task_import_options o = { .self = &i,
                                     .progress = progress,
                                     .problem = problem,
                                     .notice = notice,
                                     .may_author = may_author };
    o.municipality = text_of(option_take(&argc, argv, "--municipality"));
    o.partial = option_flag(&argc, argv, "--partial");
    const char *usage = command_find("import")->usage;
    if (!options_done(c, argc, argv, 2, usage))
        return EXIT_USAGE;
    bool takes_options = i.author != NULL || o.municipality.at != NULL || o.partial;
    if (strcmp(argv[0], "data") == 0 && !takes_options)
        return command_import_data(c, argv[1]);
    if (strcmp(argv[0], "places") == 0 && !takes_options)
        return setup_run(c, "places", argv[1], setup_places_apply);
    if (strcmp(argv[0], "shops") == 0 && !takes_options)
        return setup_run(c, "shops", argv[1], setup_shops_apply);
    if (strcmp(argv[0], "tasks") != 0 || i.author == NULL) {
        fprintf(c->err, "usage: wesh %s\n", usage);
        return EXIT_USAGE;
    }
    struct task_import_result result;
    struct arena *file = arena_new(IMPORT_BYTES_MAX + (1 << 20)), *a = arena_new(64 << 20),
                 *people = arena_new(1 << 20);
    const char *what = argv[1];
    o.is_geojson = is_geojson(argv[1]);
    i.unit = o.is_geojson ? "feature" : "line";
    err e = file_read(file, c->folder_fd, argv[1], IMPORT_BYTES_MAX, &o.content);
    if (e == OK) {
        what = "author";
        e = db_read(c->db, people, author_read, &i);
    }
    if (e == OK) {
        what = "import";
        o.author = i.person;
        e = task_import(c->db, a, &o, &result);
        fprintf(c->err, "\n");
    }
    arena_free(file);
    arena_free(a);
    arena_free(people);
    if (e == ERR_FORBIDDEN && i.problem == NULL)
        i.problem = "not an author of that municipality. Nothing was changed. An operator can give "
                    "the role: wesh user add-role NAME --role author --municipality CODE";
    if (e != OK && i.problem != NULL) {
        fprintf(c->err, "wesh: author %s: %s\n", i.author, i.problem);
        return EXIT_FAILED;
    }
    if (e != OK)
        return command_fail(c, what, e, NULL);
    fprintf(c->out,
            "%" PRId64 " rows: %" PRId64 " added, %" PRId64 " changed, %" PRId64
            " unchanged, %" PRId64 " refused\n",
            result.rows, result.added, result.changed, result.unchanged, result.failed);
    return result.failed > 0 ? EXIT_FAILED : EXIT_OK;
}
