/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Reading a struct from input. */
#include "codec/schema.h"

#include <assert.h>
#include <string.h>

struct reading {
    struct arena *arena;
    struct field_errors *errors;
};

/* A field being read: where it is looked for, where it goes, and what it is called in errors. */
struct place {
    struct reading *reading;
    const struct field *field;
    struct text path; /* "location", "items.0.name" */
    void *into;
};

static void fail(const struct place *p, const char *message)
{
    field_errors_add(p->reading->errors, p->path, message, p->field->min, p->field->max);
}

static void use_all(struct input *in)
{
    in->used = true;
    if (in->kind == INPUT_OBJECT || in->kind == INPUT_LIST)
        for (struct input *i = in->first; i != NULL; i = i->next)
            use_all(i);
}

static struct text path_join(struct arena *a, struct text path, const char *name)
{
    if (path.len == 0)
        return text_of(name);
    return text_format(a, "%.*s.%s", TEXT_ARGS(path), name);
}

/* Forms are flat: a field of a nested object has its whole path for a name. */
static struct input *find(struct input *in, struct text path, const char *name)
{
    for (struct input *i = in->first; i != NULL; i = i->next)
        if (in->is_form ? text_eq(i->name, path) : text_is(i->name, name))
            return i;
    return NULL;
}

static bool is_absent(const struct input *in)
{
    return in == NULL || in->kind == INPUT_NULL ||
           (in->kind == INPUT_TEXT && text_trim(in->text).len == 0);
}

static void set_int(const struct place *p, int64_t value)
{
    memcpy(p->into, &value, sizeof value);
}

static void set_none(const struct field *f, void *into);

static void set_all_none(const struct schema *s, unsigned char *into)
{
    for (size_t i = 0; i < s->count; i++)
        if ((s->fields[i].flags & FIELD_ADDED) == 0)
            set_none(&s->fields[i], into + s->fields[i].at);
}

static void set_none(const struct field *f, void *into)
{
    const int64_t none = INT_NONE;
    switch (f->kind) {
    case FIELD_ID:
        memset(into, 0, sizeof(uint128));
        break;
    case FIELD_TEXT:
    case FIELD_URL:
        *(struct text *)into = TEXT_NONE;
        break;
    case FIELD_INT:
    case FIELD_COINS:
    case FIELD_CHOICE:
        memcpy(into, &none, sizeof none);
        break;
    case FIELD_BOOL:
        *(bool *)into = false;
        break;
    case FIELD_INSTANT:
    case FIELD_DATE:
        memset(into, 0, sizeof(struct instant));
        break;
    case FIELD_POINT:
        memset(into, 0, sizeof(struct point));
        break;
    case FIELD_OBJECT:
        set_all_none(f->schema, into);
        break;
    case FIELD_LIST:
        *(struct schema_list *)into = (struct schema_list){ NULL, 0 };
        break;
    }
}

/* A decimal number as people write it, "-12,345" or "2.5", times 10^places. Further digits are
 * rounded when `round`, else refused. */
static bool decimal_parse(struct text t, int places, bool round, int64_t *ret_value)
{
    bool is_negative = t.len > 0 && t.at[0] == '-';
    size_t i = is_negative, whole = 0;
    int behind = -1; /* digits behind the point; -1 before it */
    int64_t value = 0;
    bool up = false;
    for (; i < t.len; i++) {
        char c = t.at[i];
        if ((c == '.' || c == ',') && behind < 0 && whole > 0) {
            behind = 0;
        } else if (c < '0' || c > '9') {
            return false;
        } else if (behind >= places) {
            if (!round)
                return false;
            up = behind == places ? c >= '5' : up;
            behind++;
        } else {
            if (__builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, c - '0', &value))
                return false;
            whole += behind < 0;
            behind += behind >= 0;
        }
    }
    if (whole == 0 || behind == 0)
        return false;
    for (int digits = behind < 0 ? 0 : behind; digits < places; digits++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    if (__builtin_add_overflow(value, up, &value))
        return false;
    *ret_value = is_negative ? -value : value;
    return true;
}

