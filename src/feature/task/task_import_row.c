/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_import.h"

#include "codec/table.h"
#include "feature/task/task_internal.h"

#include <string.h>

/* Names without spaces, _ and -, in lower case; the first is the one we write. */
static const struct {
    const char *shown;
    const char *names[6];
} column_names[TASK_COLUMNS] = {
    [TASK_COLUMN_EXTERNAL_ID] = { "externalId",
                                  { "externalid", "externnummer", "externid", "objectnummer",
                                    "objectid", "id" } },
    [TASK_COLUMN_TITLE] = { "title", { "title", "titel", "naam" } },
    [TASK_COLUMN_DESCRIPTION] = { "description",
                                  { "description", "omschrijving", "beschrijving" } },
    [TASK_COLUMN_INSTRUCTIONS] = { "instructions",
                                   { "instructions", "instructies", "instructie", "stappen",
                                     "werkwijze" } },
    [TASK_COLUMN_CATEGORY] = { "category", { "category", "categorie", "soort" } },
    [TASK_COLUMN_MINUTES] = { "minutes", { "minutes", "minuten", "duur" } },
    [TASK_COLUMN_REWARD] = { "reward", { "reward", "beloning", "vergoeding" } },
    [TASK_COLUMN_LATITUDE] = { "latitude", { "latitude", "breedtegraad", "lat" } },
    [TASK_COLUMN_LONGITUDE] = { "longitude", { "longitude", "lengtegraad", "lon", "lng" } },
    [TASK_COLUMN_NEIGHBOURHOOD] = { "neighbourhoodCode",
                                    { "neighbourhoodcode", "buurtcode", "neighbourhood",
                                      "buurt" } },
    [TASK_COLUMN_KEEPER] = { "keeper", { "keeper", "beheerder" } },
    [TASK_COLUMN_EXTRA_WORK_REASON] = { "extraWorkReason",
                                        { "extraworkreason", "redenextrawerk", "redenextra",
                                          "waaromextra" } },
    [TASK_COLUMN_PLACES] = { "places", { "places", "plaatsen", "aantalplaatsen" } },
    [TASK_COLUMN_TOOLS] = { "tools", { "tools", "gereedschap", "materiaal" } },
    [TASK_COLUMN_CLAIM_HOURS] = { "claimHours",
                                  { "claimhours", "uren", "inleverenbinnenuren", "claimuren" } },
    [TASK_COLUMN_LIGHT] = { "light", { "light", "lightwork", "licht", "lichtwerk" } },
    [TASK_COLUMN_INDOOR] = { "indoor", { "indoor", "inside", "binnen" } },
    [TASK_COLUMN_WHEELCHAIR] = { "wheelchairFriendly",
                                 { "wheelchairfriendly", "wheelchair", "rolstoelvriendelijk",
                                   "rolstoel" } },
    [TASK_COLUMN_CHILD] = { "childFriendly",
                            { "childfriendly", "children", "kindvriendelijk", "kinderen" } },
};

static const struct {
    const char *name;
    enum task_category category;
} category_names[] = {
    { "bank", TASK_BENCH },
    { "bankje", TASK_BENCH },
    { "prullenbak", TASK_BIN },
    { "afvalbak", TASK_BIN },
    { "paal", TASK_BOLLARD },
    { "paaltje", TASK_BOLLARD },
    { "speeltuin", TASK_PLAYGROUND },
    { "speelplek", TASK_PLAYGROUND },
    { "onkruid", TASK_WEEDING },
    { "wieden", TASK_WEEDING },
    { "zwerfafval", TASK_LITTER },
    { "rolstoelwandeling", TASK_WHEELCHAIR_WALK },
    { "wandeling", TASK_WHEELCHAIR_WALK },
    { "avondronde", TASK_NIGHT_WATCH },
    { "buurtwacht", TASK_NIGHT_WATCH },
    { "sociaal", TASK_SOCIAL },
    { "overig", TASK_OTHER },
    { "anders", TASK_OTHER },
};

const char *task_column_name(enum task_column c)
{
    return column_names[c].shown;
}

static struct text bare_name(struct arena *a, struct text name)
{
    struct buf b = buf_new(a, 200);
    struct text lower = text_lower_ascii(a, name);
    for (size_t i = 0; i < lower.len; i++)
        if (lower.at[i] != ' ' && lower.at[i] != '_' && lower.at[i] != '-')
            buf_char(&b, lower.at[i]);
    return buf_text(&b);
}

