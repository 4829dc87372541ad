/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 26);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

struct member {
    struct text name;
    int64_t count;
};
struct row {
    struct task_id id;
    struct text title, note, link;
    int64_t minutes, category;
    struct coins reward;
    bool urgent;
    struct instant at, day;
    struct point location;
    struct member one;
    struct schema_list list;
};

static const char *const categories[] = { "green", "clean", "social", NULL };
#define AT(m) .at = offsetof(struct member, m)
static const struct field member_fields[] = {
    { "name", FIELD_TEXT, 0, AT(name), .max = 5, .about = "Name" },
    { "count", FIELD_INT, FIELD_OPTIONAL, AT(count), .min = -5, .max = 5, .about = "How many" },
};
static const struct schema member_schema = SCHEMA("Member", struct member, member_fields);
#undef AT
#define AT(m) .at = offsetof(struct row, m)
/* Each kind once; `optional` and `must` differ in their flags only. */
#define FIELDS(flags)                                                                              \
    {                                                                                              \
        { "id", FIELD_ID, (flags), AT(id), .about = "Id" },                                        \
            { "title", FIELD_TEXT, (flags), AT(title), .min = 3, .max = 10, .about = "Title" },    \
            { "note", FIELD_TEXT, (flags) | FIELD_LINES, AT(note), .max = 20, .about = "Note" },   \
            { "link", FIELD_URL, (flags), AT(link), .max = 40, .about = "Link" },                  \
            { "minutes", FIELD_INT, (flags), AT(minutes), .min = 5, .max = 480, .about = "Time" }, \
            { "category",   FIELD_CHOICE,          (flags),                                        \
              AT(category), .choices = categories, .about = "Kind" },                              \
            { "rewardCents", FIELD_COINS,  (flags),          AT(reward),                           \
              .min = 1,      .max = 10000, .about = "Reward" },                                    \
            { "urgent", FIELD_BOOL, (flags), AT(urgent), .about = "Soon" },                        \
            { "at", FIELD_INSTANT, (flags), AT(at), .about = "When" },                             \
            { "day", FIELD_DATE, (flags), AT(day), .about = "Day" },                               \
            { "location", FIELD_POINT, (flags), AT(location), .about = "Where" },                  \
            { "one", FIELD_OBJECT, (flags), AT(one), .schema = &member_schema, .about = "One" },   \
            { "list",                                                                              \
              FIELD_LIST,                                                                          \
              (flags),                                                                             \
              AT(list),                                                                            \
              .min = 1,                                                                            \
              .max = 3,                                                                            \
              .schema = &member_schema,                                                            \
              .about = "Some" },                                                                   \
            { "added", FIELD_INT, FIELD_ADDED, .about = "Put by the slice" },                      \
    }
static const struct field optional_fields[] = FIELDS(FIELD_OPTIONAL);
static const struct field must_fields[] = FIELDS(0);
static const struct field nullable_fields[] = FIELDS(FIELD_NULLABLE);
static const struct schema optional = SCHEMA("Row", struct row, optional_fields);
static const struct schema must = SCHEMA("Row", struct row, must_fields);
static const struct schema nullable = SCHEMA("Row", struct row, nullable_fields);

static const char full_json[] =
    "{\"id\":\"0190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7b\",\"title\":\"Bench\",\"note\":\"a\\nb\","
    "\"link\":\"https://example.org/a?b=c#d\",\"minutes\":90,\"category\":\"clean\","
    "\"rewardCents\":750,\"urgent\":true,\"at\":\"2026-11-24T20:15:32.25Z\",\"day\":\"2026-11-24\","
    "\"location\":{\"type\":\"Point\",\"coordinates\":[5.981,50.888123]},"
    "\"one\":{\"name\":\"x\",\"count\":-5},\"list\":[{\"name\":\"a\"},{\"name\":\"b\",\"count\":0}]}";

static struct field_errors *errors;

static struct input *json_of(const char *json)
{
    struct input *in = NULL;
    if (input_json(arena, text_of(json), &in) != OK)
        fail_msg("not JSON: %s", json);
    return in;
}