static void read_id(const struct place *p, const struct input *in)
{
    uint128 id;
    if (in->kind != INPUT_TEXT || uuid_parse(text_trim(in->text), &id) != OK || id == 0)
        fail(p,
             N_("This is not an id we know. Ids look like 0190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7b."));
    else
        memcpy(p->into, &id, sizeof id);
}

/* Line breaks become "\n". NULL, or what is wrong. */
static const char *text_clean(struct arena *a, struct text t, bool has_lines, struct text *ret)
{
    char *out = arena_alloc(a, t.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        unsigned char next = i + 1 < t.len ? (unsigned char)t.at[i + 1] : 0;
        if (c == '\r' && next == '\n')
            continue;
        if (c == '\r')
            c = '\n';
        if (!has_lines && c == '\n')
            return N_("Write this on one line.");
        bool is_control = (c < ' ' && c != '\n' && !(has_lines && c == '\t')) || c == 0x7f ||
                          (c == 0xc2 && next >= 0x80 && next <= 0x9f);
        if (is_control)
            return N_("This has a character in it that can't be shown. Please write it again.");
        out[len++] = (char)c;
    }
    *ret = (struct text){ out, len };
    return NULL;
}

static void read_text(const struct place *p, const struct input *in)
{
    const struct field *f = p->field;
    assert(f->max > 0); /* every text has a limit */
    if (in->kind != INPUT_TEXT) {
        fail(p, N_("This must be text."));
        return;
    }
    struct text t;
    const char *wrong = !text_utf8_ok(in->text) ? N_("This text is not valid UTF-8.")
                                                : text_clean(p->reading->arena, text_trim(in->text),
                                                             (f->flags & FIELD_LINES) != 0, &t);
    if (wrong != NULL) {
        fail(p, wrong);
        return;
    }
    int64_t chars = (int64_t)text_chars(t);
    if (chars > f->max)
        fail(p, N_("Use at most {max} characters."));
    else if (chars < f->min)
        fail(p, N_("Use at least {min} characters."));
    else
        *(struct text *)p->into = t;
}

/* An absolute http or https address with a host, and nothing that could break out of a page. */
static bool url_ok(struct text t)
{
    size_t from = text_starts(t, "https://") ? 8 : text_starts(t, "http://") ? 7 : 0;
    if (from == 0 || from == t.len || memchr("/?#:@", t.at[from], 5) != NULL)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c <= ' ' || c == 0x7f || strchr("\"'<>\\^`{|}", c) != NULL)
            return false;
    }
    return true;
}

static void read_url(const struct place *p, const struct input *in)
{
    struct text *t = p->into;
    read_text(p, in);
    if (t->at != NULL && !url_ok(*t)) {
        *t = TEXT_NONE;
        fail(p, N_("This is not a web address. Write it like https://example.org."));
    }
}

static bool int_of(const struct input *in, int64_t *ret_value)
{
    if (in->kind == INPUT_INT)
        *ret_value = in->integer;
    else if (in->kind == INPUT_MICRO && in->integer % 1000000 == 0) /* 2.0 is whole, too */
        *ret_value = in->integer / 1000000;
    else if (in->kind != INPUT_TEXT || !in->is_form ||
             text_int(text_trim(in->text), ret_value) != OK)
        return false;
    return *ret_value != INT_NONE;
}

/* A maximum of 0 is none; both 0: any number will do. */
static bool in_range(const struct field *f, int64_t value)
{
    return (f->min == 0 && f->max == 0) || (value >= f->min && (f->max == 0 || value <= f->max));
}

static void read_int(const struct place *p, const struct input *in)
{
    int64_t value;
    if (!int_of(in, &value))
        fail(p, N_("This must be a whole number."));
    else if (in_range(p->field, value))
        set_int(p, value);
    else
        fail(p, p->field->max == 0 ? N_("Choose a number of at least {min}.")
                                   : N_("Choose a number from {min} to {max}."));
}

static void fail_amount(const struct place *p, const char *message)
{
    struct field_errors *errors = p->reading->errors;
    size_t count = errors->count;
    fail(p, message);
    if (errors->count > count)
        errors->at[count].is_coins = true;
}

