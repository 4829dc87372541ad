/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* One table of fields says how a struct is read from input, how it is written as a view, and how
 * it is described in OpenAPI. So the three can't differ.
 *
 *   static const struct field evidence_fields[] = {
 *       { "id",     FIELD_ID,   .at = offsetof(struct evidence_row, id), .about = "…" },
 *       { "moment", FIELD_CHOICE, .at = offsetof(…, moment), .choices = evidence_moments },
 *   };
 *   const struct schema evidence_schema = SCHEMA("Evidence", struct evidence_row, evidence_fields);
 *
 * C type at the offset: ID uint128 (any struct X_id) · TEXT, URL struct text · INT, COINS int64_t
 * (struct coins) · BOOL bool · INSTANT, DATE struct instant · CHOICE int64_t, the index in choices ·
 * POINT struct point (also two int64_t, latitude first) · OBJECT the struct of .schema ·
 * LIST struct schema_list (.schema's structs in a row, in the arena).
 *
 * In forms: BOOL is absent or "on"/"true"/"1"; COINS is euros as people write them ("2,50", "2.5",
 * "1.250,00" is refused) in a field whose name ends in "Cents" written without that ending
 * (rewardCents → reward); POINT is two fields, latitude and longitude, in decimal degrees, or one
 * of its own name, "50.88,5.98"; INSTANT may also be without a zone, as datetime-local sends it
 * (then it is civil time); members of an OBJECT are fields called object.member; there is no LIST;
 * an empty value is an absent one. In JSON: COINS is an integer of cents, POINT is a GeoJSON Point
 * (RFC 7946: longitude first), INSTANT is RFC 3339. */
#ifndef WESH_CODEC_SCHEMA_H
#define WESH_CODEC_SCHEMA_H

#include "codec/input.h"
#include "codec/view.h"

enum field_kind {
    FIELD_ID,
    FIELD_TEXT,
    FIELD_INT,
    FIELD_COINS,
    FIELD_BOOL,
    FIELD_INSTANT,
    FIELD_DATE,
    FIELD_CHOICE,
    FIELD_POINT,
    FIELD_URL,
    FIELD_OBJECT,
    FIELD_LIST
};

enum {
    FIELD_OPTIONAL = 1, /* input: may be absent; view: left out when none */
    FIELD_NULLABLE = 2, /* view: null when none */
    FIELD_LINES = 4,    /* TEXT may hold line breaks; without it control characters are refused */
    FIELD_ADDED = 8     /* view: not in the struct; the slice puts it (described in OpenAPI only) */
};

struct schema;
struct field {
    const char *name; /* camelCase */
    enum field_kind kind;
    unsigned flags;
    size_t at;        /* offset in the struct */
    int64_t min, max; /* INT, COINS: the value; TEXT, URL: characters; LIST: members. max 0: no
                         limit; for input TEXT, URL and LIST must have one (asserted) */
    const char *const *choices; /* NULL-terminated */
    const struct schema *schema;
    const char *about; /* English, one line, for OpenAPI */
};
struct schema {
    const char *name; /* UpperCamelCase */
    size_t size;
    const struct field *fields;
    size_t count;
};
struct schema_list {
    void *at;
    size_t count;
};

#define SCHEMA(title, type, table)                                                                 \
    {                                                                                              \
        (title), sizeof(type), (table), sizeof(table) / sizeof((table)[0])                         \
    }

/* Fills *into (its none-values where optional fields are absent) and adds every error: missing,
 * wrong type, out of range, unknown choice. TEXT is trimmed and must be valid UTF-8. Names in `in`
 * that no schema took are errors of schema_unknown, called once after all schemas have read. */
void schema_read(struct arena *a, const struct schema *s, struct input *in, void *into,
                 struct field_errors *errors);
void schema_unknown(struct input *in, struct field_errors *errors); /* skips csrf, idempotencyKey */

struct view *schema_view(struct arena *a, const struct schema *s, const void *from);
void schema_view_into(struct arena *a, const struct schema *s, const void *from,
                      struct view *object);

int64_t choice_index(const char *const *choices, struct text name); /* -1 when unknown */

#endif
