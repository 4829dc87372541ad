/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/task/task_import.h"

#include "feature/task/testing.h"
#include "gen/task_sql.h"

#include <time.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define HEADER                                                                                     \
    "externalId,title,description,instructions,category,minutes,reward,latitude,longitude,"        \
    "neighbourhoodCode,keeper,extraWorkReason\n"
#define ROW(id, title)                                                                             \
    id "," title ",It needs paint,\"Sand it\nPaint it\",bench,90,\"7,50\",50.888,5.979,BU1,"       \
       "Heerlen,Not in the contract\n"

struct told { /* what an import said */
    char problems[4096], notices[4096];
    int64_t rows_seen;
    size_t bytes_seen, bytes_total;
};

static void note_down(char *into, int64_t line, struct text column, const char *message)
{
    size_t used = strlen(into);
    snprintf(into + used, 4096 - used, "%lld %.*s: %s\n", (long long)line, TEXT_ARGS(column),
             message);
}

static void on_problem(void *self, int64_t line, struct text column, const char *message)
{
    note_down(((struct told *)self)->problems, line, column, message);
}

static void on_notice(void *self, int64_t line, struct text column, const char *message)
{
    note_down(((struct told *)self)->notices, line, column, message);
}

static void on_progress(void *self, int64_t rows, size_t bytes, size_t bytes_total)
{
    struct told *told = self;
    assert_true(bytes >= told->bytes_seen && bytes <= bytes_total);
    told->rows_seen = rows;
    told->bytes_seen = bytes;
    told->bytes_total = bytes_total;
}

static err import(struct town *t, const char *content, struct told *told,
                  struct task_import_result *ret, bool partial)
{
    memset(told, 0, sizeof *told);
    return task_import(t->db, t->arena,
                       &(struct task_import_options){
                           .content = text_of(content),
                           .is_geojson = content[0] == '{',
                           .partial = partial,
                           .author = t->author,
                           .self = told,
                           .progress = on_progress,
                           .problem = on_problem,
                           .notice = on_notice,
                       },
                       ret);
}

struct counted {
    int64_t state;
    size_t count;
    struct task_by_external one;
    const char *external_id;
    struct town *town;
};

static err count_one(void *self, const struct task_in_cells *row)
{
    (void)row;
    ((struct counted *)self)->count++;
    return OK;
}

static err count_read(struct tx *tx, void *work)
{
    struct counted *c = work;
    bool found;
    if (c->external_id != NULL)
        TRY(sql_task_by_external(tx, c->town->municipality, text_of(c->external_id), &c->one,
                                 &found));
    return sql_task_in_cells(tx,
                             &(struct task_in_cells_in){ .state = c->state,
                                                         .cell_last = INT64_MAX,
                                                         .row_last = TASK_CELL_ROWS,
                                                         .kinds = TASK_KINDS_ALL,
                                                         .minutes_max = TASK_MINUTES_MAX,
                                                         .places_min = 1,
                                                         .tools = -1,
                                                         .south = -90000000,
                                                         .north = 90000000,
                                                         .west = -180000000,
                                                         .east = 180000000 },
                             count_one, c);
}

static struct counted look(struct town *t, enum task_state state, const char *external_id)
{
    struct counted c = { .state = (int64_t)state, .external_id = external_id, .town = t };
    assert_int_equal(db_read(t->db, t->arena, count_read, &c), OK);
    return c;
}

static void twice_changes_nothing(void **state)
{
    (void)state;
    struct town t;
    struct told told;
    struct task_import_result r;
    town_open(&t, 0);
    const char *file = HEADER ROW("A1", "Bench one") ROW("A2", "Bench two");
    assert_int_equal(import(&t, file, &told, &r, false), OK);
    assert_int_equal(r.rows, 2);
    assert_int_equal(r.added, 2);
    assert_true(r.batch.v != 0);
    assert_int_equal(told.bytes_seen, told.bytes_total);
    struct counted c = look(&t, TASK_DRAFT, "A1");
    assert_int_equal(c.count, 2);
    assert_int_equal(c.one.reward.cents, 750);
    assert_true(text_is(c.one.instructions, "Sand it\nPaint it"));
    assert_int_equal(c.one.claim_hours, 72);
    assert_int_equal(c.one.places, 1);

    assert_int_equal(import(&t, file, &told, &r, false), OK);
    assert_int_equal(r.unchanged, 2);
    assert_int_equal(r.added + r.changed, 0);
    assert_true(r.batch.v == 0);

    file = HEADER ROW("A1", "Another title") ROW("A2", "Bench two") ROW("A3", "Bench three");
    assert_int_equal(import(&t, file, &told, &r, false), OK);
    assert_int_equal(r.added, 1);
    assert_int_equal(r.changed, 1);
    assert_int_equal(r.unchanged, 1);
    c = look(&t, TASK_DRAFT, "A1");
    assert_int_equal(c.count, 3);
    assert_true(text_is(c.one.title, "Another title"));
    assert_int_equal(look(&t, TASK_STAGED, NULL).count, 0);
    assert_string_equal(told.problems, "");
    town_close(&t);
}