static void read_coins(const struct place *p, const struct input *in)
{
    if (!in->is_form) {
        read_int(p, in);
        return;
    }
    int64_t cents;
    if (!decimal_parse(text_trim(in->text), 2, false, &cents))
        fail(p, N_("This is not an amount we understand. Write it like 7,50."));
    else if (in_range(p->field, cents))
        set_int(p, cents);
    else
        fail_amount(p, p->field->max == 0 ? N_("Choose an amount of at least {min}.")
                                          : N_("Choose an amount from {min} to {max}."));
}

static void read_bool(const struct place *p, const struct input *in)
{
    bool value = false, is_bool = in->kind == INPUT_BOOL;
    if (is_bool) {
        value = in->boolean;
    } else if (in->is_form && in->kind == INPUT_TEXT) {
        struct text t = text_trim(in->text);
        value = text_is(t, "on") || text_is(t, "true") || text_is(t, "1");
        is_bool = value || text_is(t, "off") || text_is(t, "false") || text_is(t, "0");
    }
    if (is_bool)
        *(bool *)p->into = value;
    else
        fail(p, in->is_form ? N_("Choose yes or no.") : N_("This must be true or false."));
}

/* What <input type="datetime-local"> sends: no zone, so the clock on the wall is meant. */
static err local_parse(struct arena *a, struct text t, struct instant *ret)
{
    struct text whole = text_format(a, t.len == 16 ? "%.*s:00Z" : "%.*sZ", TEXT_ARGS(t));
    struct instant as_utc;
    TRY(instant_parse(whole, &as_utc));
    struct civil c = civil_of(as_utc);
    c.minute -= c.offset_minutes;
    *ret = civil_to_instant(&c);
    return OK;
}

static void read_instant(const struct place *p, const struct input *in)
{
    struct instant value = { 0 };
    struct text t = in->kind == INPUT_TEXT ? text_trim(in->text) : TEXT_NONE;
    err e = instant_parse(t, &value);
    if (e != OK && in->is_form)
        e = local_parse(p->reading->arena, t, &value);
    if (e != OK || value.us == 0)
        fail(p, N_("This is not a time we understand. Write it like 2026-11-24T20:15:00Z."));
    else
        set_int(p, value.us);
}

static void read_date(const struct place *p, const struct input *in)
{
    struct instant value;
    if (in->kind != INPUT_TEXT || date_parse(text_trim(in->text), &value) != OK || value.us == 0)
        fail(p, N_("This is not a date we understand. Write it like 2026-11-24."));
    else
        set_int(p, value.us);
}

static void read_choice(const struct place *p, const struct input *in)
{
    int64_t index =
        in->kind == INPUT_TEXT ? choice_index(p->field->choices, text_trim(in->text)) : -1;
    if (index < 0)
        fail(p, N_("Choose one of the options."));
    else
        set_int(p, index);
}

static void set_point(const struct place *p, int64_t latitude, int64_t longitude)
{
    struct point point = { latitude, longitude };
    const int64_t degree = 1000000;
    if (latitude < -90 * degree || latitude > 90 * degree || longitude < -180 * degree ||
        longitude > 180 * degree || (latitude == 0 && longitude == 0))
        fail(p, N_("This is not a place on the map."));
    else
        memcpy(p->into, &point, sizeof point);
}

static bool degrees_of(const struct input *in, int64_t *ret_udeg)
{
    *ret_udeg = in->integer;
    if (in->kind == INPUT_INT)
        return !__builtin_mul_overflow(in->integer, 1000000, ret_udeg);
    return in->kind == INPUT_MICRO;
}

