/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "carry/carry_row.h"
#include "photo/photo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRESS_STEP = 5000 }; /* lines */

struct writing {
    struct carry_out *out;
    struct tx *tx;
    struct arena *keys; /* the last key of the page under way */
    struct sha256_sum *sum;
    struct view *rows; /* how many of each table, for the last line */
};

__attribute__((format(printf, 3, 4))) static err problem(struct writing *w, err e,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(w->out->problem, sizeof w->out->problem, format, arguments);
    va_end(arguments);
    return e;
}

static err line_write(struct writing *w, const struct view *line)
{
    struct text json;
    TRY(view_json(w->tx->arena, line, CARRY_LINE_BYTES_MAX - 1, &json));
    struct buf b = buf_new(w->tx->arena, json.len + 1);
    buf_add(&b, json);
    buf_char(&b, '\n');
    sha256_sum_add(w->sum, buf_text(&b));
    return w->out->write(w->out->self, buf_text(&b));
}

static err header_write(struct writing *w)
{
    struct arena *a = w->tx->arena;
    struct view *line = view_object(a);
    view_put_cstr(a, line, "wesh", "export");
    view_put_int(a, line, "format", CARRY_FORMAT);
    view_put_int(a, line, "schemaVersion", db_migrations[db_migration_count - 1].version);
    view_put_instant(a, line, "exportedAt", w->tx->now);
    return line_write(w, line);
}

static err row_write(struct writing *w, const struct db_table *t, const struct carry_row *row)
{
    struct arena *a = w->tx->arena;
    struct view *line = view_object(a), *object;
    const char *column = "";
    err e = carry_row_view(a, t, row, &object, &column);
    if (e != OK)
        return problem(w, e, "table %s: a text in %s is not UTF-8", t->name, column);
    view_put_cstr(a, line, "table", t->name);
    view_put(a, line, "row", object);
    e = line_write(w, line);
    if (e == ERR_TOO_LARGE)
        return problem(w, e, "table %s: a row is larger than %d bytes", t->name,
                       CARRY_LINE_BYTES_MAX);
    if (++w->out->counts.rows % PROGRESS_STEP == 0)
        w->out->progress(w->out->self, &w->out->counts);
    return e;
}

/* The rows with a key past *key, which becomes the last one's. */
static err page_write(struct writing *w, const struct db_table *t, bool is_first,
                      struct carry_row *key, int *ret_count)
{
    struct db_row *r;
    struct carry_row row;
    int count = 0;
    bool found = false;
    TRY(db_statement_begin(w->tx, t->read, &r));
    carry_row_bind(r, t, key, t->key_count);
    err e;
    while ((e = db_row_next(r, &found)) == OK && found) {
        struct arena_mark mark = arena_mark(w->tx->arena);
        carry_row_read(r, t, &row);
        count++;
        if (is_first || carry_row_order(t, &row, key) != 0)
            e = row_write(w, t, &row);
        arena_rewind(w->tx->arena, mark);
        if (e != OK)
            break;
        if (count == t->page_rows) {
            arena_reset(w->keys);
            carry_row_keep_key(w->keys, t, &row, key);
        }
    }
    db_statement_end(r);
    *ret_count = count;
    return e;
}

static err table_write(struct writing *w, const struct db_table *t)
{
    struct carry_row key;
    carry_row_least(&key);
    int64_t before = w->out->counts.rows;
    int count = t->page_rows;
    for (bool is_first = true; count == t->page_rows; is_first = false)
        TRY(page_write(w, t, is_first, &key, &count));
    view_put_int(w->tx->arena, w->rows, t->name, w->out->counts.rows - before);
    return OK;
}

/* Photos: all that are in the folder, in the order of their names. */

static err photo_read(struct writing *w, const char *path, struct text *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0)
        return ERR_NOT_FOUND;
    err e = fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) ? ERR_BAD_FILE : OK;
    if (e == OK && about.st_size > CARRY_PHOTO_BYTES_MAX)
        e = ERR_TOO_LARGE;
    size_t size = e == OK ? (size_t)about.st_size : 0, got = 0;
    char *bytes = arena_alloc(w->tx->arena, size + 1);
    while (e == OK && got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n > 0)
            got += (size_t)n;
        else if (n == 0 || errno != EINTR)
            e = ERR_BAD_FILE;
    }
    close(fd);
    if (e == OK)
        *ret = (struct text){ bytes, size };
    return e;
}

