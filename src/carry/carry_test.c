/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "db/testing.h"

#include "carry/carry_row.h"
#include "photo/photo.h"
#include "photo/photo_store.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <unistd.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    crypto_start();
    arena = arena_new(64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct db_table *table_named(const char *name)
{
    for (size_t i = 0; i < db_table_count; i++)
        if (strcmp(db_tables[i].name, name) == 0)
            return &db_tables[i];
    fail_msg("no table %s", name);
    return NULL;
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < db_table_count; i++) {
        const struct db_table *t = &db_tables[i];
        assert_in_range(t->column_count, 1, CARRY_COLUMNS_MAX);
        assert_in_range(t->key_count, 1, t->column_count);
        assert_int_equal(db_statements[t->read].parameters, t->key_count);
        assert_int_equal(db_statements[t->read].columns, t->column_count);
        assert_int_equal(db_statements[t->insert].parameters, t->column_count);
        for (int k = 0; k < t->key_count; k++)
            assert_false(t->columns[k].nullable);
    }
    assert_false(table_named("idempotency")->stays);
    assert_true(table_named("session")->stays);
    assert_true(table_named("sign_in_link")->stays);
}

/* The row of `setting` comes in any order of its columns; the rest is told in words. */
static void test_row_parse(void **state)
{
    (void)state;
    static const struct {
        const char *json, *problem;
    } cases[] = {
        { "{\"name\":\"a\",\"value\":\"b\"}", NULL },
        { "{\"value\":\"b\",\"name\":\"a\"}", NULL },
        { "{}", "name is missing" },
        { "{\"name\":\"a\"}", "value is missing" },
        { "{\"name\":null,\"value\":\"b\"}", "name may not be null" },
        { "{\"name\":1,\"value\":\"b\"}", "name must be a text" },
        { "{\"name\":\"a\",\"value\":\"b\",\"colour\":1}", "there is no column colour" },
        { "{\"name\":\"a\",\"values\":\"b\"}", "value is missing" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct input *object;
        struct carry_row row;
        assert_int_equal(input_json(arena, text_of(cases[i].json), &object), OK);
        const char *problem = carry_row_parse(arena, table_named("setting"), object, &row);
        if (cases[i].problem != NULL) {
            assert_non_null(problem);
            assert_string_equal(problem, cases[i].problem);
            continue;
        }
        assert_null(problem);
        assert_true(text_is(row.at[0].text, "a") && text_is(row.at[1].text, "b"));
    }
}

static struct carry_row account_key(unsigned issuer, unsigned holder, int64_t kind, int64_t expires)
{
    struct carry_row row;
    carry_row_least(&row);
    row.at[0].id = (uint128)issuer << 120;
    row.at[1].id = holder;
    row.at[2].number = kind;
    row.at[3].number = expires;
    return row;
}

static void test_order(void **state)
{
    (void)state;
    const struct db_table *account = table_named("account"), *setting = table_named("setting");
    assert_string_equal(account->columns[3].name, "expires_on");
    struct carry_row rows[] = {
        account_key(0, 0, 0, 0), /* becomes the least */
        account_key(0, 0, -1, 5), account_key(0, 0, 0, -5), account_key(0, 0, 0, 5),
        account_key(0, 1, 0, 0),  account_key(1, 0, 0, 0),  account_key(255, 0, 0, 0),
    };
    carry_row_least(&rows[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t j = 0; j < sizeof rows / sizeof rows[0]; j++)
            assert_int_equal(carry_row_order(account, &rows[i], &rows[j]), (i > j) - (i < j));
    struct carry_row a, b;
    a.at[0].text = TEXT("Z");
    b.at[0].text = TEXT("\xc3\xa9"); /* by bytes, as both engines do */
    assert_true(carry_row_order(setting, &a, &b) < 0);
}

/* A store in a folder of its own, and what goes out of it. */

struct home {
    char folder[64];
    struct db *db;
};

static void home_open(struct home *h, int settings)
{
    snprintf(h->folder, sizeof h->folder, "%s", testing_folder());
    h->db = testing_open(&(struct db_options){ .folder = h->folder, .create = true });
    for (int i = 0; i < settings; i++) {
        struct addition add = { .by = 1 };
        char name[32];
        snprintf(name, sizeof name, "n%d", i);
        add.counter = name;
        assert_int_equal(db_apply(h->db, arena, testing_add, &add), OK);
    }
}

static int entry_remove(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about, (void)kind, (void)at;
    return remove(path);
}
static void home_close(struct home *h)
{
    db_close(h->db);
    char photos[80];
    snprintf(photos, sizeof photos, "%s/photos", h->folder);
    nftw(photos, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    testing_folder_remove(h->folder);
}

struct sink {
    int fd;
    int writes_left; /* then the disk is full */
    int warnings;
};

static err sink_write(void *self, struct text bytes)
{
    struct sink *s = self;
    if (s->writes_left-- == 0)
        return ERR_DISK_FULL;
    assert_int_equal(write(s->fd, bytes.at, bytes.len), bytes.len);
    return OK;
}
static void sink_warn(void *self, const char *line)
{
    (void)line;
    ((struct sink *)self)->warnings++;
}
static void out_progress(void *self, const struct carry_counts *so_far)
{
    (void)self;
    (void)so_far;
}
static void in_progress(void *self, int64_t bytes_done)
{
    (void)self;
    (void)bytes_done;
}

static err out_read(struct tx *tx, void *work)
{
    return carry_out(tx, work);
}

static err export_to(struct home *h, struct sink *sink, struct carry_out *out)
{
    *out = (struct carry_out){ .folder = h->folder,
                               .write = sink_write,
                               .progress = out_progress,
                               .warn = sink_warn,
                               .self = sink };
    return db_read(h->db, arena, out_read, out);
}

static struct carry_in in_of(struct home *h, int fd)
{
    return (struct carry_in){
        .fd = fd, .bytes_total = 1, .folder = h->folder, .progress = in_progress
    };
}

/* Pages end where rows do, before and after. */
static void test_pages(void **state)
{
    (void)state;
    static const int sizes[] = { 0, 1, 999, 1000, 1001, 1999, 2001 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct home a, b;
        home_open(&a, sizes[i]);
        home_open(&b, 0);
        struct sink sink = { .fd = memfd_create("export", MFD_CLOEXEC), .writes_left = -1 };
        struct carry_out out, again;
        assert_int_equal(export_to(&a, &sink, &out), OK);
        assert_int_equal(out.counts.rows, sizes[i]);
        struct carry_in in = in_of(&b, sink.fd);
        assert_int_equal(carry_check(arena, &in), OK);
        assert_int_equal(in.counts.rows, sizes[i]);
        assert_int_equal(db_apply(b.db, arena, carry_in_apply, &in), OK);
        carry_in_end(arena, &in, OK);
        struct sink none = { .fd = memfd_create("again", MFD_CLOEXEC), .writes_left = -1 };
        assert_int_equal(export_to(&b, &none, &again), OK);
        assert_int_equal(again.counts.rows, sizes[i]);
        /* There is something now, if there was. */
        in = in_of(&b, sink.fd);
        assert_int_equal(db_apply(b.db, arena, carry_in_apply, &in),
                         sizes[i] > 0 ? ERR_CONFLICT : OK);
        carry_in_end(arena, &in, OK);
        close(sink.fd);
        close(none.fd);
        home_close(&a);
        home_close(&b);
    }
}

/* A failing write ends it, wherever it comes. */
static void test_write_fails(void **state)
{
    (void)state;
    struct home h;
    home_open(&h, 3);
    for (int writes = 0; writes < 5; writes++) {
        struct sink sink = { .fd = memfd_create("export", MFD_CLOEXEC), .writes_left = writes };
        struct carry_out out;
        assert_int_equal(export_to(&h, &sink, &out), ERR_DISK_FULL);
        struct carry_in in = in_of(&h, sink.fd);
        assert_int_equal(carry_check(arena, &in), ERR_BAD_FILE);
        assert_non_null(strstr(in.problem, "cut short"));
        close(sink.fd);
    }
    home_close(&h);
}

/* A photo that came with a file that is refused in the end goes again; one that was there stays. */
static void test_photos(void **state)
{
    (void)state;
    struct home a, b;
    home_open(&a, 1);
    home_open(&b, 0);
    struct text photos[] = { TEXT("first"), TEXT("second"), TEXT("") };
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(photo_store_put(arena, a.folder, sha256_of(photos[i]), photos[i]), OK);
    struct sink sink = { .fd = memfd_create("export", MFD_CLOEXEC), .writes_left = -1 };
    struct carry_out out;
    assert_int_equal(export_to(&a, &sink, &out), OK);
    assert_int_equal(out.counts.photos, 3);
    assert_int_equal(sink.warnings, 0);

    off_t size = lseek(sink.fd, 0, SEEK_END);
    char last;
    assert_int_equal(pread(sink.fd, &last, 1, size - 5), 1);
    assert_int_equal(pwrite(sink.fd, last == '0' ? "1" : "0", 1, size - 5), 1); /* the checksum */
    assert_int_equal(photo_store_put(arena, b.folder, sha256_of(photos[1]), photos[1]), OK);
    struct carry_in in = in_of(&b, sink.fd);
    err e = db_apply(b.db, arena, carry_in_apply, &in);
    assert_int_equal(e, ERR_BAD_FILE);
    assert_non_null(strstr(in.problem, "checksum"));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(access(photo_path(arena, b.folder, sha256_of(photos[i])), F_OK), 0);
    carry_in_end(arena, &in, e);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(access(photo_path(arena, b.folder, sha256_of(photos[i])), F_OK),
                         i == 1 ? 0 : -1);
    assert_int_equal(testing_value(b.db, "n0"), 0);

    assert_int_equal(pwrite(sink.fd, &last, 1, size - 5), 1);
    in = in_of(&b, sink.fd);
    e = db_apply(b.db, arena, carry_in_apply, &in);
    assert_int_equal(e, OK);
    carry_in_end(arena, &in, e);
    assert_int_equal(testing_value(b.db, "n0"), 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(access(photo_path(arena, b.folder, sha256_of(photos[i])), F_OK), 0);
        assert_int_equal(photo_remove(arena, a.folder, sha256_of(photos[i])), OK);
        assert_int_equal(photo_remove(arena, b.folder, sha256_of(photos[i])), OK);
    }
    close(sink.fd);
    home_close(&a);
    home_close(&b);
}

/* A copy is read while the store goes on, and is gone afterwards. */
static void test_copy(void **state)
{
    (void)state;
    struct home h;
    home_open(&h, 2);
    struct db *copy =
        testing_open(&(struct db_options){ .folder = h.folder, .read_only = true, .copy = true });
    struct addition add = { .counter = "n0", .by = 5 };
    assert_int_equal(db_apply(h.db, arena, testing_add, &add), OK);
    assert_int_equal(testing_value(copy, "n0"), 1);
    assert_int_equal(testing_value(h.db, "n0"), 6);
    assert_string_equal(db_folder(copy), h.folder);
    db_close(copy);

    char path[128];
    const char *detail = NULL;
    struct db *reader = testing_open(&(struct db_options){ .folder = h.folder, .read_only = true });
    snprintf(path, sizeof path, "%s/kept", h.folder);
    assert_int_equal(db_copy(reader, path, &detail), OK);
    assert_int_equal(db_copy(reader, path, &detail), ERR_DB_OPEN); /* it is there */
    assert_int_equal(unlink(path), 0);
    db_close(reader);
    home_close(&h);
    assert_int_equal(access(h.folder, F_OK), -1); /* nothing was left in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables), cmocka_unit_test(test_row_parse),
        cmocka_unit_test(test_order),  ON_BOTH(test_pages),
        ON_BOTH(test_photos),          ON_BOTH(test_write_fails),
        ON_SQLITE(test_copy),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