void task_columns_find(struct arena *a, const struct table *t, struct task_columns *ret)
{
    size_t count;
    const struct table_column *columns = table_columns(t, &count);
    for (size_t c = 0; c < TASK_COLUMNS; c++) {
        ret->at[c] = -1;
        ret->names[c] = text_of(column_names[c].shown);
        for (size_t n = 0; n < 6 && column_names[c].names[n] != NULL && ret->at[c] < 0; n++)
            for (size_t i = 0; i < count && ret->at[c] < 0; i++)
                if (text_is(bare_name(a, columns[i].name), column_names[c].names[n])) {
                    ret->at[c] = (int64_t)i;
                    ret->names[c] = columns[i].name;
                }
    }
}

struct row_reader {
    struct arena *arena;
    const struct task_columns *columns;
    const struct table_row *from;
    struct task_row_problem *problems;
    size_t problem_count;
};

static void row_problem(struct row_reader *r, enum task_column c, const char *message)
{
    r->problems[r->problem_count++] = (struct task_row_problem){ c, message };
}

static struct text row_value(const struct row_reader *r, enum task_column c)
{
    int64_t at = r->columns->at[c];
    return at < 0 || r->from->values[at].at == NULL ? TEXT("") : text_trim(r->from->values[at]);
}

/* Line breaks as \n; without `lines` they become spaces. False: other control characters. */
static bool row_tidy(struct arena *a, struct text t, bool lines, struct text *ret)
{
    struct buf b = buf_new(a, t.len + 1);
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c == '\r' && i + 1 < t.len && t.at[i + 1] == '\n')
            continue;
        if (c == '\n' || c == '\r')
            buf_char(&b, lines ? '\n' : ' ');
        else if (c == '\t')
            buf_char(&b, ' ');
        else if (c < ' ' || c == 0x7f)
            return false;
        else
            buf_char(&b, (char)c);
    }
    *ret = buf_text(&b);
    if (ret->at == NULL)
        *ret = TEXT("");
    return true;
}

static struct text row_text(struct row_reader *r, enum task_column c, bool lines, size_t chars_min,
                            size_t chars_max)
{
    struct text t = row_value(r, c);
    if (!text_utf8_ok(t))
        row_problem(r, c, "This is not valid UTF-8 text. Save the file as UTF-8.");
    else if (!row_tidy(r->arena, t, lines, &t))
        row_problem(r, c, "There is a character in this that can't be shown.");
    else if (t.len == 0 && chars_min > 0)
        row_problem(r, c, "This is empty, but every task needs it.");
    else if (text_chars(t) < chars_min || text_chars(t) > chars_max)
        row_problem(r, c,
                    text_format(r->arena, "This must have between %zu and %zu characters.",
                                chars_min, chars_max)
                        .at);
    return t;
}

static int64_t row_int(struct row_reader *r, enum task_column c, int64_t min, int64_t max,
                       int64_t otherwise)
{
    struct text t = row_value(r, c);
    int64_t value = otherwise;
    if (t.len == 0 && otherwise != INT_NONE)
        return otherwise;
    if (text_int(t, &value) != OK || value < min || value > max)
        row_problem(r, c,
                    text_format(r->arena, "This must be a whole number between %lld and %lld.",
                                (long long)min, (long long)max)
                        .at);
    return value;
}

static bool row_bool(struct row_reader *r, enum task_column c)
{
    static const char *const yes[] = { "yes", "ja", "j", "y", "true", "waar", "1", "x", NULL };
    static const char *const no[] = { "no", "nee", "n", "false", "onwaar", "0", "", NULL };
    struct text t = text_lower_ascii(r->arena, row_value(r, c));
    bool value = choice_index(yes, t) >= 0;
    if (!value && choice_index(no, t) < 0)
        row_problem(r, c, "Write yes or no.");
    return value;
}

static bool euro_parse(struct text t, struct coins *ret)
{
    if (text_starts(t, "€"))
        t = text_trim((struct text){ t.at + strlen("€"), t.len - strlen("€") });
    int64_t whole = 0, cents = 0;
    size_t i = 0, digits = 0, decimals = 0;
    for (; i < t.len && t.at[i] >= '0' && t.at[i] <= '9' && digits < 7; i++, digits++)
        whole = whole * 10 + (t.at[i] - '0');
    if (i < t.len && (t.at[i] == ',' || t.at[i] == '.'))
        for (i++; i < t.len && t.at[i] >= '0' && t.at[i] <= '9' && decimals < 2; i++, decimals++)
            cents = cents * 10 + (t.at[i] - '0');
    if (digits == 0 || i != t.len || t.at[t.len - 1] == ',' || t.at[t.len - 1] == '.')
        return false;
    ret->cents = whole * 100 + (decimals == 1 ? cents * 10 : cents);
    return true;
}

