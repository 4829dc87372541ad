/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "carry/carry_lines.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10, PROGRESS_STEP = 5000 /* lines */ };

struct carry_lines {
    struct carry_in *in;
    struct arena *arena; /* of the buffer */
    char *buffer;        /* holds the file from `offset` on */
    size_t size, used, taken;
    int64_t offset;
    struct sha256_sum *sum; /* of all lines before this one */

    int64_t number; /* of the line */
    size_t table;   /* the rows of which are being read; db_table_count: photos */
    int64_t *rows;  /* read so far, by table */
    struct arena *keys;
    struct carry_row key; /* of the last row, if its table has one already */
    struct sha256 photo;  /* the last one, if there is one */
    int64_t photos;
};

struct carry_lines *carry_lines_new(struct carry_in *in)
{
    in->counts = (struct carry_counts){ 0 };
    in->problem[0] = '\0';
    struct arena *a = arena_new(4 * (size_t)CARRY_LINE_BYTES_MAX);
    struct carry_lines *l = ARENA_NEW(a, struct carry_lines);
    l->in = in;
    l->arena = a;
    l->rows = ARENA_ARRAY(a, int64_t, db_table_count);
    l->keys = arena_new(1 << 20);
    l->sum = sha256_sum_new();
    return l;
}

void carry_lines_free(struct carry_lines *l)
{
    if (l == NULL)
        return;
    sha256_sum_free(l->sum);
    arena_free(l->keys);
    arena_free(l->arena);
}

err carry_lines_refuse(struct carry_lines *l, err e, const char *format, ...)
{
    int len = snprintf(l->in->problem, CARRY_PROBLEM_MAX, "line %" PRId64 ": ", l->number);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(l->in->problem + len, CARRY_PROBLEM_MAX - (size_t)len, format, arguments);
    va_end(arguments);
    return e;
}

#define REFUSE(l, ...) carry_lines_refuse((l), ERR_BAD_FILE, __VA_ARGS__)

/* More of the file into the buffer; *ret_more is false at its end. */
static err buffer_fill(struct carry_lines *l, bool *ret_more)
{
    if (l->taken > 0) {
        memmove(l->buffer, l->buffer + l->taken, l->used - l->taken);
        l->offset += (int64_t)l->taken;
        l->used -= l->taken;
        l->taken = 0;
    }
    if (l->size - l->used < READ_BYTES) {
        size_t size = l->size == 0 ? 2 * READ_BYTES : 2 * l->size;
        l->buffer = arena_grow(l->arena, l->buffer, l->size, size);
        l->size = size;
    }
    ssize_t n;
    do
        n = pread(l->in->fd, l->buffer + l->used, READ_BYTES, l->offset + (int64_t)l->used);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return REFUSE(l, "the file can't be read: %s", strerror(errno));
    l->used += (size_t)n;
    *ret_more = n > 0;
    return OK;
}

/* Without its line end; it lasts until the next. */
static err line_take(struct carry_lines *l, struct text *ret)
{
    l->number++;
    const char *end = NULL;
    size_t looked_at = 0;
    for (bool more = true; end == NULL;) {
        size_t length = l->used - l->taken;
        if (length > looked_at)
            end = memchr(l->buffer + l->taken + looked_at, '\n', length - looked_at);
        if (end != NULL)
            break;
        looked_at = length;
        if (length > CARRY_LINE_BYTES_MAX)
            return REFUSE(l, "it is longer than %d bytes", CARRY_LINE_BYTES_MAX);
        TRY(buffer_fill(l, &more));
        if (!more)
            return REFUSE(l, "the file ends here, before its last line: it was cut short");
    }
    const char *start = l->buffer + l->taken;
    *ret = (struct text){ start, (size_t)(end - start) };
    l->taken += ret->len + 1;
    return OK;
}

static bool is_text(const struct input *in, const char *value)
{
    return in != NULL && in->kind == INPUT_TEXT && text_is(in->text, value);
}
static bool is_number(const struct input *in)
{
    return in != NULL && in->kind == INPUT_INT;
}

