/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/setup_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SAID_BYTES_MAX = 64 << 20 };

static void say(struct setup *s, int64_t line, const char *column, const char *message)
{
    buf_format(&s->said, "line %" PRId64 "%s%s: %s\n", line, column[0] != '\0' ? ", " : "", column,
               message);
    s->result.problems++;
}

void setup_problem(struct setup_rows *r, const char *column, const char *message)
{
    say(r->setup, r->row.line, column, message);
    r->good = false;
}

bool setup_has(const struct setup_rows *r, const char *column)
{
    return table_column_find(r->table, column) >= 0;
}

err setup_rows_open(struct setup_rows *r, struct setup *s, struct arena *scratch,
                    const char *const *columns)
{
    const char *why = NULL;
    *r = (struct setup_rows){ .setup = s, .scratch = scratch };
    /* The store may run this again: all starts anew. */
    s->result = (struct setup_result){ 0 };
    s->said = buf_new(s->arena, SAID_BYTES_MAX);
    err e = table_open(s->arena, s->content, false, &r->table, &why);
    if (e == ERR_BAD_FILE && why != NULL)
        say(s, 1, "", why);
    TRY(e);
    for (; *columns != NULL; columns++)
        if (!setup_has(r, *columns))
            say(s, 1, *columns, "This column is missing.");
    return s->result.problems > 0 ? ERR_INVALID : OK;
}

bool setup_rows_next(struct setup_rows *r)
{
    for (;;) {
        arena_reset(r->scratch);
        if (!table_next(r->table, r->scratch, &r->row))
            return false;
        r->setup->result.rows++;
        r->good = true;
        if (r->row.problem == NULL)
            return true;
        size_t count;
        const struct table_column *columns = table_columns(r->table, &count);
        size_t at = (size_t)r->row.problem_column;
        setup_problem(r, at > 0 && at <= count ? text_cstr(r->scratch, columns[at - 1].name) : "",
                      r->row.problem);
    }
}

static int key_order(const void *a, const void *b)
{
    const struct setup_key *x = a, *y = b;
    int order = text_cmp(x->key, y->key);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

err setup_rows_done(struct setup_rows *r, const char *key_column)
{
    if (r->key_count > 0)
        qsort(r->keys, r->key_count, sizeof *r->keys, key_order);
    for (size_t i = 1; i < r->key_count; i++)
        if (text_eq(r->keys[i - 1].key, r->keys[i].key))
            say(r->setup, r->keys[i].line, key_column, "A row before this one has the same.");
    return r->setup->result.problems > 0 ? ERR_INVALID : OK;
}

void setup_once(struct setup_rows *r, struct text key)
{
    struct arena *a = r->setup->arena;
    if (r->key_count == r->key_cap) {
        size_t cap = r->key_cap == 0 ? 256 : r->key_cap * 2;
        struct setup_key *larger = ARENA_ARRAY(a, struct setup_key, cap);
        if (r->key_count > 0)
            memcpy(larger, r->keys, r->key_count * sizeof *larger);
        r->keys = larger;
        r->key_cap = cap;
    }
    r->keys[r->key_count++] = (struct setup_key){ text_copy(a, key), r->row.line };
}

struct text setup_text(struct setup_rows *r, const char *column, size_t chars_min, size_t chars_max)
{
    int64_t at = table_column_find(r->table, column);
    struct text t = at >= 0 ? text_trim(r->row.values[at]) : TEXT("");
    if (t.at == NULL)
        t = TEXT("");
    bool shown = text_utf8_ok(t);
    for (size_t i = 0; i < t.len; i++)
        shown = shown && (unsigned char)t.at[i] >= ' ' && t.at[i] != 0x7f;
    if (!shown)
        setup_problem(r, column, "There is a character in this that can't be shown.");
    else if (t.len == 0 && chars_min > 0)
        setup_problem(r, column, "This is empty, but it is needed.");
    else if (text_chars(t) < chars_min || text_chars(t) > chars_max)
        setup_problem(r, column,
                      text_format(r->scratch, "This must have between %zu and %zu characters.",
                                  chars_min, chars_max)
                          .at);
    return t;
}

/* "50.9238", "50,9238" → millionths of a degree */
static bool degrees_parse(struct text t, int64_t degrees_max, int64_t *ret)
{
    bool negative = text_starts(t, "-");
    size_t i = negative, digits = 0, decimals = 0;
    int64_t udeg = 0;
    for (; i < t.len && t.at[i] >= '0' && t.at[i] <= '9' && digits < 3; i++, digits++)
        udeg = udeg * 10 + (t.at[i] - '0');
    if (i + 1 < t.len && (t.at[i] == '.' || t.at[i] == ','))
        for (i++; i < t.len && t.at[i] >= '0' && t.at[i] <= '9'; i++)
            if (decimals < 6) {
                udeg = udeg * 10 + (t.at[i] - '0');
                decimals++;
            }
    for (; decimals < 6; decimals++)
        udeg *= 10;
    *ret = negative ? -udeg : udeg;
    return digits > 0 && i == t.len && udeg <= degrees_max * 1000000;
}

struct point setup_point(struct setup_rows *r)
{
    struct point p = { 0 };
    if (!degrees_parse(setup_text(r, "latitude", 0, 40), 90, &p.latitude_udeg))
        setup_problem(r, "latitude", "Write the latitude in degrees, for example 50.8882.");
    if (!degrees_parse(setup_text(r, "longitude", 0, 40), 180, &p.longitude_udeg))
        setup_problem(r, "longitude", "Write the longitude in degrees, for example 5.9795.");
    return p;
}