/* As a spreadsheet in Heerlen saves it. */
static void dutch_with_semicolons(void **state)
{
    (void)state;
    struct town t;
    struct told told;
    struct task_import_result r;
    town_open(&t, 0);
    assert_int_equal(
        import(&t,
               "\xef\xbb\xbf"
               "Beheerder;Titel;Omschrijving;Instructies;Categorie;Minuten;Beloning;"
               "Breedtegraad;Lengtegraad;Buurtcode;Reden extra werk;Extern nummer;Plaatsen;"
               "Gereedschap;Licht werk;Binnen;Rolstoel-vriendelijk;Kindvriendelijk\r\n"
               "Gemeente;Bankje verven;Het bladdert;\"Schuren\r\nVerven\";Bankje;60;€ 5,5;"
               "50,888;5,979;BU2;Staat niet in het contract;7;3;Kwast;Ja;nee;x;\r\n",
               &told, &r, false),
        OK);
    struct counted c = look(&t, TASK_DRAFT, "7");
    assert_string_equal(told.problems, "");
    assert_int_equal(c.count, 1);
    assert_int_equal(c.one.reward.cents, 550);
    assert_int_equal(c.one.places, 3);
    assert_int_equal(c.one.latitude, 50888000);
    assert_int_equal(c.one.category, TASK_BENCH);
    assert_true(c.one.neighbourhood.v == t.away.v);
    assert_true(text_is(c.one.instructions, "Schuren\nVerven"));
    assert_true(c.one.light && !c.one.indoor && c.one.wheelchair_friendly);
    assert_false(c.one.child_friendly);
    town_close(&t);
}

static void geojson(void **state)
{
    (void)state;
    struct town t;
    struct told told;
    struct task_import_result r;
    town_open(&t, 0);
    assert_int_equal(
        import(&t,
               "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":"
               "{\"type\":\"Point\",\"coordinates\":[5.979,50.888]},\"properties\":{\"externalId\":"
               "\"G1\",\"title\":\"Bench\",\"description\":\"Paint it\",\"instructions\":\"Paint\","
               "\"category\":\"bench\",\"minutes\":60,\"reward\":5.5,\"neighbourhoodCode\":\"BU1\","
               "\"keeper\":\"Heerlen\",\"extraWorkReason\":\"Not in the contract\"}}]}",
               &told, &r, false),
        OK);
    struct counted c = look(&t, TASK_DRAFT, "G1");
    assert_string_equal(told.problems, "");
    assert_int_equal(c.one.reward.cents, 550);
    assert_int_equal(c.one.longitude, 5979000);
    town_close(&t);
}