static struct input *form_of(const char *form)
{
    struct input *in = NULL;
    if (input_form(arena, text_of(form), &in) != OK)
        fail_msg("not a form: %s", form);
    return in;
}

static struct row read_row(const struct schema *s, struct input *in)
{
    struct row row;
    memset(&row, 0xa5, sizeof row);
    errors = ARENA_NEW(arena, struct field_errors);
    errors->arena = arena;
    schema_read(arena, s, in, &row, errors);
    schema_unknown(in, errors);
    return row;
}

/* "field: message" of each error, in lines. */
static const char *told(void)
{
    struct buf b = buf_new(arena, 1 << 20);
    for (size_t i = 0; i < errors->count; i++)
        buf_format(&b, "%s%.*s: %s", i == 0 ? "" : "\n", TEXT_ARGS(errors->at[i].field),
                   errors->at[i].message);
    return text_cstr(arena, buf_text(&b));
}

static const char *json_text(const struct schema *s, const struct row *row)
{
    struct text json = TEXT_NONE;
    assert_int_equal(view_json(arena, schema_view(arena, s, row), 1 << 20, &json), OK);
    return text_cstr(arena, json);
}

static void assert_row_full(const struct row *row)
{
    assert_true(text_is(uuid_text(arena, row->id.v), "0190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7b"));
    assert_true(text_is(row->title, "Bench"));
    assert_true(text_is(row->note, "a\nb"));
    assert_int_equal(row->minutes, 90);
    assert_int_equal(row->category, 1);
    assert_int_equal(row->reward.cents, 750);
    assert_true(row->urgent);
    assert_int_equal(row->location.latitude_udeg, 50888123);
    assert_int_equal(row->location.longitude_udeg, 5981000);
    assert_int_equal(row->one.count, -5);
}

static void test_json_there_and_back(void **state)
{
    (void)state;
    struct row row = read_row(&must, json_of(full_json));
    assert_string_equal(told(), "");
    assert_row_full(&row);
    assert_int_equal(row.list.count, 2);
    const struct member *members = row.list.at;
    assert_true(text_is(members[1].name, "b"));
    assert_true(members[0].count == INT_NONE);
    assert_string_equal(json_text(&must, &row), full_json);
    assert_string_equal(json_text(&nullable, &row), full_json);
}

static void test_form(void **state)
{
    (void)state;
    struct row row = read_row(
        &optional,
        form_of("csrf=x&idempotencyKey=y&id=0190a5b2-7c3d-7e4f-8a1b-2c3d4e5f6a7b&title=+Bench+&"
                "note=a%0D%0Ab%0D%0A&link=https://example.org&minutes=90&category=clean&"
                "reward=7,5&urgent=on&at=2026-07-01T20:15&day=2026-11-24&latitude=50,888123&"
                "longitude=5.981&one.name=x&one.count=-5"));
    assert_string_equal(told(), "");
    assert_row_full(&row);
    assert_true(text_is(instant_text(arena, row.at), "2026-07-01T18:15:00Z"));
    assert_true(text_is(row.one.name, "x"));
    assert_null(row.list.at);

    row = read_row(&optional, form_of("location=50.888123,5.981&at=2026-01-01T20:15:30"));
    assert_string_equal(told(), "");
    assert_int_equal(row.location.latitude_udeg, 50888123);
    assert_int_equal(row.location.longitude_udeg, 5981000);
    assert_true(text_is(instant_text(arena, row.at), "2026-01-01T19:15:30Z"));
}

static void assert_all_none(const struct row *row)
{
    assert_true(row->id.v == 0);
    assert_null(row->title.at);
    assert_null(row->note.at);
    assert_null(row->link.at);
    assert_true(row->minutes == INT_NONE);
    assert_true(row->category == INT_NONE);
    assert_true(row->reward.cents == INT_NONE);
    assert_false(row->urgent);
    assert_int_equal(row->at.us, 0);
    assert_int_equal(row->day.us, 0);
    assert_int_equal(row->location.latitude_udeg, 0);
    assert_int_equal(row->location.longitude_udeg, 0);
    assert_null(row->one.name.at);
    assert_true(row->one.count == INT_NONE);
    assert_null(row->list.at);
    assert_int_equal(row->list.count, 0);
}