/* GeoJSON: {"type":"Point","coordinates":[longitude, latitude, perhaps a height]} */
static void read_point_json(const struct place *p, struct input *in)
{
    use_all(in); /* foreign members are to be ignored (RFC 7946, 6.1) */
    if (in->kind != INPUT_OBJECT) {
        fail(p, N_("This must be a GeoJSON Point."));
        return;
    }
    const struct input *type = input_get(in, "type"), *list = input_get(in, "coordinates");
    int64_t latitude, longitude;
    struct place at = *p;
    if (type == NULL || type->kind != INPUT_TEXT || !text_is(type->text, "Point")) {
        at.path = path_join(p->reading->arena, p->path, "type");
        fail(&at, N_("This must be a GeoJSON Point."));
        return;
    }
    at.path = path_join(p->reading->arena, p->path, "coordinates");
    if (list == NULL || list->kind != INPUT_LIST || list->count < 2 || list->count > 3 ||
        !degrees_of(list->first, &longitude) || !degrees_of(list->first->next, &latitude))
        fail(&at, N_("This must be a longitude and a latitude, in degrees."));
    else
        set_point(&at, latitude, longitude);
}

static void fail_missing(const struct place *p)
{
    if ((p->field->flags & FIELD_OPTIONAL) == 0)
        fail(p, N_("Fill this in."));
}

/* Forms: the fields latitude and longitude; or, as in a query, both in one: "50.88,5.98". */
static void read_point_form(const struct place *p, struct input *object, struct input *in)
{
    struct arena *a = p->reading->arena;
    struct text prefix = { p->path.at, p->path.len - strlen(p->field->name) };
    struct text texts[2] = { TEXT_NONE, TEXT_NONE };
    static const char *const names[2] = { "latitude", "longitude" };
    struct place at = *p;
    int64_t udeg[2];
    if (!is_absent(in)) {
        struct text rest = in->text;
        bool is_two = text_split(&rest, ',', &texts[0]) && text_split(&rest, ',', &texts[1]) &&
                      rest.at == NULL; /* so the decimal mark is a point here */
        if (!is_two)
            texts[0] = TEXT_NONE;
    } else {
        for (size_t i = 0; i < 2; i++) {
            struct input *part =
                find(object, text_format(a, "%.*s%s", TEXT_ARGS(prefix), names[i]), names[i]);
            if (part != NULL)
                part->used = true;
            if (!is_absent(part))
                texts[i] = part->text;
        }
        if (texts[0].at == NULL && texts[1].at == NULL) {
            fail_missing(p);
            return;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        if (decimal_parse(text_trim(texts[i]), 6, true, &udeg[i]))
            continue;
        if (is_absent(in))
            at.path = text_format(a, "%.*s%s", TEXT_ARGS(prefix), names[i]);
        fail(&at, N_("This is not a place on the map. Write degrees like 50.888."));
        return;
    }
    set_point(p, udeg[0], udeg[1]);
}

static void read_fields(struct reading *r, const struct schema *s, struct text path,
                        struct input *in, void *into);

static void read_list(const struct place *p, struct input *in)
{
    const struct field *f = p->field;
    assert(f->max > 0); /* every list has a limit */
    if (in->kind != INPUT_LIST) {
        use_all(in);
        fail(p, N_("This must be a list."));
        return;
    }
    if (in->count > f->max || in->count < f->min) {
        use_all(in);
        fail(p, in->count > f->max ? N_("Give at most {max} of these.")
                                   : N_("Give at least {min} of these."));
        return;
    }
    unsigned char *rows = arena_array(p->reading->arena, in->count + 1U, f->schema->size);
    size_t count = 0;
    for (struct input *i = in->first; i != NULL; i = i->next, count++) {
        struct place member = *p;
        member.path = text_format(p->reading->arena, "%.*s.%zu", TEXT_ARGS(p->path), count);
        if (i->kind == INPUT_OBJECT) {
            read_fields(p->reading, f->schema, member.path, i, rows + count * f->schema->size);
        } else {
            use_all(i);
            fail(&member, N_("This must be an object."));
        }
    }
    *(struct schema_list *)p->into = (struct schema_list){ rows, count };
}

/* A value that is there, of any kind but POINT in a form. */
static void read_value(const struct place *p, struct input *in)
{
    switch (p->field->kind) {
    case FIELD_ID:
        read_id(p, in);
        break;
    case FIELD_TEXT:
        read_text(p, in);
        break;
    case FIELD_URL:
        read_url(p, in);
        break;
    case FIELD_INT:
        read_int(p, in);
        break;
    case FIELD_COINS:
        read_coins(p, in);
        break;
    case FIELD_BOOL:
        read_bool(p, in);
        break;
    case FIELD_INSTANT:
        read_instant(p, in);
        break;
    case FIELD_DATE:
        read_date(p, in);
        break;
    case FIELD_CHOICE:
        read_choice(p, in);
        break;
    case FIELD_POINT:
        read_point_json(p, in);
        break;
    case FIELD_OBJECT:
        if (in->kind == INPUT_OBJECT)
            read_fields(p->reading, p->field->schema, p->path, in, p->into);
        else
            fail(p, N_("This must be an object."));
        break;
    case FIELD_LIST:
        read_list(p, in);
        break;
    }
}

static bool form_has_any(const struct input *in, struct text path)
{
    for (const struct input *i = in->first; i != NULL; i = i->next)
        if (i->name.len > path.len && i->name.at[path.len] == '.' &&
            text_eq((struct text){ i->name.at, path.len }, path) && !is_absent(i))
            return true;
    return false;
}

static void read_field(struct place *p, struct input *object)
{
    const struct field *f = p->field;
    bool is_form = object->is_form;
    struct text name = text_of(f->name);
    if (is_form && f->kind == FIELD_COINS && text_ends(name, "Cents"))
        p->path.len -= strlen("Cents");
    if (is_form && f->kind == FIELD_OBJECT) {
        if (form_has_any(object, p->path) || (f->flags & FIELD_OPTIONAL) == 0)
            read_fields(p->reading, f->schema, p->path, object, p->into);
        return;
    }
    struct input *in = find(object, p->path, f->name);
    if (in != NULL)
        in->used = true;
    if (is_form && f->kind == FIELD_POINT) {
        read_point_form(p, object, in);
    } else if (is_absent(in)) {
        if (!(is_form && f->kind == FIELD_BOOL))
            fail_missing(p);
    } else {
        bool has_members = f->kind == FIELD_OBJECT || f->kind == FIELD_LIST;
        if (!has_members)
            use_all(in); /* of a wrong kind, maybe: one error is enough */
        read_value(p, in);
    }
}

static void read_fields(struct reading *r, const struct schema *s, struct text path,
                        struct input *in, void *into)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        if ((f->flags & FIELD_ADDED) != 0)
            continue;
        struct place p = {
            .reading = r,
            .field = f,
            .path = path_join(r->arena, path, f->name),
            .into = (unsigned char *)into + f->at,
        };
        set_none(f, p.into);
        read_field(&p, in);
    }
}

