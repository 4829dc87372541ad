/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* multipart/form-data (RFC 7578), as browsers write it (HTML Standard, "multipart form data"). */
#include "codec/input_build.h"

#include <string.h>
#include <strings.h>

enum { FIELDS_MAX = 64, FILES_MAX = 8, HEADERS_BYTES_MAX = 8192, BOUNDARY_MAX = 70 };

struct part {
    struct text name, filename, media_type;
    bool is_file;
};

static bool same_word(struct text t, const char *word)
{
    return t.len == strlen(word) && strncasecmp(t.at, word, t.len) == 0;
}

static struct text text_from(struct text t, size_t at)
{
    return (struct text){ t.at + at, t.len - at };
}

/* Takes one `; name=value` off *rest; value is a word or a quoted string (RFC 9110, 5.6.6). In a
 * quoted string only \" and \\ are escapes, so that "C:\photos" from old clients keeps its form. */
static bool parameter_take(struct arena *a, struct text *rest, struct text *ret_name,
                           struct text *ret_value)
{
    struct text t = text_trim(*rest);
    while (t.len > 0 && t.at[0] == ';')
        t = text_trim(text_from(t, 1));
    const char *equals = t.len == 0 ? NULL : memchr(t.at, '=', t.len);
    if (equals == NULL)
        return false;
    *ret_name = text_trim((struct text){ t.at, (size_t)(equals - t.at) });
    t = text_trim(text_from(t, ret_name->len == 0 ? 1 : (size_t)(equals - t.at) + 1));
    if (t.len == 0 || t.at[0] != '"') {
        size_t len = 0;
        while (len < t.len && t.at[len] != ';')
            len++;
        *ret_value = text_trim((struct text){ t.at, len });
        *rest = text_from(t, len);
        return true;
    }
    char *value = arena_alloc(a, t.len);
    size_t len = 0, i = 1;
    for (; i < t.len && t.at[i] != '"'; i++) {
        if (t.at[i] == '\\' && i + 1 < t.len && (t.at[i + 1] == '"' || t.at[i + 1] == '\\'))
            i++;
        value[len++] = t.at[i];
    }
    if (i == t.len)
        return false; /* not closed */
    *ret_value = (struct text){ value, len };
    *rest = text_from(t, i + 1);
    return true;
}

static err boundary_of(struct arena *a, struct text content_type, struct text *ret_delimiter)
{
    struct text rest = content_type, type, name, value;
    if (!text_split(&rest, ';', &type) || !same_word(text_trim(type), "multipart/form-data"))
        return ERR_MEDIA_TYPE;
    while (rest.at != NULL && parameter_take(a, &rest, &name, &value)) {
        if (!same_word(name, "boundary"))
            continue;
        if (value.len == 0 || value.len > BOUNDARY_MAX)
            return ERR_BAD_FORM;
        *ret_delimiter = text_format(a, "\r\n--%.*s", TEXT_ARGS(value));
        return ret_delimiter->len == value.len + 4 ? OK : ERR_BAD_FORM; /* a NUL in it */
    }
    return ERR_BAD_FORM;
}

/* What browsers escape in names: %22, %0D and %0A. */
static struct text name_decode(struct arena *a, struct text t)
{
    char *out = arena_alloc(a, t.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < t.len; i++) {
        struct text left = text_from(t, i);
        bool is_escape = true;
        if (text_starts(left, "%22"))
            out[len++] = '"';
        else if (text_starts(left, "%0D"))
            out[len++] = '\r';
        else if (text_starts(left, "%0A"))
            out[len++] = '\n';
        else
            is_escape = false;
        if (is_escape)
            i += 2;
        else
            out[len++] = t.at[i];
    }
    return (struct text){ out, len };
}

static err disposition_read(struct arena *a, struct text value, struct part *part)
{
    struct text rest = value, kind, name, content;
    if (!text_split(&rest, ';', &kind) || !same_word(text_trim(kind), "form-data"))
        return ERR_BAD_FORM;
    while (rest.at != NULL && parameter_take(a, &rest, &name, &content)) {
        if (same_word(name, "name")) {
            part->name = name_decode(a, content);
        } else if (same_word(name, "filename")) {
            part->is_file = true;
            part->filename = name_decode(a, content);
        }
    }
    /* The name only: some clients send the whole path. */
    for (size_t i = part->filename.len; i > 0; i--) {
        char c = part->filename.at[i - 1];
        if (c == '/' || c == '\\') {
            part->filename = text_from(part->filename, i);
            break;
        }
    }
    return part->name.at == NULL ? ERR_BAD_FORM : OK;
}