static void test_absent(void **state)
{
    (void)state;
    static const char *const absent_json[] = {
        "{}",
        "{\"id\":null,\"title\":null,\"note\":\"\",\"link\":\" \",\"minutes\":null,\"at\":null,"
        "\"category\":null,\"location\":null,\"one\":null,\"list\":null,\"urgent\":null}",
    };
    static const char *const absent_form[] = {
        "",
        "id=&title=++&note=%0D%0A&link=&minutes=&category=&reward=&urgent=&at=&day=&latitude=&"
        "longitude=&location=&one.name=&one.count=",
    };
    for (size_t i = 0; i < 2; i++) {
        struct row row = read_row(&optional, json_of(absent_json[i]));
        assert_string_equal(told(), "");
        assert_all_none(&row);
        assert_string_equal(json_text(&optional, &row), "{\"urgent\":false}");
        row = read_row(&optional, form_of(absent_form[i]));
        if (i == 0) {
            assert_string_equal(told(), "");
        }
        assert_all_none(&row);
    }
    struct row row = read_row(&must, json_of("{}"));
    assert_string_equal(told(),
                        "id: Fill this in.\ntitle: Fill this in.\nnote: Fill this in.\n"
                        "link: Fill this in.\nminutes: Fill this in.\ncategory: Fill this in.\n"
                        "rewardCents: Fill this in.\nurgent: Fill this in.\nat: Fill this in.\n"
                        "day: Fill this in.\nlocation: Fill this in.\none: Fill this in.\n"
                        "list: Fill this in.");
    assert_all_none(&row);
    assert_string_equal(json_text(&nullable, &row),
                        "{\"id\":null,\"title\":null,\"note\":null,\"link\":null,\"minutes\":null,"
                        "\"category\":null,\"rewardCents\":null,\"urgent\":false,\"at\":null,"
                        "\"day\":null,\"location\":null,\"one\":null,\"list\":null}");
    row = read_row(&must, form_of(""));
    assert_string_equal(told(),
                        "id: Fill this in.\ntitle: Fill this in.\nnote: Fill this in.\n"
                        "link: Fill this in.\nminutes: Fill this in.\ncategory: Fill this in.\n"
                        "reward: Fill this in.\nat: Fill this in.\nday: Fill this in.\n"
                        "location: Fill this in.\none.name: Fill this in.\nlist: Fill this in.");
}