static err header_read(struct carry_lines *l, struct input *object)
{
    const struct input *format = input_get(object, "format"),
                       *schema = input_get(object, "schemaVersion"),
                       *at = input_get(object, "exportedAt");
    if (!is_text(input_get(object, "wesh"), "export") || !is_number(format))
        return REFUSE(l, "this is not an export of WESH");
    if (format->integer != CARRY_FORMAT)
        return REFUSE(l, "this is format %" PRId64 " of the export; this program knows format %d",
                      format->integer, CARRY_FORMAT);
    if (!is_number(schema) || at == NULL || object->count != 4)
        return REFUSE(l, "a first line has wesh, format, schemaVersion and exportedAt");
    int known = db_migrations[db_migration_count - 1].version;
    if (schema->integer > known)
        return REFUSE(l,
                      "the data has schema version %" PRId64 ", this program knows up to %d; "
                      "install the WESH that wrote it, or a newer one",
                      schema->integer, known);
    if (schema->integer < known)
        return REFUSE(l,
                      "the data has schema version %" PRId64 ", this program has %d; import it "
                      "with the WESH that wrote it, and then start this one on that data",
                      schema->integer, known);
    return OK;
}

/* The tables come in their order, so each is the one before it or a later one. */
static err table_find(struct carry_lines *l, struct text name)
{
    for (size_t i = 0; i < db_table_count; i++) {
        if (!text_is(name, db_tables[i].name))
            continue;
        if (db_tables[i].stays)
            return REFUSE(l, "rows of table %s are not imported", db_tables[i].name);
        if (i < l->table)
            return REFUSE(l, "a row of table %s comes too late, after %s", db_tables[i].name,
                          l->table < db_table_count ? db_tables[l->table].name : "the photos");
        l->table = i;
        return OK;
    }
    return REFUSE(l, "there is no table %.*s", name.len < 60 ? (int)name.len : 60, name.at);
}

static err row_read(struct carry_lines *l, struct arena *a, struct input *object,
                    struct carry_line *ret)
{
    const struct input *name = input_get(object, "table"), *row = input_get(object, "row");
    if (name->kind != INPUT_TEXT || row == NULL || row->kind != INPUT_OBJECT || object->count != 2)
        return REFUSE(l, "a row has table, a name, and row, an object");
    TRY(table_find(l, name->text));
    const struct db_table *t = &db_tables[l->table];
    const char *wrong = carry_row_parse(a, t, row, &ret->row);
    if (wrong != NULL)
        return REFUSE(l, "table %s: %s", t->name, wrong);
    if (l->rows[l->table] > 0) {
        int order = carry_row_order(t, &l->key, &ret->row);
        if (order >= 0)
            return REFUSE(l, "table %s: this row %s", t->name,
                          order == 0 ? "is there twice" : "comes too late: rows are in key order");
    }
    arena_reset(l->keys);
    carry_row_keep_key(l->keys, t, &ret->row, &l->key);
    l->rows[l->table]++;
    l->in->counts.rows++;
    ret->kind = CARRY_ROW;
    ret->table = t;
    return OK;
}

static err hash_parse(struct arena *a, const struct input *in, struct sha256 *ret)
{
    struct text bytes;
    if (in == NULL || in->kind != INPUT_TEXT || hex_parse(a, in->text, &bytes) != OK ||
        bytes.len != sizeof ret->at)
        return ERR_INVALID;
    memcpy(ret->at, bytes.at, sizeof ret->at);
    return OK;
}