static struct coins row_reward(struct row_reader *r, int64_t minutes, struct coins guide)
{
    struct coins reward = { 0 };
    enum task_column c = TASK_COLUMN_REWARD;
    if (!euro_parse(row_value(r, c), &reward))
        row_problem(r, c, "Write the reward in euros, for example 7,50.");
    else if (reward.cents < 1 || reward.cents > TASK_REWARD_MAX)
        row_problem(r, c, "The reward must be more than 0 and at most 150 euros.");
    else if (minutes >= TASK_MINUTES_MIN &&
             task_reward_check(reward, minutes, guide) == TASK_REWARD_REFUSED)
        row_problem(r, c,
                    text_format(r->arena,
                                "This is too much for volunteer work: the guide is %lld.%02lld an "
                                "hour, and three times that is the limit.",
                                (long long)(guide.cents / 100), (long long)(guide.cents % 100))
                        .at);
    return reward;
}

static int64_t row_category(struct row_reader *r)
{
    struct text t = text_lower_ascii(r->arena, row_value(r, TASK_COLUMN_CATEGORY));
    int64_t category = choice_index(task_categories, t);
    for (size_t i = 0; category < 0 && i < sizeof category_names / sizeof category_names[0]; i++)
        if (text_is(t, category_names[i].name))
            category = (int64_t)category_names[i].category;
    if (category < 0)
        row_problem(r, TASK_COLUMN_CATEGORY,
                    "Use one of: bench, bin, bollard, playground, weeding, litter, "
                    "wheelchair-walk, night-watch, social, other.");
    return category;
}

static int64_t row_degrees(struct row_reader *r, enum task_column c, int64_t degrees_max)
{
    struct text t = row_value(r, c);
    char *dotted = text_cstr(r->arena, t);
    int64_t udeg = 0;
    for (size_t i = 0; i < t.len; i++) /* as spreadsheets write it here */
        if (dotted[i] == ',')
            dotted[i] = '.';
    if (task_degrees_parse((struct text){ dotted, t.len }, degrees_max, &udeg) != OK)
        row_problem(r, c,
                    c == TASK_COLUMN_LATITUDE
                        ? "Write the latitude in degrees, for example 50.8882."
                        : "Write the longitude in degrees, for example 5.9795.");
    return udeg;
}

size_t task_row_read(struct arena *a, const struct task_columns *columns,
                     const struct table_row *from, struct coins guide, struct task_row *ret,
                     struct task_row_problem ret_problems[TASK_COLUMNS])
{
    struct row_reader r = { a, columns, from, ret_problems, 0 };
    ret->line = from->line;
    ret->external_id = row_text(&r, TASK_COLUMN_EXTERNAL_ID, false, 1, 100);
    ret->title = row_text(&r, TASK_COLUMN_TITLE, false, 3, TASK_TITLE_MAX);
    ret->description = row_text(&r, TASK_COLUMN_DESCRIPTION, true, 3, TASK_TEXT_MAX);
    ret->instructions = row_text(&r, TASK_COLUMN_INSTRUCTIONS, true, 3, TASK_TEXT_MAX);
    ret->category = row_category(&r);
    ret->minutes = row_int(&r, TASK_COLUMN_MINUTES, TASK_MINUTES_MIN, TASK_MINUTES_MAX, INT_NONE);
    ret->reward = row_reward(&r, ret->minutes, guide);
    ret->location.latitude_udeg = row_degrees(&r, TASK_COLUMN_LATITUDE, 90);
    ret->location.longitude_udeg = row_degrees(&r, TASK_COLUMN_LONGITUDE, 180);
    ret->neighbourhood_code = row_text(&r, TASK_COLUMN_NEIGHBOURHOOD, false, 1, 40);
    ret->keeper = row_text(&r, TASK_COLUMN_KEEPER, false, 2, TASK_LINE_MAX);
    ret->extra_work_reason = row_text(&r, TASK_COLUMN_EXTRA_WORK_REASON, false, 10, TASK_LINE_MAX);
    ret->tools = row_text(&r, TASK_COLUMN_TOOLS, false, 0, TASK_LINE_MAX);
    ret->places = row_int(&r, TASK_COLUMN_PLACES, 1, TASK_PLACES_MAX, 1);
    ret->claim_hours =
        row_int(&r, TASK_COLUMN_CLAIM_HOURS, 1, TASK_CLAIM_HOURS_MAX, TASK_CLAIM_HOURS);
    ret->light = row_bool(&r, TASK_COLUMN_LIGHT);
    ret->indoor = row_bool(&r, TASK_COLUMN_INDOOR);
    ret->wheelchair_friendly = row_bool(&r, TASK_COLUMN_WHEELCHAIR);
    ret->child_friendly = row_bool(&r, TASK_COLUMN_CHILD);
    return r.problem_count;
}
