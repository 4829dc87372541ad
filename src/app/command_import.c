/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "feature/task/task_import.h"
#include "gen/app_sql.h"

#include <inttypes.h>
#include <string.h>

enum { IMPORT_BYTES_MAX = 256 << 20 };

struct importing {
    struct command_context *c;
    const char *author;
    struct person_id person;
    int64_t told;
};

static err author_read(struct tx *tx, void *work)
{
    struct importing *i = work;
    struct app_person_named_rows rows;
    TRY(sql_app_person_named(tx, text_of(i->author), &rows));
    if (rows.count != 1)
        return ERR_NOT_FOUND;
    i->person = rows.at[0].id;
    return OK;
}

static void progress(void *self, int64_t rows, size_t bytes, size_t bytes_total)
{
    struct importing *i = self;
    fprintf(i->c->err, "\r%" PRId64 " rows, %d %%", rows,
            bytes_total > 0 ? (int)(bytes * 100 / bytes_total) : 100);
    fflush(i->c->err);
}

static void problem(void *self, int64_t line, struct text column, const char *message)
{
    struct importing *i = self;
    if (i->told++ == 0)
        fprintf(i->c->err, "\n");
    fprintf(i->c->err, "line %" PRId64 ", %.*s: %s\n", line, TEXT_ARGS(column), message);
}
static void notice(void *self, int64_t line, struct text column, const char *message)
{
    struct importing *i = self;
    fprintf(i->c->err, "note: line %" PRId64 ", %.*s: %s\n", line, TEXT_ARGS(column), message);
}

static bool is_geojson(const char *path)
{
    struct text name = text_of(path);
    return text_ends(name, ".geojson") || text_ends(name, ".json");
}

int command_import(struct command_context *c, int argc, char **argv)
{
    struct importing i = { .c = c, .author = option_take(&argc, argv, "--author") };
    struct task_import_options o = {
        .self = &i, .progress = progress, .problem = problem, .notice = notice
    };
    o.municipality = text_of(option_take(&argc, argv, "--municipality"));
    o.partial = option_flag(&argc, argv, "--partial");
    const char *usage = command_find("import")->usage;
    if (!options_done(c, argc, argv, 2, usage))
        return EXIT_USAGE;
    bool takes_options = i.author != NULL || o.municipality.at != NULL || o.partial;
    if (strcmp(argv[0], "data") == 0 && !takes_options)
        return command_import_data(c, argv[1]);
    if (strcmp(argv[0], "tasks") != 0 || i.author == NULL) {
        fprintf(c->err, "usage: wesh %s\n", usage);
        return EXIT_USAGE;
    }
    struct task_import_result result;
    struct arena *file = arena_new(IMPORT_BYTES_MAX + (1 << 20)), *a = arena_new(64 << 20);
    const char *what = argv[1];
    o.is_geojson = is_geojson(argv[1]);
    err e = file_read(file, c->folder_fd, argv[1], IMPORT_BYTES_MAX, &o.content);
    if (e == OK) {
        what = "author";
        e = db_read(c->db, a, author_read, &i);
    }
    if (e == OK) {
        what = "import";
        o.author = i.person;
        e = task_import(c->db, a, &o, &result);
        fprintf(c->err, "\n");
    }
    arena_free(file);
    arena_free(a);
    if (e != OK)
        return command_fail(c, what, e, NULL);
    fprintf(c->out,
            "%" PRId64 " rows: %" PRId64 " added, %" PRId64 " changed, %" PRId64
            " unchanged, %" PRId64 " refused\n",
            result.rows, result.added, result.changed, result.unchanged, result.failed);
    return result.failed > 0 ? EXIT_FAILED : EXIT_OK;
}