static err photo_read(struct carry_lines *l, struct arena *a, struct input *object,
                      struct carry_line *ret)
{
    const struct input *bytes = input_get(object, "bytes");
    if (hash_parse(a, input_get(object, "photo"), &ret->photo) != OK || bytes == NULL ||
        bytes->kind != INPUT_TEXT || base64url_parse(a, bytes->text, &ret->bytes) != OK ||
        object->count != 2)
        return REFUSE(l, "a photo has photo, a SHA-256 in hex, and bytes in base64url");
    if (ret->bytes.len > CARRY_PHOTO_BYTES_MAX)
        return REFUSE(l, "a photo may have %d bytes", CARRY_PHOTO_BYTES_MAX);
    struct sha256 is = sha256_of(ret->bytes);
    if (memcmp(is.at, ret->photo.at, sizeof is.at) != 0)
        return REFUSE(l, "the photo is not the one its SHA-256 names");
    if (l->photos > 0 && memcmp(l->photo.at, ret->photo.at, sizeof is.at) >= 0)
        return REFUSE(l, "the photo is there twice, or comes too late: photos are in order");
    l->table = db_table_count;
    l->photo = ret->photo;
    l->photos++;
    l->in->counts.photos++;
    ret->kind = CARRY_PHOTO;
    return OK;
}

static err counts_check(struct carry_lines *l, struct input *rows, const struct input *photos)
{
    uint32_t tables = 0;
    for (size_t i = 0; i < db_table_count; i++) {
        if (db_tables[i].stays)
            continue;
        tables++;
        const struct input *count = input_get(rows, db_tables[i].name);
        if (!is_number(count) || count->integer != l->rows[i])
            return REFUSE(l, "table %s: %" PRId64 " rows were there, which is not what this says",
                          db_tables[i].name, l->rows[i]);
    }
    if (rows->count != tables)
        return REFUSE(l, "it counts tables that are not there");
    if (!is_number(photos) || photos->integer != l->photos)
        return REFUSE(l, "%" PRId64 " photos were there, which is not what this says", l->photos);
    return OK;
}

static err end_read(struct carry_lines *l, struct arena *a, struct input *object)
{
    struct input *rows = input_get(object, "rows");
    struct sha256 said, is = sha256_sum_of(l->sum);
    if (rows == NULL || rows->kind != INPUT_OBJECT || object->count != 4 ||
        hash_parse(a, input_get(object, "sha256"), &said) != OK)
        return REFUSE(l, "a last line has wesh, rows, photos and sha256");
    if (memcmp(said.at, is.at, sizeof is.at) != 0)
        return REFUSE(l, "the checksum is another one: the file was changed or damaged");
    TRY(counts_check(l, rows, input_get(object, "photos")));
    bool more = l->used > l->taken;
    if (!more)
        TRY(buffer_fill(l, &more));
    return more ? REFUSE(l, "something follows the last line") : OK;
}

static err line_read(struct carry_lines *l, struct arena *a, struct input *object,
                     struct carry_line *ret)
{
    if (l->number == 1) {
        ret->kind = CARRY_HEADER;
        return header_read(l, object);
    }
    if (input_get(object, "table") != NULL)
        return row_read(l, a, object, ret);
    if (input_get(object, "photo") != NULL)
        return photo_read(l, a, object, ret);
    if (!is_text(input_get(object, "wesh"), "end"))
        return REFUSE(l, "it is not a row, not a photo and not the last line");
    ret->kind = CARRY_END;
    return end_read(l, a, object);
}

err carry_lines_next(struct carry_lines *l, struct arena *a, struct carry_line *ret)
{
    struct text line;
    struct input *object;
    TRY(line_take(l, &line));
    err e = input_json(a, line, &object);
    if (e != OK)
        return REFUSE(l, "%s",
                      l->number == 1      ? "this is not an export of WESH"
                      : e == ERR_BAD_TEXT ? "it is not UTF-8"
                                          : "it is not a JSON object as an export has it");
    TRY(line_read(l, a, object, ret));
    if (ret->kind != CARRY_END)
        sha256_sum_add(l->sum, (struct text){ line.at, line.len + 1 }); /* with its end */
    if (l->number % PROGRESS_STEP == 0 || ret->kind == CARRY_PHOTO || ret->kind == CARRY_END)
        l->in->progress(l->in->self, l->offset + (int64_t)l->taken);
    return OK;
}