/* One wrong value at a time: which message, and that the field is none. */
static const struct {
    const char *json, *told;
} wrong_json[] = {
    { "{\"id\":1}", "id: This is not an id we know." },
    { "{\"id\":\"x\"}", "id: This is not an id we know." },
    { "{\"id\":\"00000000-0000-0000-0000-000000000000\"}", "id: This is not an id we know." },
    { "{\"title\":1}", "title: This must be text." },
    { "{\"title\":[{\"a\":1}]}", "title: This must be text." },
    { "{\"title\":\"ab\"}", "title: Use at least {min} characters." },
    { "{\"title\":\"  ab  \"}", "title: Use at least {min} characters." },
    { "{\"title\":\"12345678901\"}", "title: Use at most {max} characters." },
    { "{\"title\":\"a\\nbc\"}", "title: Write this on one line." },
    { "{\"title\":\"a\\rbc\"}", "title: Write this on one line." },
    { "{\"title\":\"a\\tbc\"}", "title: This has a character in it" },
    { "{\"title\":\"abc\\u007f\"}", "title: This has a character in it" },
    { "{\"title\":\"abc\\u0085\"}", "title: This has a character in it" },
    { "{\"note\":\"a\\u001bb\"}", "note: This has a character in it" },
    { "{\"link\":\"javascript:alert(1)\"}", "link: This is not a web address." },
    { "{\"link\":\"example.org\"}", "link: This is not a web address." },
    { "{\"link\":\"https://\"}", "link: This is not a web address." },
    { "{\"link\":\"https:///etc\"}", "link: This is not a web address." },
    { "{\"link\":\"https://a b\"}", "link: This is not a web address." },
    { "{\"link\":\"https://a\\\"b\"}", "link: This is not a web address." },
    { "{\"link\":\"HTTPS:\\/\\/a\"}", "link: This is not a web address." },
    { "{\"minutes\":\"90\"}", "minutes: This must be a whole number." },
    { "{\"minutes\":1.5}", "minutes: This must be a whole number." },
    { "{\"minutes\":true}", "minutes: This must be a whole number." },
    { "{\"minutes\":4}", "minutes: Choose a number from {min} to {max}." },
    { "{\"minutes\":481}", "minutes: Choose a number from {min} to {max}." },
    { "{\"minutes\":-9223372036854775808}", "minutes: This must be a whole number." },
    { "{\"category\":\"Green\"}", "category: Choose one of the options." },
    { "{\"category\":0}", "category: Choose one of the options." },
    { "{\"rewardCents\":0}", "rewardCents: Choose a number from {min} to {max}." },
    { "{\"rewardCents\":\"7,50\"}", "rewardCents: This must be a whole number." },
    { "{\"rewardCents\":7.5}", "rewardCents: This must be a whole number." },
    { "{\"reward\":\"7,50\"}", "reward: Unknown field." },
    { "{\"urgent\":\"on\"}", "urgent: This must be true or false." },
    { "{\"urgent\":1}", "urgent: This must be true or false." },
    { "{\"at\":\"2026-11-24T20:15\"}", "at: This is not a time we understand." },
    { "{\"at\":1700000000}", "at: This is not a time we understand." },
    { "{\"day\":\"2026-02-29\"}", "day: This is not a date we understand." },
    { "{\"day\":\"24-11-2026\"}", "day: This is not a date we understand." },
    { "{\"location\":[5,50]}", "location: This must be a GeoJSON Point." },
    { "{\"location\":{\"coordinates\":[5,50]}}", "location.type: This must be a GeoJSON Point." },
    { "{\"location\":{\"type\":\"LineString\"}}", "location.type: This must be a GeoJSON Point." },
    { "{\"location\":{\"type\":\"Point\"}}", "location.coordinates: This must be a longitude" },
    { "{\"location\":{\"type\":\"Point\",\"coordinates\":[5]}}",
      "location.coordinates: This must be a longitude" },
    { "{\"location\":{\"type\":\"Point\",\"coordinates\":[5,50,1,1]}}",
      "location.coordinates: This must be a longitude" },
    { "{\"location\":{\"type\":\"Point\",\"coordinates\":[\"5\",50]}}",
      "location.coordinates: This must be a longitude" },
    { "{\"location\":{\"type\":\"Point\",\"coordinates\":[9223372036854775807,50]}}",
      "location.coordinates: This must be a longitude" },
    { "{\"location\":{\"type\":\"Point\",\"coordinates\":[50,90.000001]}}",
      "location.coordinates: This is not a place on the map." },
    { "{\"location\":{\"type\":\"Point\",\"coordinates\":[-180.000001,50]}}",
      "location.coordinates: This is not a place on the map." },
    { "{\"location\":{\"type\":\"Point\",\"coordinates\":[0,0]}}",
      "location.coordinates: This is not a place on the map." },
    { "{\"one\":[]}", "one: This must be an object." },
    { "{\"one\":{}}", "one.name: Fill this in." },
    { "{\"one\":{\"name\":\"abcdef\"}}", "one.name: Use at most {max} characters." },
    { "{\"one\":{\"name\":\"a\",\"other\":{\"b\":1}}}", "one.other: Unknown field." },
    { "{\"list\":{}}", "list: This must be a list." },
    { "{\"list\":\"a\"}", "list: This must be a list." },
    { "{\"list\":[]}", "list: Give at least {min} of these." },
    { "{\"list\":[{},{},{},{}]}", "list: Give at most {max} of these." },
    { "{\"list\":[{\"name\":\"a\"},1]}", "list.1: This must be an object." },
    { "{\"list\":[{\"name\":\"a\"},{\"name\":\"b\",\"count\":6}]}",
      "list.1.count: Choose a number from {min} to {max}." },
    { "{\"list\":[{\"name\":\"a\",\"x\":1}]}", "list.0.x: Unknown field." },
    { "{\"added\":1}", "added: Unknown field." },
    { "{\"\":1}", ": Unknown field." },
    { "{\"csrf\":{\"a\":1}}", "" },
};

