/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/table.h"

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

/* The whole table as text: the columns, then each row as line|cell|cell, or line!column problem.
 * A cell that isn't there is "~"; a file that can't be read is "no: why". */
static const char *read_all(struct text content, bool is_geojson)
{
    struct buf b = buf_new(arena, 1 << 22);
    struct table *t = NULL;
    const char *problem = NULL;
    if (table_open(arena, content, is_geojson, &t, &problem) != OK)
        return text_cstr(arena, text_format(arena, "no: %s", problem));
    size_t count;
    const struct table_column *columns = table_columns(t, &count);
    for (size_t i = 0; i < count; i++)
        buf_format(&b, "%s%.*s", i == 0 ? "" : "|", TEXT_ARGS(columns[i].name));
    struct arena *row_arena = arena_new(1 << 20);
    struct table_row row;
    while (table_next(t, row_arena, &row)) {
        buf_format(&b, "\n%lld", (long long)row.line);
        if (row.problem != NULL)
            buf_format(&b, "!%lld %s", (long long)row.problem_column, row.problem);
        for (size_t i = 0; row.problem == NULL && i < count; i++)
            if (row.values[i].at == NULL)
                buf_cstr(&b, "|~");
            else
                buf_format(&b, "|%.*s", TEXT_ARGS(row.values[i]));
        arena_reset(row_arena);
    }
    assert_int_equal(table_offset(t), content.len);
    arena_free(row_arena);
    return text_cstr(arena, buf_text(&b));
}

#define TOO_MANY "This row has more cells than there are columns."
#define BEHIND   "There is text behind the closing quotation mark."
#define OPEN     "A quotation mark opens here and is not closed."
#define UTF8     "This is not valid UTF-8. Save the file as UTF-8 and send it again."
#define LONG     "This row is too long."