void schema_read(struct arena *a, const struct schema *s, struct input *in, void *into,
                 struct field_errors *errors)
{
    assert(in->kind == INPUT_OBJECT);
    struct reading r = { .arena = a, .errors = errors };
    read_fields(&r, s, TEXT(""), in, into);
}

static void unknown_in(struct input *in, struct text path, struct field_errors *errors)
{
    size_t index = 0;
    for (struct input *i = in->first; i != NULL; i = i->next, index++) {
        struct buf name = buf_new(errors->arena, 4096);
        if (path.len > 0) {
            buf_add(&name, path);
            buf_char(&name, '.');
        }
        if (in->kind == INPUT_LIST) {
            buf_int(&name, (int64_t)index);
        } else {
            buf_add(&name, i->name);
            if (!i->used) {
                field_errors_add(errors, buf_text(&name), N_("Unknown field."), 0, 0);
                continue;
            }
        }
        if (i->kind == INPUT_OBJECT || i->kind == INPUT_LIST)
            unknown_in(i, buf_text(&name), errors);
    }
}

void schema_unknown(struct input *in, struct field_errors *errors)
{
    assert(in->kind == INPUT_OBJECT);
    static const char *const taken_elsewhere[] = { "csrf", "idempotencyKey" };
    for (size_t i = 0; i < sizeof taken_elsewhere / sizeof taken_elsewhere[0]; i++) {
        struct input *field = input_get(in, taken_elsewhere[i]);
        if (field != NULL)
            use_all(field);
    }
    unknown_in(in, TEXT(""), errors);
}
