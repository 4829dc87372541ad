/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* GeoJSON (RFC 7946): a FeatureCollection of Points. The collection is walked here, so that a large
 * file costs no more memory than its largest feature; each feature is parsed by jansson. */
#include "codec/table_build.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char not_json[] = N_("This is not valid JSON.");

static char char_at(const struct table *t, size_t at)
{
    return at < t->content.len ? t->content.at[at] : '\0';
}

static size_t space_skip(const struct table *t, size_t at)
{
    while (at < t->content.len && strchr(" \t\r\n", t->content.at[at]) != NULL &&
           t->content.at[at] != '\0')
        at++;
    return at;
}

/* Behind the string that starts at `at`; 0 when it doesn't end. */
static size_t string_skip(const struct table *t, size_t at)
{
    for (at++; at < t->content.len; at++) {
        if (t->content.at[at] == '\\')
            at++;
        else if (t->content.at[at] == '"')
            return at + 1;
    }
    return 0;
}

/* Behind the value that starts at `at`; 0 when it doesn't end. Only brackets and strings matter
 * here: what is inside is checked when it is parsed. */
static size_t value_skip(const struct table *t, size_t at)
{
    size_t depth = 0;
    while (at < t->content.len) {
        char c = t->content.at[at];
        if (c == '"') {
            at = string_skip(t, at);
            if (at == 0)
                return 0;
            if (depth == 0)
                return at;
            continue;
        }
        if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return at; /* behind a number or word */
            if (--depth == 0)
                return at + 1;
        } else if (depth == 0 && (c == ',' || strchr(" \t\r\n", c) != NULL)) {
            return at;
        }
        at++;
    }
    return 0;
}

/* Shows the features' array (its offset is behind '[') and whether the type is right. */
static const char *collection_survey(const struct table *t, size_t *ret_features)
{
    size_t at = space_skip(t, t->offset), features = 0;
    bool has_type = false;
    if (char_at(t, at) != '{')
        return not_json;
    at = space_skip(t, at + 1);
    while (char_at(t, at) == '"') {
        size_t end = string_skip(t, at);
        struct text key = { t->content.at + at, end == 0 ? 0 : end - at };
        size_t value = end == 0 ? 0 : space_skip(t, end);
        if (end == 0 || char_at(t, value) != ':')
            return not_json;
        value = space_skip(t, value + 1);
        end = value_skip(t, value);
        if (end <= value)
            return not_json;
        if (text_is(key, "\"features\"") && char_at(t, value) == '[')
            features = value + 1;
        if (text_is(key, "\"type\""))
            has_type = text_is((struct text){ t->content.at + value, end - value },
                               "\"FeatureCollection\"");
        at = space_skip(t, end);
        if (char_at(t, at) == '}')
            break;
        if (char_at(t, at) != ',')
            return not_json;
        at = space_skip(t, at + 1);
    }
    if (char_at(t, at) != '}' || space_skip(t, at + 1) != t->content.len)
        return not_json;
    *ret_features = features;
    return has_type && features != 0 ? NULL : N_("This must be a GeoJSON FeatureCollection.");
}

/* Takes the next feature. False at the end of the array. */
static bool feature_take(struct table *t, struct text *ret_feature)
{
    size_t at = space_skip(t, t->offset);
    while (char_at(t, at) == ',')
        at = space_skip(t, at + 1);
    size_t end = value_skip(t, at);
    if (end <= at) {
        t->offset = at;
        return false;
    }
    *ret_feature = (struct text){ t->content.at + at, end - at };
    t->offset = end;
    t->line++;
    return true;
}

static const char *coordinates_read(json_t *feature, double *ret_longitude, double *ret_latitude)
{
    json_t *geometry = json_object_get(feature, "geometry");
    json_t *list = json_object_get(geometry, "coordinates");
    const char *type = json_string_value(json_object_get(geometry, "type"));
    if (type == NULL || strcmp(type, "Point") != 0)
        return N_("This is not a point on the map.");
    json_t *longitude = json_array_get(list, 0), *latitude = json_array_get(list, 1);
    if (!json_is_number(longitude) || !json_is_number(latitude))
        return N_("The coordinates must be two numbers: longitude and latitude.");
    *ret_longitude = json_number_value(longitude);
    *ret_latitude = json_number_value(latitude);
    if (fabs(*ret_longitude) > 180 || fabs(*ret_latitude) > 90)
        return N_("The coordinates must be degrees: longitude first, then latitude (WGS 84).");
    return NULL;
}