static void test_csv(void **state)
{
    (void)state;
    const struct {
        struct text csv;
        const char *read;
    } cases[] = {
        { TEXT("a,b\n1,2\n"), "a|b\n2|1|2" },
        { TEXT("a,b\r\n1,2"), "a|b\n2|1|2" },
        { TEXT("\xef\xbb\xbf"
               "a;b\r\n1,5;2\r\n"),
          "a|b\n2|1,5|2" },
        { TEXT("a\tb\n1;2\t3,4\n"), "a|b\n2|1;2|3,4" },
        { TEXT("only\n1\n2\n"), "only\n2|1\n3|2" },
        { TEXT("\"a,b\";c\n1;2\n"), "a,b|c\n2|1|2" }, /* the comma is quoted */
        { TEXT("sep=;\na,b,c;d\n1;2\n"), "a,b,c|d\n3|1|2" },
        { TEXT(" Name , Place \n x ,y\n"), "Name|Place\n2| x |y" },
        { TEXT("\n\n;;\na;b\n1;2\n"), "a|b\n5|1|2" },
        { TEXT("a,b\n\n1,2\n,\n  ,\t\n3,4\n\n"), "a|b\n3|1|2\n6|3|4" },
        { TEXT("a,b\n1\n,2\n"), "a|b\n2|1|~\n3||2" },
        { TEXT("a,b,\n1,2,\n"), "a|b|\n2|1|2|" }, /* a column without a name */
        { TEXT("a,b\n1,2,,\n3,4,5\n6,7\n"), "a|b\n2|1|2\n3!3 " TOO_MANY "\n4|6|7" },
        { TEXT("a,b\n1,2,,,5\n"), "a|b\n2!5 " TOO_MANY },
        { TEXT("a,b\n\"1\",\"\"\n"), "a|b\n2|1|" },
        { TEXT("a,b\n\"a \"\"good\"\" one\",\"\"\"\"\n"), "a|b\n2|a \"good\" one|\"" },
        { TEXT("a,b\n\"1\r\n\n2\",3\n4,5\n"), "a|b\n2|1\r\n\n2|3\n5|4|5" },
        { TEXT("a,b\n5\" pipe,x\"y\"\n"), "a|b\n2|5\" pipe|x\"y\"" },
        { TEXT("a,b\n \"1\",2\n"), "a|b\n2| \"1\"|2" },
        { TEXT("a,b\n1,\"2\" x\n3,4\n"), "a|b\n2!2 " BEHIND "\n3|3|4" },
        { TEXT("a,b\n\"1\"\"\"x,2\n3,4\n"), "a|b\n2!1 " BEHIND "\n3|3|4" },
        { TEXT("a,b\n1,\"2\n3,4\n5,6\n"), "a|b\n2!2 " OPEN "\n3|3|4\n4|5|6" },
        { TEXT("a,b\n1,\""), "a|b\n2!2 " OPEN },
        { TEXT("a,b\n1,\"2\"\""), "a|b\n2!2 " OPEN },
        { TEXT("a,b\n\"1\""), "a|b\n2|1|~" },
        { TEXT("a,b\n1,\xff\n2,3\n"), "a|b\n2!2 " UTF8 "\n3|2|3" },
        { TEXT("a,b\n1,x\0y\n"), "a|b\n2!2 " UTF8 },
        { TEXT("a,b\n1,\"\xc3\"\n"), "a|b\n2!2 " UTF8 },
        { TEXT("a,b\n1,\r\n"), "a|b\n2|1|" },
        { TEXT("a,b\n1\r,2\r"), "a|b\n2|1\r|2\r" }, /* a lone CR is no line break */
        { TEXT("a,b"), "a|b" },
        { TEXT("a,b\n"), "a|b" },
        { TEXT("a,A\n"), "no: Two columns have the same name." },
        { TEXT("a, a\n"), "no: Two columns have the same name." },
        { TEXT("a,\"b\nc"), "no: " OPEN },
        { TEXT("\xff,b\n"), "no: " UTF8 },
        { TEXT("PK\x03\x04\0\0"), "no: " UTF8 }, /* a spreadsheet's own format */
        { TEXT("\xff\xfe"
               "a\0,\0"),
          "no: This file is in UTF-16. Save it as UTF-8 and send it again." },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got = read_all(cases[i].csv, false);
        if (strcmp(got, cases[i].read) != 0)
            fail_msg("case %zu, %s\ngave %s\nnot  %s", i, cases[i].csv.at, got, cases[i].read);
    }
    static const char *const empty[] = { NULL,        "",      "\xef\xbb\xbf", "\n",
                                         "\r\n;;;\n", "sep=;", "sep=;\n" };
    for (size_t i = 0; i < COUNT(empty); i++)
        assert_string_equal(read_all(text_of(empty[i]), false),
                            "no: This file is empty. Its first line must hold the names of the "
                            "columns.");
}

static void test_columns(void **state)
{
    (void)state;
    struct table *t = NULL;
    const char *problem = NULL;
    assert_int_equal(table_open(arena, TEXT("Latitude,NAME,,id\n"), false, &t, &problem), OK);
    assert_int_equal(table_column_find(t, "name"), 1);
    assert_int_equal(table_column_find(t, "latitude"), 0);
    assert_int_equal(table_column_find(t, "Id"), 3);
    assert_int_equal(table_column_find(t, "longitude"), -1);
    assert_int_equal(table_column_find(t, "nam"), -1);
    assert_int_equal(table_offset(t), 18);
}

static struct text repeated(const char *start, const char *part, size_t times, const char *end)
{
    struct buf b = buf_new(arena, 1 << 24);
    buf_cstr(&b, start);
    for (size_t i = 0; i < times; i++)
        buf_cstr(&b, part);
    buf_cstr(&b, end);
    return buf_text(&b);
}