static void test_wrong_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong_json); i++) {
        struct row row = read_row(&optional, json_of(wrong_json[i].json));
        if (strncmp(told(), wrong_json[i].told, strlen(wrong_json[i].told)) != 0 ||
            strchr(told(), '\n') != NULL || (wrong_json[i].told[0] == '\0' && errors->count != 0))
            fail_msg("%s: %s", wrong_json[i].json, told());
        if (strncmp(wrong_json[i].json, "{\"one\"", 6) != 0 &&
            strncmp(wrong_json[i].json, "{\"list\":[{", 10) != 0)
            assert_all_none(&row);
    }
}

static void test_right_json(void **state)
{
    (void)state;
    struct row row = read_row(&optional, json_of("{\"minutes\":90.0,\"rewardCents\":1e2,"
                                                 "\"note\":\" a\\r\\nb\\rc\\td \","
                                                 "\"title\":\"1234567890\",\"at\":"
                                                 "\"2026-11-24T20:15:32+01:00\"}"));
    assert_string_equal(told(), "");
    assert_int_equal(row.minutes, 90);
    assert_int_equal(row.reward.cents, 100);
    assert_true(text_is(row.note, "a\nb\nc\td"));
    assert_true(text_is(instant_text(arena, row.at), "2026-11-24T19:15:32Z"));
    row =
        read_row(&optional, json_of("{\"title\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                                    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}")); /* characters */
    assert_string_equal(told(), "");
    row =
        read_row(&optional, json_of("{\"location\":{\"type\":\"Point\",\"coordinates\":[-180,90,12"
                                    "],\"crs\":{\"a\":1}}}"));
    assert_string_equal(told(), "");
    assert_int_equal(row.location.longitude_udeg, -180000000);
}

static void test_form_amounts(void **state)
{
    (void)state;
    static const struct {
        const char *form;
        int64_t cents;
        const char *told;
    } cases[] = {
        { "reward=2,50", 250, "" },
        { "reward=2.5", 250, "" },
        { "reward=+7+", 700, "" },
        { "reward=0,01", 1, "" },
        { "reward=100", 10000, "" },
        { "reward=100,00", 10000, "" },
        { "reward=100,01", INT_NONE, "reward: Choose an amount from {min} to {max}." },
        { "reward=0", INT_NONE, "reward: Choose an amount from {min} to {max}." },
        { "reward=-1", INT_NONE, "reward: Choose an amount from {min} to {max}." },
        { "reward=1.250,00", INT_NONE, "reward: This is not an amount" },
        { "reward=1,250.00", INT_NONE, "reward: This is not an amount" },
        { "reward=2,505", INT_NONE, "reward: This is not an amount" },
        { "reward=2,", INT_NONE, "reward: This is not an amount" },
        { "reward=,50", INT_NONE, "reward: This is not an amount" },
        { "reward=-", INT_NONE, "reward: This is not an amount" },
        { "reward=1e2", INT_NONE, "reward: This is not an amount" },
        { "reward=99999999999999999999", INT_NONE, "reward: This is not an amount" },
        { "reward=92233720368547758.08", INT_NONE, "reward: This is not an amount" },
        { "rewardCents=250", INT_NONE, "rewardCents: Unknown field." },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct row row = read_row(&optional, form_of(cases[i].form));
        if (row.reward.cents != cases[i].cents ||
            strncmp(told(), cases[i].told, strlen(cases[i].told)) != 0 ||
            (cases[i].told[0] == '\0') != (errors->count == 0))
            fail_msg("%s: %lld %s", cases[i].form, (long long)row.reward.cents, told());
    }
    read_row(&optional, form_of("reward=0&minutes=0"));
    assert_int_equal(errors->count, 2);
    assert_string_equal(errors->at[0].message, "Choose a number from {min} to {max}.");
    assert_false(errors->at[0].is_coins);
    assert_true(errors->at[1].is_coins);
    assert_int_equal(errors->at[1].max, 10000);
}