static const char *feature_parse(struct text text, json_t **ret_feature)
{
    if (text.len > TABLE_ROW_BYTES_MAX)
        return N_("This row is too long.");
    json_t *feature = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
    const char *type = json_string_value(json_object_get(feature, "type"));
    const char *problem = NULL;
    json_t *properties = json_object_get(feature, "properties");
    if (feature == NULL)
        problem = not_json;
    else if (type == NULL || strcmp(type, "Feature") != 0)
        problem = N_("This is not a GeoJSON Feature.");
    else if (properties != NULL && !json_is_object(properties) && !json_is_null(properties))
        problem = N_("The properties must be an object.");
    if (problem != NULL)
        json_decref(feature);
    else
        *ret_feature = feature;
    return problem;
}

static struct text degrees_text(struct arena *a, double degrees)
{
    struct text t = text_format(a, "%.6f", degrees);
    while (text_ends(t, "0"))
        t.len--;
    if (text_ends(t, "."))
        t.len--;
    return text_is(t, "-0") ? TEXT("0") : t;
}

static struct text real_text(struct arena *a, double value)
{
    struct text t = TEXT_NONE; /* as short as it can be without losing anything */
    for (int digits = 15; digits <= 17; digits++) {
        t = text_format(a, "%.*g", digits, value);
        if (strtod(t.at, NULL) == value)
            break;
    }
    return t;
}

static struct text value_text(struct arena *a, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_STRING:
        return text_copy(a, (struct text){ json_string_value(json), json_string_length(json) });
    case JSON_INTEGER:
        return text_format(a, "%lld", (long long)json_integer_value(json));
    case JSON_REAL:
        return real_text(a, json_real_value(json));
    case JSON_TRUE:
        return TEXT("true");
    case JSON_FALSE:
        return TEXT("false");
    case JSON_NULL:
        return TEXT_NONE;
    case JSON_OBJECT:
    case JSON_ARRAY:
        break;
    }
    size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
    char *at = arena_alloc(a, len + 1);
    json_dumpb(json, at, len, JSON_COMPACT);
    return (struct text){ at, len };
}

static const char *columns_add(struct table *t, struct arena *a, json_t *properties)
{
    const char *key;
    json_t *value;
    json_object_foreach(properties, key, value)
    {
        struct text name = text_of(key);
        if (table_column_of(t, name) >= 0)
            continue;
        if (t->column_count == TABLE_COLUMNS_MAX)
            return N_("There are more than 64 columns.");
        t->columns[t->column_count++].name = text_copy(a, name);
    }
    return NULL;
}

const char *table_geojson_open(struct table *t, struct arena *a)
{
    size_t first;
    const char *problem = collection_survey(t, &first);
    if (problem != NULL)
        return problem;
    t->columns[t->column_count++].name = TEXT("latitude");
    t->columns[t->column_count++].name = TEXT("longitude");
    struct text text;
    t->offset = first;
    while (problem == NULL && feature_take(t, &text)) {
        json_t *feature;
        if (feature_parse(text, &feature) != NULL)
            continue; /* told when its row is read */
        problem = columns_add(t, a, json_object_get(feature, "properties"));
        json_decref(feature);
    }
    t->offset = first;
    t->line = 1;
    return problem;
}

static const char *row_fill(const struct table *t, struct arena *a, struct text text,
                            struct text *values)
{
    json_t *feature;
    double longitude = 0, latitude = 0;
    const char *problem = feature_parse(text, &feature);
    if (problem != NULL)
        return problem;
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(feature, "properties"), key, value)
    {
        int64_t column = table_column_of(t, text_of(key));
        if (column >= 2) /* a property called latitude gives way to the point's */
            values[column] = value_text(a, value);
    }
    problem = coordinates_read(feature, &longitude, &latitude);
    json_decref(feature);
    if (problem == NULL) {
        values[0] = degrees_text(a, latitude);
        values[1] = degrees_text(a, longitude);
    }
    return problem;
}

bool table_geojson_next(struct table *t, struct arena *a, struct table_row *ret_row)
{
    struct text text;
    int64_t number = t->line;
    if (!feature_take(t, &text)) {
        t->offset = t->content.len;
        return false;
    }
    struct text *values = ARENA_ARRAY(a, struct text, TABLE_COLUMNS_MAX);
    *ret_row = (struct table_row){
        .values = values,
        .line = number,
        .problem = row_fill(t, a, text, values),
    };
    return true;
}