static void test_csv_limits(void **state)
{
    (void)state;
    const char *got = read_all(repeated("c", ",", 63, "\n1,2\n"), false);
    assert_non_null(strstr(got, "\n2|1|2|~"));
    assert_string_equal(read_all(repeated("c", ",x", 64, "\n"), false),
                        "no: There are more than 64 columns.");
    assert_non_null(strstr(read_all(repeated("a,b\n", "1,", 100, "\n5,6\n"), false),
                           "\n2!65 There are more than 64 columns.\n3|5|6"));
    /* Rows of about 100 KB: one is still read, one is told and reading goes on. */
    got = read_all(repeated("a,b\n", "0123456789", 10000, ",x\n1,2\n"), false);
    assert_non_null(strstr(got, "89|x\n3|1|2"));
    got = read_all(repeated("a,b\n", "0123456789", 20000, ",x\n1,2\n"), false);
    assert_string_equal(got, "a|b\n2!0 " LONG "\n3|1|2");
    got = read_all(repeated("a,b\n\"", "0123456789", 20000, "\",x\n1,2\n"), false);
    assert_string_equal(got, "a|b\n2!1 This row is too long, or a quotation mark is not closed."
                             "\n3|1|2");
    /* A stray quotation mark in a large file costs its own row only. */
    got = read_all(repeated("a,b\n\"1,2\n", "3,4\n", 50000, ""), false);
    assert_int_equal(strncmp(got, "a|b\n2!1 This row is too long, or", 32), 0);
    assert_non_null(strstr(got, "\n3|3|4\n"));
    assert_non_null(strstr(got, "\n50002|3|4"));
    assert_string_equal(read_all(repeated("", "0123456789", 20000, ""), false), "no: " LONG);
}

/* Every beginning of a file is read to its end, whatever it is cut through. */
static void test_csv_cut_anywhere(void **state)
{
    (void)state;
    const struct text csv = TEXT("\xef\xbb\xbf"
                                 "a;b;c\r\n1;\"x \"\"y\"\"\r\nz\";\r\n\"\";;3\xe2\x82\xac\r\n");
    for (size_t len = 0; len <= csv.len; len++)
        assert_non_null(read_all(text_copy(arena, (struct text){ csv.at, len }), false));
}

#define POINT(lon, lat)      "\"geometry\":{\"type\":\"Point\",\"coordinates\":[" lon "," lat "]}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define FEATURE(members)     "{\"type\":\"Feature\"," members "}"
#define NOT_COLLECTION       "no: This must be a GeoJSON FeatureCollection."
#define NOT_JSON             "This is not valid JSON."
#define DEGREES              "The coordinates must be degrees: longitude first, then latitude (WGS 84)."

