/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What the targets that read input do with it: a schema with one field of each kind reads it, and
 * what it took without an error is written and read again, and must be the same. */
#ifndef WESH_FUZZ_ROW_H
#define WESH_FUZZ_ROW_H

#include "codec/schema.h"

#include <stdlib.h>

struct fuzz_member {
    struct text name;
    int64_t count;
};
struct fuzz_row {
    struct any_id id;
    struct text title, note, link;
    int64_t minutes, category;
    struct coins reward;
    bool urgent;
    struct instant at, day;
    struct point location;
    struct fuzz_member one;
    struct schema_list list;
};

#define AT(member) offsetof(struct fuzz_row, member)
static const char *const fuzz_categories[] = { "green", "clean", "social", NULL };
static const struct field fuzz_member_fields[] = {
    { "name", FIELD_TEXT, 0, offsetof(struct fuzz_member, name), .max = 10 },
    { "count", FIELD_INT, FIELD_OPTIONAL, offsetof(struct fuzz_member, count), .min = -5,
      .max = 5 },
};
static const struct schema fuzz_member_schema =
    SCHEMA("Member", struct fuzz_member, fuzz_member_fields);
static const struct field fuzz_fields[] = {
    { "id", FIELD_ID, FIELD_OPTIONAL, AT(id), .about = "Id" },
    { "title", FIELD_TEXT, 0, AT(title), .min = 2, .max = 20 },
    { "note", FIELD_TEXT, FIELD_LINES | FIELD_OPTIONAL, AT(note), .max = 50 },
    { "link", FIELD_URL, FIELD_OPTIONAL, AT(link), .max = 100 },
    { "minutes", FIELD_INT, FIELD_OPTIONAL, AT(minutes), .min = 1, .max = 600 },
    { "category", FIELD_CHOICE, FIELD_OPTIONAL, AT(category), .choices = fuzz_categories },
    { "rewardCents", FIELD_COINS, FIELD_OPTIONAL, AT(reward), .min = 1, .max = 100000 },
    { "urgent", FIELD_BOOL, FIELD_OPTIONAL, AT(urgent), .about = "Now" },
    { "at", FIELD_INSTANT, FIELD_OPTIONAL, AT(at), .about = "When" },
    { "day", FIELD_DATE, FIELD_NULLABLE | FIELD_OPTIONAL, AT(day), .about = "Which day" },
    { "location", FIELD_POINT, FIELD_OPTIONAL, AT(location), .about = "Where" },
    { "one", FIELD_OBJECT, FIELD_OPTIONAL, AT(one), .schema = &fuzz_member_schema },
    { "list", FIELD_LIST, FIELD_OPTIONAL, AT(list), .max = 5, .schema = &fuzz_member_schema },
};
#undef AT
static const struct schema fuzz_schema = SCHEMA("Row", struct fuzz_row, fuzz_fields);

/* What must hold, also in builds without assertions. */
#define MUST_HOLD(what)                                                                            \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

static struct text fuzz_json(struct arena *a, const struct fuzz_row *row)
{
    struct text json = TEXT_NONE;
    MUST_HOLD(view_json(a, schema_view(a, &fuzz_schema, row), 65536, &json) == OK);
    return json;
}

static inline void fuzz_row_read(struct arena *a, struct input *in)
{
    struct field_errors *errors = ARENA_NEW(a, struct field_errors);
    struct fuzz_row row, again;
    struct input *in_again = NULL;
    errors->arena = a;
    schema_read(a, &fuzz_schema, in, &row, errors);
    bool is_right = errors->count == 0;
    schema_unknown(in, errors);
    for (size_t i = 0; i < errors->count; i++)
        MUST_HOLD(text_utf8_ok(errors->at[i].field) && errors->at[i].message != NULL);

    struct text json = fuzz_json(a, &row);
    MUST_HOLD(input_json(a, json, &in_again) == OK);
    if (!is_right)
        return;
    schema_read(a, &fuzz_schema, in_again, &again, errors);
    MUST_HOLD(text_eq(fuzz_json(a, &again), json));
}

#endif