static void every_bad_row_is_told(void **state)
{
    (void)state;
    struct town t;
    struct told told;
    struct task_import_result r;
    town_open(&t, 0);
    const char *file = HEADER ROW(
        "A1", "Bench one") "A2,ab,,\"Sand\",boat,4,free,91,5.979,BU9,Heerlen,short\n" /* line 4 */
        ROW("A1", "The same number")                                                  /* line 5 */
        "A4,Bench,Paint,Sand,bench,60,\"17,26\",50.888,5.979,BU1,Heerlen,Not in the contract\n"
        "A5,Bench,Paint,Sand,bench,60,0,50.888,5.979,BU1,Heerlen,Not in the contract\n" ROW(
            "A6", "Good\x07") ROW("A7", "Last one");
    assert_int_equal(import(&t, file, &told, &r, false), ERR_TASK_IMPORT_PROBLEMS);
    print_message("%s", told.problems);
    static const char *const expected[] = {
        "4 title: This must have between 3 and 120 characters.\n",
        "4 description: This is empty",
        "4 category: Use one of",
        "4 minutes: This must be a whole number between 5 and 480.\n",
        "4 reward: Write the reward in euros",
        "4 latitude: Write the latitude",
        "4 extraWorkReason: This must have between 10 and 500",
        "4 neighbourhoodCode: This neighbourhood is not known",
        "5 externalId: A row before this one has the same number.\n",
        "7 reward: This is too much for volunteer work: the guide is 5.75",
        "8 reward: The reward must be more than 0",
        "9 title: There is a character",
    };
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_non_null(strstr(told.problems, expected[i]));
    assert_int_equal(r.rows, 7);
    assert_int_equal(r.failed, 5);
    assert_int_equal(look(&t, TASK_DRAFT, NULL).count, 0);
    assert_int_equal(look(&t, TASK_STAGED, NULL).count, 0);

    assert_int_equal(import(&t, file, &told, &r, true), OK);
    assert_int_equal(r.failed, 5);
    assert_int_equal(r.added, 2);
    assert_int_equal(look(&t, TASK_DRAFT, NULL).count, 2);

    assert_int_equal(import(&t, "externalId,title\n1,2\n", &told, &r, false),
                     ERR_TASK_IMPORT_COLUMNS);
    assert_non_null(strstr(told.problems, "0 description: This column is missing.\n"));
    assert_null(strstr(told.problems, "title"));
    town_close(&t);
}

static err open_apply(struct tx *tx, void *work)
{
    struct town *t = work;
    struct task_by_external row;
    int64_t opened;
    bool found;
    TRY(sql_task_by_external(tx, t->municipality, TEXT("A1"), &row, &found));
    return sql_task_open(tx, row.id, t->manager, tx->now, &opened);
}

/* What was signed off is not changed by a file, but for the words. */
static void signed_off_terms_stay(void **state)
{
    (void)state;
    struct town t;
    struct told told;
    struct task_import_result r;
    town_open(&t, 0);
    assert_int_equal(import(&t, HEADER ROW("A1", "Bench one"), &told, &r, false), OK);
    assert_int_equal(db_apply(t.db, t.arena, open_apply, &t), OK);
    const char *file =
        HEADER "A1,New title,It needs paint,\"Sand it\nPaint it\",bench,90,\"15,00\","
               "50.888,5.979,BU1,Heerlen,Not in the contract\n";
    assert_int_equal(import(&t, file, &told, &r, false), OK);
    assert_int_equal(r.changed, 1);
    assert_non_null(strstr(told.notices, "2 : This task was signed off"));
    struct counted c = look(&t, TASK_OPEN, "A1");
    assert_int_equal(c.count, 1);
    assert_true(text_is(c.one.title, "New title"));
    assert_int_equal(c.one.reward.cents, 750);
    assert_int_equal(import(&t, file, &told, &r, false), OK);
    assert_int_equal(r.unchanged, 1);
    town_close(&t);
}

struct leftovers {
    struct town *town;
    struct any_id batch;
    bool decided;
};

/* As an import leaves it that ended in the middle: a new row and a change of A1. */
static err leftovers_apply(struct tx *tx, void *work)
{
    struct leftovers *l = work;
    struct task_new n = town_task(l->town);
    struct task_id id;
    l->batch.v = tx_id(tx);
    n.state = TASK_STAGED;
    n.batch = l->batch;
    n.external_id = TEXT("B1");
    TRY(task_add(tx, &n, &id));
    n.external_id = task_staged_change_id(tx->arena, TEXT("A1"));
    TRY(task_add(tx, &n, &id));
    return l->decided ? task_import_note(tx, l->batch) : OK;
}