static void test_geojson(void **state)
{
    (void)state;
    const struct {
        struct text json;
        const char *read;
    } cases[] = {
        { TEXT(COLLECTION("")), "latitude|longitude" },
        { TEXT(COLLECTION(FEATURE(POINT("5.981", "50.888")))),
          "latitude|longitude\n1|50.888|5.981" },
        { TEXT(COLLECTION(FEATURE(POINT("-0.00000001", "-90") ",\"properties\":null"))),
          "latitude|longitude\n1|-90|0" },
        { TEXT(COLLECTION(FEATURE(POINT("5", "50,12.5") ",\"properties\":{\"id\":\"B1\",\"n\":3,"
                                                        "\"h\":1.25,\"f\":0.1,\"ok\":true,\"no\":"
                                                        "false,\"none\":null,\"o\":{\"a\":[1]}}"))),
          "latitude|longitude|id|n|h|f|ok|no|none|o\n1|50|5|B1|3|1.25|0.1|true|false|~|{\"a\":[1]}" },
        { TEXT(COLLECTION(FEATURE("\"properties\":{\"a\":\"1\"}," POINT("5", "50")) "," FEATURE(
              "\"properties\":{\"b\":\"]}\\\"\",\"A\":\"2\"}," POINT("6", "51")))),
          "latitude|longitude|a|b\n1|50|5|1|~\n2|51|6|2|]}\"" },
        { TEXT(COLLECTION(
              FEATURE("\"properties\":{\"latitude\":1,\"Longitude\":2}," POINT("5", "50")))),
          "latitude|longitude\n1|50|5" },
        { TEXT("\xef\xbb\xbf { \"features\" : [ " FEATURE(
              POINT("5", "50")) " ] ,\n\"bbox\":[1,2], "
                                "\"type\" : \"FeatureCollection\" } \n"),
          "latitude|longitude\n1|50|5" },
        /* a bad feature costs itself only */
        { TEXT(COLLECTION(
              "{\"type\":}," FEATURE(POINT("5", "50")) ",1,\"a\",{\"type\":\"Point\"}," FEATURE("\"geometry\":null") "," FEATURE(
                  POINT(
                      "500",
                      "5")) "," FEATURE(POINT("\"5\"",
                                              "50")) "," FEATURE("\"properties\":[]") "," FEATURE("\"a\":1,\"a\":2") "," FEATURE(POINT("5.5",
                                                                                                                                       "50.5")))),
          "latitude|longitude\n1!0 " NOT_JSON "\n2|50|5\n3!0 " NOT_JSON "\n4!0 " NOT_JSON
          "\n5!0 This is not a GeoJSON Feature.\n6!0 This is not a point on the map.\n7!0 " DEGREES
          "\n8!0 The coordinates must be two numbers: longitude and latitude."
          "\n9!0 The properties must be an object.\n10!0 " NOT_JSON "\n11|50.5|5.5" },
        { TEXT(COLLECTION(
              FEATURE("\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[5,50]]}"))),
          "latitude|longitude\n1!0 This is not a point on the map." },
        { TEXT(COLLECTION(FEATURE(POINT("5", "50") ",\"properties\":{\"a\":\"\xff\"}"))),
          "latitude|longitude\n1!0 " NOT_JSON },
        { TEXT(COLLECTION(FEATURE(POINT("50.888e99", "5.981")))),
          "latitude|longitude\n1!0 " DEGREES },
        { TEXT("{\"type\":\"Feature\"}"), NOT_COLLECTION },
        { TEXT("{\"type\":\"FeatureCollection\"}"), NOT_COLLECTION },
        { TEXT("{\"type\":\"FeatureCollection\",\"features\":{}}"), NOT_COLLECTION },
        { TEXT("{\"features\":[]}"), NOT_COLLECTION },
        { TEXT("{}"), NOT_COLLECTION },
        { TEXT_NONE, "no: " NOT_JSON },
        { TEXT(""), "no: " NOT_JSON },
        { TEXT("[]"), "no: " NOT_JSON },
        { TEXT("a,b\n1,2\n"), "no: " NOT_JSON },
        { TEXT("{\"type\":\"FeatureCollection\",\"features\":["), "no: " NOT_JSON },
        { TEXT("{\"type\":\"FeatureCollection\",\"features\":[]"), "no: " NOT_JSON },
        { TEXT("{\"type\":\"FeatureCollection\" \"features\":[]}"), "no: " NOT_JSON },
        { TEXT("{\"type\":\"FeatureCollection\",\"features\":[]}x"), "no: " NOT_JSON },
        { TEXT("{\"type\""), "no: " NOT_JSON },
        { TEXT("{\"type"), "no: " NOT_JSON },
        { TEXT("{\"type\\"), "no: " NOT_JSON },
        { TEXT("{\"type\":"), "no: " NOT_JSON },
        { TEXT("{\"type\":,\"features\":[]}"), "no: " NOT_JSON },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got = read_all(cases[i].json, true);
        if (strcmp(got, cases[i].read) != 0)
            fail_msg("case %zu, %s\ngave %s\nnot  %s", i, cases[i].json.at, got, cases[i].read);
    }
}

static void test_geojson_limits(void **state)
{
    (void)state;
    struct buf b = buf_new(arena, 1 << 20);
    buf_cstr(
        &b, "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{");
    for (int i = 0; i < 63; i++)
        buf_format(&b, "%s\"p%d\":%d", i == 0 ? "" : ",", i, i);
    buf_cstr(&b, "}}]}");
    assert_string_equal(read_all(buf_text(&b), true), "no: There are more than 64 columns.");
    struct text deep = repeated("{\"type\":\"FeatureCollection\",\"features\":[", "[", 40000, "");
    assert_string_equal(read_all(deep, true), "no: " NOT_JSON);
    deep = repeated(text_cstr(arena, deep), "]", 40000, ",{}]}");
    assert_non_null(strstr(read_all(deep, true), "\n1!0 " NOT_JSON "\n2!0 This is not a"));
    struct text large = repeated("{\"type\":\"FeatureCollection\",\"features\":[{\"a\":\"",
                                 "0123456789", 11000, "\"},{}]}");
    assert_non_null(strstr(read_all(large, true), "\n1!0 " LONG "\n2!0 This is not a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_csv_limits), cmocka_unit_test(test_csv_cut_anywhere),
        cmocka_unit_test(test_geojson),    cmocka_unit_test(test_geojson_limits),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