static err headers_read(struct arena *a, struct text headers, struct part *part)
{
    struct text line, name;
    while (text_split(&headers, '\n', &line)) {
        struct text value = text_trim(line);
        if (value.len == 0)
            continue;
        if (!text_split(&value, ':', &name) || value.at == NULL)
            return ERR_BAD_FORM;
        name = text_trim(name);
        value = text_trim(value);
        if (same_word(name, "content-disposition")) {
            if (part->name.at != NULL)
                return ERR_BAD_FORM;
            TRY(disposition_read(a, value, part));
        } else if (same_word(name, "content-type")) {
            struct text type;
            if (text_split(&value, ';', &type))
                part->media_type = text_lower_ascii(a, text_trim(type));
        } else if (same_word(name, "content-transfer-encoding") && !same_word(value, "binary") &&
                   !same_word(value, "8bit") && !same_word(value, "7bit")) {
            return ERR_BAD_FORM;
        }
    }
    if (!text_utf8_ok(part->name) || !text_utf8_ok(part->filename) ||
        !text_utf8_ok(part->media_type))
        return ERR_BAD_TEXT;
    return part->name.at == NULL ? ERR_BAD_FORM : OK;
}

/* Finds the next delimiter line at or behind `from`. Its "\r\n" may be lacking at the very start.
 * *ret_content_end is where what came before it ends, *ret_after is behind its line. */
static bool delimiter_find(struct text t, struct text delimiter, size_t from,
                           size_t *ret_content_end, size_t *ret_after, bool *ret_is_last)
{
    while (from <= t.len) {
        size_t at, end;
        if (from == 0 && text_starts(t, text_from(delimiter, 2).at)) {
            at = 0;
            end = delimiter.len - 2;
        } else {
            const char *found =
                from == t.len ? NULL
                              : memmem(t.at + from, t.len - from, delimiter.at, delimiter.len);
            if (found == NULL)
                return false;
            at = (size_t)(found - t.at);
            end = at + delimiter.len;
        }
        from = at + 1;
        *ret_content_end = at;
        *ret_is_last = text_starts(text_from(t, end), "--");
        if (*ret_is_last)
            return true;
        while (end < t.len && (t.at[end] == ' ' || t.at[end] == '\t'))
            end++;
        *ret_after = end + 2;
        if (text_starts(text_from(t, end), "\r\n"))
            return true;
    }
    return false;
}

struct reading {
    struct arena *arena;
    struct input_form form;
    struct upload *files;
    size_t file_count;
};

static err part_keep(struct reading *r, const struct part *part, struct text content)
{
    if (!part->is_file) {
        if (r->form.object->count == FIELDS_MAX)
            return ERR_TOO_LARGE;
        return input_form_add(&r->form, part->name, text_copy(r->arena, content));
    }
    if (part->filename.len == 0 && content.len == 0)
        return OK; /* how a browser says that no file was chosen */
    if (r->file_count == FILES_MAX)
        return ERR_TOO_LARGE;
    r->files[r->file_count++] = (struct upload){
        .field = part->name,
        .filename = part->filename,
        .media_type =
            part->media_type.len == 0 ? TEXT("application/octet-stream") : part->media_type,
        .content = content,
    };
    return OK;
}

static err part_read(struct reading *r, struct text bytes)
{
    struct part part = { 0 };
    size_t within = bytes.len < HEADERS_BYTES_MAX ? bytes.len : HEADERS_BYTES_MAX;
    const char *end = within == 0 ? NULL : memmem(bytes.at, within, "\r\n\r\n", 4);
    if (end == NULL)
        return ERR_BAD_FORM;
    size_t len = (size_t)(end - bytes.at);
    TRY(headers_read(r->arena, (struct text){ bytes.at, len }, &part));
    return part_keep(r, &part, text_from(bytes, len + 4));
}

err input_multipart(struct arena *a, struct text content_type, struct text bytes,
                    struct input **ret_fields, struct upload **ret_files, size_t *ret_file_count)
{
    struct text delimiter;
    size_t end, after = 0;
    bool is_last;
    TRY(boundary_of(a, content_type, &delimiter));
    struct reading r = {
        .arena = a,
        .form = input_form_new(a),
        .files = ARENA_ARRAY(a, struct upload, FILES_MAX),
    };
    if (!delimiter_find(bytes, delimiter, 0, &end, &after, &is_last))
        return ERR_BAD_FORM;
    while (!is_last) {
        size_t from = after;
        if (!delimiter_find(bytes, delimiter, from, &end, &after, &is_last))
            return ERR_BAD_FORM; /* cut off */
        TRY(part_read(&r, (struct text){ bytes.at + from, end - from }));
    }
    *ret_fields = r.form.object;
    *ret_files = r.files;
    *ret_file_count = r.file_count;
    return OK;
}