static void all_or_nothing_over_a_crash(void **state)
{
    (void)state;
    for (int decided = 0; decided < 2; decided++) {
        struct town t;
        struct told told;
        struct task_import_result r;
        town_open(&t, 0);
        assert_int_equal(import(&t, HEADER ROW("A1", "Bench one"), &told, &r, false), OK);
        struct leftovers l = { &t, { 0 }, decided };
        assert_int_equal(db_apply(t.db, t.arena, leftovers_apply, &l), OK);
        assert_int_equal(look(&t, TASK_DRAFT, NULL).count, 1);

        assert_int_equal(import(&t, HEADER ROW("C1", "Bench three"), &told, &r, false), OK);
        assert_int_equal(r.added, 1);
        assert_int_equal(look(&t, TASK_STAGED, NULL).count, 0);
        struct counted c = look(&t, TASK_DRAFT, "A1");
        assert_int_equal(c.count, decided ? 3 : 2);
        assert_true(text_is(c.one.title, decided ? "Paint the bench" : "Bench one"));
        town_close(&t);
    }
}

/* Of this process: others on the machine don't count. */
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct sign_all {
    struct town *town;
    struct any_id batch;
    bool more;
};

static err sign_all_apply(struct tx *tx, void *work)
{
    struct sign_all *s = work;
    return task_batch_work(tx, &s->more);
}

static err sign_note_apply(struct tx *tx, void *work)
{
    struct sign_all *s = work;
    return sql_task_note_put(
        tx,
        text_format(tx->arena, "task.sign-off.%.*s", TEXT_ARGS(uuid_text(tx->arena, s->batch.v))),
        uuid_text(tx->arena, s->town->manager.v));
}

static void twenty_thousand_rows(void **state)
{
    (void)state;
    struct town t;
    struct told *told = calloc(1, sizeof *told);
    struct task_import_result r;
    town_open(&t, 0);
    struct buf file = buf_new(t.arena, 64 << 20);
    buf_cstr(&file, HEADER);
    for (int i = 0; i < 20000; i++)
        buf_format(&file,
                   "HRL-%d,\"Bench number %d, paint it\",\"The paint comes off.\nIt is bench %d.\","
                   "\"Fetch the toolbox\nSand it\nPaint it twice\nTake a photo\",bench,90,7.50,"
                   "50.%d,5.9%d,BU%d,Gemeente Heerlen,Benches are painted every five years\n",
                   i, i, i, 880 + i % 20, 700 + i % 99, i % 2 + 1);
    char *content = text_cstr(t.arena, buf_text(&file));
    double began = seconds();
    assert_int_equal(import(&t, content, told, &r, false), OK);
    double took = seconds() - began;
    print_message("added in %.2f s\n", took);
    assert_int_equal(r.added, 20000);
    assert_int_equal(told->rows_seen, 20000);
    assert_int_equal(look(&t, TASK_DRAFT, NULL).count, 20000);
    began = seconds();
    assert_int_equal(import(&t, content, told, &r, false), OK);
    print_message("the same again in %.2f s\n", seconds() - began);
    assert_int_equal(r.unchanged, 20000);

    assert_true(took < 5.0);
    free(told);
    town_close(&t);
}

static void a_large_import_opens_in_parts(void **state)
{
    (void)state;
    struct town t;
    struct told told;
    struct task_import_result r;
    town_open(&t, 0);
    struct buf file = buf_new(t.arena, 4 << 20);
    buf_cstr(&file, HEADER);
    for (int i = 0; i < 1000; i++)
        buf_format(&file, ROW("R%d", "Bench"), i);
    assert_int_equal(import(&t, text_cstr(t.arena, buf_text(&file)), &told, &r, false), OK);
    struct sign_all s = { &t, r.batch, true };
    assert_int_equal(db_apply(t.db, t.arena, sign_note_apply, &s), OK);
    int runs = 0;
    for (; s.more; runs++) {
        double began = seconds();
        assert_int_equal(db_apply(t.db, t.arena, sign_all_apply, &s), OK);
        print_message("a part in %.1f ms\n", (seconds() - began) * 1000);
    }
    assert_true(runs > 2);
    assert_int_equal(look(&t, TASK_OPEN, NULL).count, 1000);
    assert_int_equal(look(&t, TASK_DRAFT, NULL).count, 0);
    town_close(&t);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twice_changes_nothing),
        cmocka_unit_test(dutch_with_semicolons),
        cmocka_unit_test(geojson),
        cmocka_unit_test(every_bad_row_is_told),
        cmocka_unit_test(signed_off_terms_stay),
        cmocka_unit_test(all_or_nothing_over_a_crash),
        cmocka_unit_test(twenty_thousand_rows),
        cmocka_unit_test(a_large_import_opens_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