static err photo_write(struct writing *w, struct sha256 name)
{
    struct arena *a = w->tx->arena;
    struct text bytes, name_hex = hex(a, (struct text){ (const char *)name.at, sizeof name.at });
    err e = photo_read(w, photo_path(a, w->out->folder, name), &bytes);
    if (e == ERR_NOT_FOUND)
        return OK; /* removed a moment ago */
    struct sha256 is = sha256_of(e == OK ? bytes : TEXT_NONE);
    if (e != OK || memcmp(is.at, name.at, sizeof is.at) != 0) {
        const char *why = e == ERR_TOO_LARGE ? "is too large" : "is damaged or can't be read";
        struct text line =
            text_format(a, "photo %.*s %s: it is left out", TEXT_ARGS(name_hex), why);
        w->out->warn(w->out->self, text_cstr(a, line));
        return OK;
    }
    struct view *line = view_object(a);
    view_put_text(a, line, "photo", name_hex);
    view_put_text(a, line, "bytes", base64url(a, bytes));
    w->out->counts.photos++;
    w->out->progress(w->out->self, &w->out->counts);
    return line_write(w, line);
}

static err photo_name_parse(struct arena *a, const char *name, struct sha256 *ret)
{
    struct text stem = text_of(name), bytes;
    if (!text_ends(stem, ".jpg"))
        return ERR_INVALID;
    stem.len -= strlen(".jpg");
    TRY(hex_parse(a, stem, &bytes));
    if (bytes.len != sizeof ret->at)
        return ERR_INVALID;
    memcpy(ret->at, bytes.at, sizeof ret->at);
    return OK;
}

static err folder_write(struct writing *w, const char *path)
{
    struct dirent **found = NULL;
    int count = scandir(path, &found, NULL, alphasort);
    if (count < 0)
        return errno == ENOENT ? OK : problem(w, ERR_BAD_FILE, "%s can't be read", path);
    err e = OK;
    for (int i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(w->tx->arena);
        struct sha256 name;
        if (e == OK && photo_name_parse(w->tx->arena, found[i]->d_name, &name) == OK)
            e = photo_write(w, name);
        arena_rewind(w->tx->arena, mark);
        free(found[i]);
    }
    free(found);
    return e;
}

static err photos_write(struct writing *w)
{
    struct arena *a = w->tx->arena;
    for (int first = 0; first < 256; first++) {
        struct arena_mark mark = arena_mark(a);
        struct text upper = text_format(a, "%s/photos/%02x", w->out->folder, first);
        bool is_there = access(text_cstr(a, upper), F_OK) == 0;
        for (int second = 0; is_there && second < 256; second++)
            TRY(folder_write(w,
                             text_cstr(a, text_format(a, "%.*s/%02x", TEXT_ARGS(upper), second))));
        arena_rewind(a, mark);
    }
    return OK;
}

static err end_write(struct writing *w)
{
    struct arena *a = w->tx->arena;
    struct sha256 sum = sha256_sum_of(w->sum);
    struct view *line = view_object(a);
    view_put_cstr(a, line, "wesh", "end");
    view_put(a, line, "rows", w->rows);
    view_put_int(a, line, "photos", w->out->counts.photos);
    view_put_text(a, line, "sha256", hex(a, (struct text){ (const char *)sum.at, sizeof sum.at }));
    return line_write(w, line);
}

static err all_write(struct writing *w)
{
    w->rows = view_object(w->tx->arena);
    TRY(header_write(w));
    for (size_t i = 0; i < db_table_count; i++)
        if (!db_tables[i].stays)
            TRY(table_write(w, &db_tables[i]));
    TRY(photos_write(w));
    w->out->progress(w->out->self, &w->out->counts);
    return end_write(w);
}

err carry_out(struct tx *snapshot, struct carry_out *out)
{
    struct writing w = { .out = out, .tx = snapshot };
    out->counts = (struct carry_counts){ 0 };
    out->problem[0] = '\0';
    w.keys = arena_new(1 << 20);
    w.sum = sha256_sum_new();
    err e = all_write(&w);
    sha256_sum_free(w.sum);
    arena_free(w.keys);
    return e;
}