static void test_wrong_forms(void **state)
{
    (void)state;
    static const struct {
        const char *form, *told;
    } cases[] = {
        { "minutes=90.5", "minutes: This must be a whole number." },
        { "minutes=ninety", "minutes: This must be a whole number." },
        { "minutes=1000", "minutes: Choose a number from {min} to {max}." },
        { "urgent=maybe", "urgent: Choose yes or no." },
        { "at=2026-13-01T00:00", "at: This is not a time" },
        { "at=2026-11-24", "at: This is not a time" },
        { "latitude=50", "longitude: This is not a place on the map." },
        { "longitude=5", "latitude: This is not a place on the map." },
        { "latitude=north&longitude=5", "latitude: This is not a place on the map." },
        { "latitude=91&longitude=5", "location: This is not a place on the map." },
        { "location=50", "location: This is not a place on the map." },
        { "location=50,x", "location: This is not a place on the map." },
        { "location=50,5,6", "location: This is not a place on the map." },
        { "list=a", "list: This must be a list." },
        { "one=a", "one: Unknown field." },
        { "one.count=3", "one.name: Fill this in." },
        { "one.other=3", "one.name: Fill this in." },
        { "other=", "other: Unknown field." },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        read_row(&optional, form_of(cases[i].form));
        if (errors->count == 0 || strncmp(told(), cases[i].told, strlen(cases[i].told)) != 0)
            fail_msg("%s: %s", cases[i].form, told());
    }
    struct row row = read_row(&optional, form_of("urgent=false"));
    assert_false(row.urgent);
    row = read_row(&optional, form_of("urgent=1&latitude=50.8881234567&longitude=-0.0000005"));
    assert_string_equal(told(), "");
    assert_true(row.urgent);
    assert_int_equal(row.location.latitude_udeg, 50888123);
    assert_int_equal(row.location.longitude_udeg, -1);
}

static void test_two_schemas_share_an_input(void **state)
{
    (void)state;
    struct input *in = json_of("{\"name\":\"a\",\"title\":\"Bench\",\"left\":1}");
    struct member member;
    struct row row;
    errors = ARENA_NEW(arena, struct field_errors);
    errors->arena = arena;
    schema_read(arena, &member_schema, in, &member, errors);
    schema_read(arena, &optional, in, &row, errors);
    assert_int_equal(errors->count, 0);
    schema_unknown(in, errors);
    assert_string_equal(told(), "left: Unknown field.");
}

static void test_empty_forms_in_views(void **state)
{
    (void)state;
    struct row row = read_row(&optional, json_of("{}"));
    row.list = (struct schema_list){ &row, 0 }; /* there, and empty */
    row.title = TEXT("");
    row.category = 2;
    assert_string_equal(json_text(&optional, &row),
                        "{\"title\":\"\",\"category\":\"social\",\"urgent\":false,\"list\":[]}");
    row.list.at = NULL;
    struct view *v = view_object(arena);
    view_put_int(arena, v, "first", 1);
    schema_view_into(arena, &must, &row, v);
    assert_int_equal(view_get(v, "list")->kind, VIEW_LIST);
    assert_int_equal(view_get(v, "location")->count, 2);
    assert_int_equal(view_get(v, "one")->kind, VIEW_OBJECT);
    assert_null(view_get(v, "added"));
    assert_int_equal(choice_index(categories, TEXT("clean")), 1);
    assert_int_equal(choice_index(categories, TEXT("clea")), -1);
    assert_int_equal(choice_index(categories, TEXT_NONE), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_there_and_back),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_wrong_json),
        cmocka_unit_test(test_right_json),
        cmocka_unit_test(test_form_amounts),
        cmocka_unit_test(test_wrong_forms),
        cmocka_unit_test(test_two_schemas_share_an_input),
        cmocka_unit_test(test_empty_forms_in_views),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
