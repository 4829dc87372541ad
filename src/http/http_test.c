/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"
#include "http/testing.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <zlib.h>

struct testing testing;

/* The feature: things, counted in a setting */

struct thing {
    struct work work;
    struct any_id id;
    int64_t limit;
    struct text word;
    struct text name;
    struct coins amount;
    int64_t count;
    struct text file;
};
#define AT(member) .at = offsetof(struct thing, member)
static const struct field thing_path_fields[] = { { "thing", FIELD_ID, AT(id) } };
static const struct field list_fields[] = {
    { "limit", FIELD_INT, FIELD_OPTIONAL, AT(limit), .min = 1, .max = 100 },
    { "word", FIELD_TEXT, FIELD_OPTIONAL, AT(word), .max = 20 },
};
static const struct field new_fields[] = {
    { "name", FIELD_TEXT, AT(name), .min = 1, .max = 40 },
    { "amountCents", FIELD_COINS, FIELD_OPTIONAL, AT(amount), .min = 1, .max = 1000 },
};
static const struct field thing_fields[] = {
    { "id", FIELD_ID, FIELD_NULLABLE, AT(id) },
    { "name", FIELD_TEXT, FIELD_OPTIONAL, AT(name) },
    { "count", FIELD_INT, AT(count) },
};
static const struct field file_fields[] = { { "file", FIELD_TEXT, AT(file), .min = 1, .max = 40 } };
#undef AT
static const struct schema thing_path = SCHEMA("ThingPath", struct thing, thing_path_fields);
static const struct schema thing_query = SCHEMA("ThingQuery", struct thing, list_fields);
static const struct schema thing_new = SCHEMA("ThingNew", struct thing, new_fields);
static const struct schema thing_answer = SCHEMA("Thing", struct thing, thing_fields);
static const struct schema file_path = SCHEMA("FilePath", struct thing, file_fields);

static const uint128 topic = 77;
static atomic_int apply_runs, prepare_runs;
static atomic_int apply_delay_ms;

static err count_get(struct tx *tx, struct thing *t)
{
    return setting_int(tx, "things", 0, &t->count);
}

static err thing_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct thing *t = work;
    TRY(count_get(tx, t));
    if (text_is(t->word, "large"))
        for (int i = 0; i < 6; i++)
            arena_alloc(rq->arena, 1024 * 1024);
    if (text_is(t->word, "fault"))
        return ERR_DATABASE;
    t->name = text_is(t->word, "long") ? text_format(rq->arena, "%08192d", 7) : TEXT("Bench");
    *ret = schema_view(rq->arena, &thing_answer, t);
    return OK;
}

static err thing_apply(struct tx *tx, void *work)
{
    struct thing *t = work;
    atomic_fetch_add(&apply_runs, 1);
    int delay = atomic_load(&apply_delay_ms);
    if (delay > 0)
        testing_sleep(delay);
    TRY(count_get(tx, t));
    if (text_is(t->name, "refused"))
        return ERR_CONFLICT;
    t->count++;
    t->id.v = tx_id(tx);
    t->work.ids[0] = t->id;
    TRY(setting_set(tx, "things", text_format(tx->arena, "%lld", (long long)t->count)));
    tx_notify(tx, topic);
    return OK;
}

static err thing_replay(struct tx *tx, void *work)
{
    struct thing *t = work;
    t->id = t->work.ids[0];
    return count_get(tx, t);
}

static err thing_reply(struct request *rq, void *work, struct view **ret)
{
    *ret = schema_view(rq->arena, &thing_answer, work);
    return OK;
}

/* What may be uploaded is known before the slow part. */
static err upload_look(struct request *rq, struct tx *tx, void *work)
{
    struct thing *t = work;
    (void)rq;
    TRY(count_get(tx, t));
    return text_is(t->name, "foreign") ? ERR_NOT_FOUND : OK;
}

static err upload_prepare(struct request *rq, void *work)
{
    (void)work;
    atomic_fetch_add(&prepare_runs, 1);
    testing_sleep(100);
    size_t bytes = rq->file_count == 0 ? 0 : rq->files[0].content.len;
    return bytes == 13 ? ERR_BAD_FILE : OK;
}

static err file_load(struct request *rq, struct tx *tx, void *work, struct file_answer *ret)
{
    const struct thing *t = work;
    (void)tx;
    *ret = (struct file_answer){ .path = text_cstr(rq->arena, t->file),
                                 .media_type = "application/octet-stream",
                                 .download_as = "\"quote\"\r\n.bin",
                                 .cache_public = true };
    return OK;
}

static uint128 thing_topic(const void *work)
{
    (void)work;
    return topic;
}

#define ROOMS(rooms_id, ...)                                                                       \
    {                                                                                              \
        .id = (rooms_id), .summary = "For tests", .tag = "thing",                                  \
        .work_size = sizeof(struct thing), .status = 200, .answer = &thing_answer, __VA_ARGS__     \
    }
static const struct rooms list_rooms =
    ROOMS("thingList", .roles = ROLE_ANYONE, .query = &thing_query, .load = thing_load);
static const struct rooms show_rooms =
    ROOMS("thingShow", .roles = ROLE_ANYONE, .path = &thing_path, .load = thing_load);
static const struct rooms mine_rooms =
    ROOMS("thingMine", .roles = ROLE_RESIDENT, .load = thing_load, .query = &thing_query);
static const struct rooms desk_rooms =
    ROOMS("thingDesk", .roles = ROLE_TREASURER, .load = thing_load);
static const struct rooms new_rooms = { .id = "thingNew",
                                        .summary = "For tests",
                                        .tag = "thing",
                                        .work_size = sizeof(struct thing),
                                        .status = 201,
                                        .answer = &thing_answer,
                                        .roles = ROLE_RESIDENT | ROLE_STEWARD,
                                        .flags = ROOMS_KEY,
                                        .body = &thing_new,
                                        .apply = thing_apply,
                                        .replay = thing_replay,
                                        .reply = thing_reply };
static const struct rooms may_rooms =
    ROOMS("thingMay", .roles = ROLE_RESIDENT, .flags = ROOMS_KEY_MAY, .body = &thing_new,
          .apply = thing_apply, .replay = thing_replay, .reply = thing_reply);
static const struct rooms open_rooms = ROOMS("thingOpen", .roles = ROLE_ANYONE, .body = &thing_new,
                                             .apply = thing_apply, .reply = thing_reply);
static const struct rooms upload_rooms = ROOMS(
    "thingUpload", .roles = ROLE_RESIDENT, .flags = ROOMS_MULTIPART | ROOMS_KEY_MAY,
    .look = upload_look, .prepare = upload_prepare, .apply = thing_apply, .replay = thing_replay,
    .reply = thing_reply, .body_bytes_max = 300 * 1024, .body = &thing_new, .file_field = "photo");
static const struct rooms slow_rooms =
    ROOMS("thingSlow", .roles = ROLE_ANYONE, .body = &thing_new, .prepare = upload_prepare,
          .apply = thing_apply, .reply = thing_reply);
static const struct rooms file_rooms =
    ROOMS("thingFile", .roles = ROLE_ANYONE, .path = &file_path, .file = file_load);
static const struct rooms events_rooms =
    ROOMS("thingEvents", .roles = ROLE_RESIDENT | ROLE_TREASURER, .load = thing_load,
          .topic = thing_topic);
static const struct rooms open_events_rooms =
    ROOMS("thingOpenEvents", .roles = ROLE_ANYONE, .load = thing_load, .topic = thing_topic);
static const struct rooms open_form_rooms =
    ROOMS("thingOpenForm", .roles = ROLE_ANYONE, .load = thing_load);

static const struct route thing_routes[] = {
    { .kind = READ, .method = GET, .path = "/v1/things", .rooms = &list_rooms },
    { .kind = READ, .method = GET, .path = "/v1/things/{thing}", .rooms = &show_rooms },
    { .kind = READ, .method = GET, .path = "/v1/things/mine", .rooms = &mine_rooms },
    { .kind = READ, .method = GET, .path = "/v1/things/desk", .rooms = &desk_rooms },
    { .kind = WRITE, .method = POST, .path = "/v1/things", .rooms = &new_rooms },
    { .kind = WRITE, .method = POST, .path = "/v1/open-things", .rooms = &open_rooms },
    { .kind = WRITE, .method = POST, .path = "/v1/may-things", .rooms = &may_rooms },
    { .kind = WRITE, .method = POST, .path = "/v1/uploads", .rooms = &upload_rooms },
    { .kind = WRITE, .method = POST, .path = "/v1/slow-things", .rooms = &slow_rooms },
    { .kind = FILE_ROUTE, .method = GET, .path = "/v1/files/{file}", .rooms = &file_rooms },
    { .kind = EVENTS, .method = GET, .path = "/v1/things/events", .rooms = &events_rooms },
    { .kind = EVENTS,
      .method = GET,
      .path = "/v1/open-things/events",
      .rooms = &open_events_rooms },
    { .kind = READ,
      .method = GET,
      .path = "/open-form",
      .rooms = &open_form_rooms,
      .page = "account_recovery_use_page" },
    { .kind = READ,
      .method = GET,
      .path = "/things",
      .rooms = &mine_rooms,
      .page = "error_summary",
      .parts = { { "desk", &desk_rooms }, { "list", &list_rooms } } },
    { .kind = WRITE,
      .method = POST,
      .path = "/things",
      .rooms = &new_rooms,
      .then = "/things/{id}",
      .again = "/things" },
};
static const struct feature thing_feature = {
    .name = "thing",
    .routes = thing_routes,
    .route_count = sizeof thing_routes / sizeof thing_routes[0],
};
static const struct feature *const test_features[] = { &thing_feature, &http_feature, NULL };

/* The server */

static void on_notify(void *self, const uint128 *topics, size_t count)
{
    (void)self;
    http_notify(atomic_load(&testing.notify_to), topics, count);
}

static void db_start(void)
{
    const char *detail = NULL;
    struct db_options o = { .folder = testing.folder, .create = true, .notify = on_notify };
    err e = db_open(&o, &testing.db, &detail);
    if (e != OK)
        fail_msg("%s: %s", err_info(e)->name, detail == NULL ? "" : detail);
}

static void bind_uuid(sqlite3_stmt *s, int at, uint128 id)
{
    uint8_t bytes[16];
    uuid_to_bytes(id, bytes);
    sqlite3_bind_blob(s, at, bytes, 16, SQLITE_TRANSIENT);
}

static void run_sql(sqlite3 *db, const char *sql, uint128 a, uint128 b)
{
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    if (sqlite3_bind_parameter_count(s) > 0)
        bind_uuid(s, 1, a);
    if (sqlite3_bind_parameter_count(s) > 1)
        bind_uuid(s, 2, b);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
}

static err sessions_make(struct tx *tx, void *work)
{
    (void)work;
    struct person_id ann = { testing.ann }, bob = { testing.bob };
    struct {
        struct person_id who;
        enum session_kind kind;
        int64_t us;
        char *to;
    } list[] = {
        { ann, SESSION_BROWSER, DAY_US, testing.cookie },
        { ann, SESSION_TOKEN, DAY_US, testing.token },
        { bob, SESSION_TOKEN, DAY_US, testing.other_token },
        { ann, SESSION_TOKEN, 1, testing.expired },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct text secret;
        TRY(session_create(tx, list[i].who, list[i].kind, list[i].us, &secret));
        snprintf(list[i].to, 64, "%.*s", TEXT_ARGS(secret));
    }
    return OK;
}

void testing_folder_make(void)
{
    testing = (struct testing){ 0 };
    strcpy(testing.folder, "/tmp/wesh-http-test-XXXXXX");
    assert_non_null(mkdtemp(testing.folder));
    testing.ann = uuid7_make(clock_now(&clock_system), &random_system);
    testing.bob = uuid7_make(clock_now(&clock_system), &random_system);
    db_start();
    db_close(testing.db);
    char path[128];
    snprintf(path, sizeof path, "%s/wesh.sqlite", testing.folder);
    sqlite3 *raw;
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    run_sql(raw, "INSERT INTO person (id, name, created_at) VALUES (?1, 'Ann <b>', 1)", testing.ann,
            0);
    run_sql(raw, "INSERT INTO person (id, name, created_at) VALUES (?1, 'Bob', 1)", testing.bob, 0);
    run_sql(raw, "INSERT INTO role_grant VALUES (?1, 1, ?2, 1)", testing.ann, 0);
    run_sql(raw, "INSERT INTO role_grant VALUES (?1, 32, ?2, 1)", testing.bob, 0);
    sqlite3_close(raw);
    snprintf(path, sizeof path, "%s/photo.bin", testing.folder);
    FILE *f = fopen(path, "w");
    fputs("bytes of a photo", f);
    fclose(f);
    db_start();
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_apply(testing.db, a, sessions_make, NULL), OK);
    arena_free(a);
}

void testing_folder_remove(void)
{
    char command[128];
    db_close(testing.db);
    snprintf(command, sizeof command, "rm -rf '%s'", testing.folder);
    assert_int_equal(system(command), 0);
}

void testing_start(const struct http_options *changes)
{
    struct http_options o = *changes;
    const char *detail = NULL;
    o.db = testing.db;
    o.features = test_features;
    o.pages = testing.pages;
    o.address = "127.0.0.1";
    err e = http_start(&o, &testing.http, &detail);
    if (e != OK)
        fail_msg("%s: %s", err_info(e)->name, detail);
    testing.port = http_port(testing.http);
    atomic_store(&testing.notify_to, testing.http);
}

void testing_stop(void)
{
    atomic_store(&testing.notify_to, NULL);
    http_stop(testing.http);
    testing.http = NULL;
}

/* What tests say often */

static const char *bearer(const char *secret, const char *more)
{
    static char lines[4][512];
    static int at;
    char *out = lines[at++ % 4];
    snprintf(out, sizeof lines[0], "Authorization: Bearer %s\r\n%s", secret, more);
    return out;
}

static const char *json_with_key(const char *secret, const char *key)
{
    static char out[512];
    snprintf(
        out, sizeof out,
        "Authorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\n",
        secret, key);
    return out;
}

static const char *key_at(int64_t us)
{
    static char out[37];
    uuid_write(uuid7_make((struct instant){ clock_now(&clock_system).us + us }, &random_system),
               out);
    out[36] = '\0';
    return out;
}

static void expect(const char *method, const char *target, const char *headers, const char *body,
                   int status, const char *holds)
{
    struct reply r = ask(method, target, headers, body);
    if (r.status != status || (holds != NULL && strstr(r.body, holds) == NULL))
        fail_msg("%s %s: %d instead of %d, or without %s\n%s\n%s", method, target, r.status, status,
                 holds == NULL ? "" : holds, r.head, r.body);
    assert_non_null(header_of(&r, "API-Version"));
    reply_free(&r);
}

/* Tests */

static void test_read(void **state)
{
    (void)state;
    expect("GET", "/v1/things", "", NULL, 200, "\"name\":\"Bench\"");
    expect("GET", "/v1/things?limit=5&word=x%20y", "", NULL, 200, "\"count\":");
    expect("GET", "/v1/things/01890a5d-ac96-774b-bcce-b302099a8057", "", NULL, 200,
           "\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\"");
    expect("GET", "/v1/things/mine", bearer(testing.token, ""), NULL, 200, "Bench");
    expect("GET", "/healthz", "", NULL, 200, "ok");
    expect("GET", "/readyz", "", NULL, 200, "ok");
    expect("GET", "http://t/v1/things?limit=5", "", NULL, 200, "count");
}

static void test_bad_input(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *headers, *body;
        int status;
        const char *holds;
    } cases[] = {
        { "GET", "/v1/things?limit=0", "", NULL, 400, "\"field\":\"limit\"" },
        { "GET", "/v1/things?limit=101&word=123456789012345678901", "", NULL, 400,
          "\"field\":\"word\"" },
        { "GET", "/v1/things?limit=x&other=1", "", NULL, 400, "\"field\":\"other\"" },
        { "GET", "/v1/things?limit=1&limit=2", "", NULL, 400, "bad-form" },
        { "GET", "/v1/things?word=%ff", "", NULL, 400, "bad-text" },
        { "GET", "/v1/things/nothing", "", NULL, 404, "not-found" },
        { "GET", "/v1/things/01890a5d-ac96-774b-bcce-b302099a8057/x", "", NULL, 404, NULL },
        { "GET", "/v1/things/", "", NULL, 404, NULL },
        { "GET", "//v1/things", "", NULL, 404, NULL },
        { "GET", "/v1//things", "", NULL, 404, NULL },
        { "GET", "/v1/./things", "", NULL, 404, NULL },
        { "GET", "/v1/x/%2e%2e/things", "", NULL, 404, NULL },
        { "GET", "/v1/files/%2e%2e%2fwesh.sqlite", "", NULL, 404, NULL },
        { "GET", "/v1/files/..", "", NULL, 404, NULL },
        { "GET", "/v1/things%00", "", NULL, 400, "bad-address" },
        { "GET", "/v1/things%zz", "", NULL, 400, "bad-address" },
        { "GET", "/v1/things%", "", NULL, 400, "bad-address" },
        { "GET", "/v1/things%2", "", NULL, 400, "bad-address" },
        { "GET", "/v1/things/%c3%28", "", NULL, 400, "bad-address" },
        { "POST", "/%761/open-things", "Content-Type: application/x-www-form-urlencoded\r\n",
          "name=x", 415, "\"status\":415" },
        { "GET", "http://t/v1/nothing", "Accept: text/html\r\n", NULL, 404, "\"status\":404" },
        { "GET", "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", "", NULL, 404, NULL },
        { "DELETE", "/v1/things", "", NULL, 405, "method-not-allowed" },
        { "BREW", "/v1/things", "", NULL, 405, NULL },
        { "GET", "/v1/things", "Accept: text/csv\r\n", NULL, 406, "not-acceptable" },
        { "GET", "/v1/things", "Accept: application/json;q=0, */*\r\n", NULL, 406, NULL },
        { "GET", "/v1/things?word=large", "", NULL, 413, "too-large" },
        { "GET", "/v1/things?word=fault", "", NULL, 500, "\"status\":500" },
        { "POST", "/v1/open-things", "Content-Type: text/plain\r\n", "hello", 415, NULL },
        { "POST", "/v1/open-things", "", "{\"name\":\"x\"}", 415, NULL },
        { "POST", "/v1/open-things", "Content-Type: application/x-www-form-urlencoded\r\n",
          "name=x", 415, NULL },
        { "POST", "/v1/open-things", "Content-Type: application/json\r\n", "{\"name\":", 400,
          "bad-json" },
        { "POST", "/v1/open-things", "Content-Type: application/json\r\n", "[]", 400, "bad-json" },
        { "POST", "/v1/open-things", "Content-Type: application/json\r\n", "\"\xff\"", 400,
          "bad-text" },
        { "POST", "/v1/open-things", "Content-Type: application/json\r\n",
          "{\"amountCents\":0,\"extra\":1}", 400, "\"field\":\"name\"" },
        { "POST", "/v1/open-things", "Content-Type: application/json\r\n",
          "{\"amountCents\":0,\"extra\":1}", 400, "\"field\":\"amountCents\"" },
        { "POST", "/v1/open-things", "Content-Type: application/json\r\n",
          "{\"amountCents\":0,\"extra\":1}", 400, "\"field\":\"extra\"" },
        { "POST", "/v1/open-things?x=1", "Content-Type: application/json\r\n", "{\"name\":\"x\"}",
          400, "\"field\":\"x\"" },
        { "POST", "/v1/open-things", "", NULL, 400, "\"field\":\"name\"" },
        { "POST", "/v1/open-things", "Content-Type: application/json\r\n", "{\"name\":\"refused\"}",
          409, "\"code\":\"conflict\"" },
        { "POST", "/v1/open-things", "Content-Type: application/json; charset=utf-8\r\n",
          "{\"name\":\"fine\"}", 200, "\"count\":" },
        { "POST", "/v1/open-things",
          "Content-Type: application/json\r\nSec-Fetch-Site: cross-site\r\n", "{\"name\":\"fine\"}",
          403, "csrf" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(cases[i].method, cases[i].target, cases[i].headers, cases[i].body, cases[i].status,
               cases[i].holds);
}

static void test_long_address(void **state)
{
    (void)state;
    char target[9000] = "/v1/things?word=";
    memset(target + 16, 'a', 8990 - 16);
    expect("GET", target, "", NULL, 414, "long-address");
}

static void test_headers(void **state)
{
    (void)state;
    static const char *const targets[] = { "/v1/things", "/v1/nothing", "/v1/things?word=fault",
                                           "/nothing", "/healthz" };
    static const char *const wanted[][2] = {
        { "API-Version", "1.0.0" },           { "X-Content-Type-Options", "nosniff" },
        { "X-Frame-Options", "DENY" },        { "Strict-Transport-Security", "max-age=31536000" },
        { "Referrer-Policy", "same-origin" },
    };
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        struct reply r = ask("GET", targets[i], "", NULL);
        for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
            assert_string_equal(header_of(&r, wanted[k][0]), wanted[k][1]);
        assert_non_null(strstr(header_of(&r, "Content-Security-Policy"), "frame-ancestors 'none'"));
        assert_non_null(header_of(&r, "Permissions-Policy"));
        if (strncmp(targets[i], "/v1", 3) == 0)
            assert_string_equal(header_of(&r, "Cache-Control"), "no-store");
        if (r.status >= 400)
            assert_string_equal(header_of(&r, "Content-Type"), "application/problem+json");
        reply_free(&r);
    }
    struct reply r = ask("DELETE", "/v1/things", "", NULL);
    assert_string_equal(header_of(&r, "Allow"), "GET, HEAD, POST, OPTIONS");
    reply_free(&r);
    r = ask("OPTIONS", "/v1/things", "", NULL);
    assert_int_equal(r.status, 204);
    assert_string_equal(header_of(&r, "Allow"), "GET, HEAD, POST, OPTIONS");
    reply_free(&r);
    r = ask("HEAD", "/v1/things", "", NULL);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_len, 0);
    assert_true(atoi(header_of(&r, "Content-Length")) > 10);
    reply_free(&r);
    r = ask("GET", "/v1/openapi.json", "", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(header_of(&r, "Access-Control-Allow-Origin"), "*");
    reply_free(&r);
    r = ask("GET", "/v1/nothing", "Accept-Language: en\r\n", NULL);
    assert_non_null(strstr(r.body, "\"title\":\"Not Found\""));
    assert_non_null(strstr(r.body, "\"instance\":\"/v1/nothing\""));
    assert_non_null(strstr(r.body, "We can't find this."));
    reply_free(&r);
}

static void test_etag_gzip(void **state)
{
    (void)state;
    char header[2048];
    struct reply r = ask("GET", "/v1/things?word=long", "", NULL);
    snprintf(header, sizeof header, "If-None-Match: \"x\", %s\r\n", header_of(&r, "ETag"));
    assert_null(header_of(&r, "Content-Encoding"));
    struct reply same = ask("GET", "/v1/things?word=long", header, NULL);
    assert_int_equal(same.status, 304);
    assert_int_equal(same.body_len, 0);
    reply_free(&same);
    for (int i = 0; i < 2; i++) { /* the compressor is used again */
        struct reply packed =
            ask("GET", "/v1/things?word=long", "Accept-Encoding: br, gzip\r\n", NULL);
        assert_string_equal(header_of(&packed, "Content-Encoding"), "gzip");
        assert_true(packed.body_len < 1000);
        char *out = test_malloc(r.body_len);
        z_stream z = { .next_in = (Bytef *)packed.body,
                       .avail_in = (uInt)packed.body_len,
                       .next_out = (Bytef *)out,
                       .avail_out = (uInt)r.body_len };
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        inflateEnd(&z);
        assert_memory_equal(out, r.body, r.body_len);
        test_free(out);
        reply_free(&packed);
    }
    reply_free(&r);
    r = ask("GET", "/v1/things?word=long", "Accept-Encoding: gzip;q=0\r\n", NULL);
    assert_null(header_of(&r, "Content-Encoding"));
    reply_free(&r);
    r = ask("GET", "/v1/things", "Accept-Encoding: gzip\r\n", NULL); /* too short to gain */
    assert_null(header_of(&r, "Content-Encoding"));
    reply_free(&r);
}

static void test_who(void **state)
{
    (void)state;
    expect("GET", "/v1/things/mine", "", NULL, 401, "sign-in");
    expect("GET", "/v1/things/mine", bearer("x", ""), NULL, 401, NULL);
    expect("GET", "/v1/things/mine", bearer(testing.expired, ""), NULL, 401, NULL);
    expect("GET", "/v1/things", bearer(testing.expired, ""), NULL, 401, NULL); /* also where open */
    expect("GET", "/v1/things", "Authorization: Basic eDp5\r\n", NULL, 401, NULL);
    expect("GET", "/v1/things/mine", bearer(testing.other_token, ""), NULL, 403, "forbidden");
    expect("GET", "/v1/things/desk", bearer(testing.other_token, ""), NULL, 200, NULL);
    expect("GET", "/v1/things/mine", bearer(testing.cookie, ""), NULL, 401, NULL); /* not a token */
    char cookie[256];
    snprintf(cookie, sizeof cookie, "Cookie: lang=en; wesh=%s\r\n", testing.cookie);
    expect("GET", "/v1/things/mine", cookie, NULL, 200, NULL);
    snprintf(cookie, sizeof cookie, "Cookie: wesh=%s\r\n", testing.token);
    expect("GET", "/v1/things/mine", cookie, NULL, 401, NULL); /* not a browser's session */
    expect("GET", "/v1/things", "Cookie: wesh=stale\r\n", NULL, 200, NULL);
    struct reply r = ask("GET", "/v1/things/mine", "", NULL);
    assert_string_equal(header_of(&r, "WWW-Authenticate"), "Bearer");
    reply_free(&r);
}

static void test_idempotency(void **state)
{
    (void)state;
    char key[37], first[4096];
    strcpy(key, key_at(0));
    int before = atomic_load(&apply_runs);
    const char *body = "{\"name\":\"Bin\",\"amountCents\":5}";
    struct reply r = ask("POST", "/v1/things", json_with_key(testing.token, key), body);
    assert_int_equal(r.status, 201);
    snprintf(first, sizeof first, "%s", r.body);
    reply_free(&r);
    /* Alike, also with its members in another order. */
    r = ask("POST", "/v1/things", json_with_key(testing.token, key),
            "{ \"amountCents\": 5, \"name\": \"Bin\" }");
    assert_int_equal(r.status, 201);
    assert_memory_equal(r.body, first, 40); /* the id */
    reply_free(&r);
    assert_int_equal(atomic_load(&apply_runs), before + 1);
    expect("POST", "/v1/things", json_with_key(testing.token, key),
           "{\"name\":\"Bin\",\"amountCents\":6}", 409, "idempotency-key-reused");
    assert_int_equal(atomic_load(&apply_runs), before + 1);
    expect("POST", "/v1/things", bearer(testing.token, "Content-Type: application/json\r\n"), body,
           400, "idempotency-key-missing");
    expect("POST", "/v1/things", json_with_key(testing.token, "abc"), body, 400, "key-missing");
    expect("POST", "/v1/things",
           json_with_key(testing.token, "6f2c1a3e-5f6b-4b7e-9a55-2f6b1c9d0e11"), body, 400,
           "key-missing"); /* version 4 */
    expect("POST", "/v1/things", json_with_key(testing.token, key_at(-36 * DAY_US)), body, 400,
           "key-old");
    expect("POST", "/v1/things", json_with_key(testing.token, key_at(6 * MINUTE_US)), body, 400,
           "key-old");
    expect("POST", "/v1/things", json_with_key(testing.token, key_at(4 * MINUTE_US)), body, 201,
           NULL);
    /* A refusal is not kept: the same key may be used again. */
    strcpy(key, key_at(0));
    expect("POST", "/v1/things", json_with_key(testing.token, key), "{\"name\":\"refused\"}", 409,
           "conflict");
    expect("POST", "/v1/things", json_with_key(testing.token, key), body, 201, NULL);
}

/* A key that may be left out: with it once, without it each time. */
static void test_key_may(void **state)
{
    (void)state;
    char key[37];
    strcpy(key, key_at(0));
    int before = atomic_load(&apply_runs);
    const char *body = "{\"name\":\"Bin\"}", *plain = "Content-Type: application/json\r\n";
    for (int i = 0; i < 2; i++)
        expect("POST", "/v1/may-things", bearer(testing.token, plain), body, 200, NULL);
    assert_int_equal(atomic_load(&apply_runs), before + 2);
    for (int i = 0; i < 3; i++)
        expect("POST", "/v1/may-things", json_with_key(testing.token, key), body, 200, NULL);
    assert_int_equal(atomic_load(&apply_runs), before + 3);
    expect("POST", "/v1/may-things", json_with_key(testing.token, key), "{\"name\":\"Bench\"}", 409,
           "idempotency-key-reused");
    expect("POST", "/v1/may-things", json_with_key(testing.token, "abc"), body, 400, "key-missing");
}

/* What the service worker needs. */
static void test_offline(void **state)
{
    (void)state;
    struct reply r = ask("GET", "/sw.js", "", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(header_of(&r, "Content-Type"), "text/javascript; charset=utf-8");
    assert_string_equal(header_of(&r, "Cache-Control"), "no-cache");
    assert_null(strstr(r.body, "{{asset"));
    reply_free(&r);
    r = ask("GET", "/offline", "Accept: text/html\r\nAccept-Language: de\r\n", NULL);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.body, "<html lang=\"de\">"));
    reply_free(&r);
    expect("GET", "/session", "", NULL, 401, "sign-in");
    char headers[512], cookie[128], csrf[256];
    snprintf(cookie, sizeof cookie, "Cookie: wesh=%s\r\n", testing.cookie);
    r = ask("GET", "/session", cookie, NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(header_of(&r, "Cache-Control"), "no-store");
    assert_int_equal(sscanf(strstr(r.body, "\"csrf\":\""), "\"csrf\":\"%200[^\"]", csrf), 1);
    reply_free(&r);
    snprintf(headers, sizeof headers, "%sContent-Type: application/json\r\nX-CSRF-Token: %s\r\n",
             cookie, csrf);
    expect("POST", "/v1/may-things", headers, "{\"name\":\"Bin\"}", 200, NULL);
    snprintf(headers, sizeof headers, "%sContent-Type: application/json\r\n", cookie);
    expect("POST", "/v1/may-things", headers, "{\"name\":\"Bin\"}", 403, "csrf");
}

static void test_race(void **state)
{
    (void)state;
    enum { N = 12 };
    int fds[N];
    int before = atomic_load(&apply_runs);
    char head[1024];
    const char *body = "{\"name\":\"Race\"}";
    int len = snprintf(head, sizeof head,
                       "POST /v1/things HTTP/1.1\r\nHost: t\r\nContent-Length: %zu\r\n%s\r\n%s",
                       strlen(body), json_with_key(testing.token, key_at(0)), body);
    for (int i = 0; i < N; i++)
        fds[i] = client_connect();
    for (int i = 0; i < N; i++)
        client_send(fds[i], head, (size_t)len);
    for (int i = 0; i < N; i++) {
        struct reply r = client_reply(fds[i], false);
        assert_int_equal(r.status, 201);
        reply_free(&r);
        close(fds[i]);
    }
    assert_int_equal(atomic_load(&apply_runs), before + 1);
}

static char *csrf_of_page(const char *cookie)
{
    static char token[256];
    struct reply r = ask("GET", "/things", cookie, NULL);
    assert_int_equal(r.status, 200);
    const char *at = strstr(r.body, "name=\"csrf\" value=\"");
    assert_non_null(at);
    at += 19;
    snprintf(token, sizeof token, "%.*s", (int)strcspn(at, "\""), at);
    assert_true(strlen(token) > 40);
    reply_free(&r);
    return token;
}

static void test_pages(void **state)
{
    (void)state;
    char cookie[256], form[1024], with_form[512];
    snprintf(cookie, sizeof cookie, "Cookie: wesh=%s; lang=en\r\nAccept: text/html\r\n",
             testing.cookie);
    snprintf(with_form, sizeof with_form, "%sContent-Type: application/x-www-form-urlencoded\r\n",
             cookie);
    struct reply r = ask("GET", "/things?word=a&utm_source=b", "Accept: text/html\r\n", NULL);
    assert_int_equal(r.status, 303);
    assert_string_equal(header_of(&r, "Location"),
                        "/sign-in?next=%2Fthings%3Fword%3Da%26utm_source%3Db");
    reply_free(&r);
    r = ask("GET", "/things?utm_source=b", cookie, NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(header_of(&r, "Cache-Control"), "no-store");
    assert_string_equal(header_of(&r, "Content-Type"), "text/html; charset=utf-8");
    assert_non_null(strstr(r.body, "<html lang=\"en\" data-person=\""));
    assert_non_null(strstr(r.body, "Ann &lt;b&gt;"));
    reply_free(&r);
    /* A page for people, also when it goes wrong. */
    r = ask("GET", "/nothing", cookie, NULL);
    assert_int_equal(r.status, 404);
    assert_non_null(strstr(r.body, "<!DOCTYPE html>"));
    assert_non_null(strstr(r.body, "We can&#39;t find this"));
    reply_free(&r);
    expect("GET", "/things", bearer(testing.other_token, "Accept: text/html\r\n"), NULL, 403,
           "<html");
    /* A form */
    expect("POST", "/things", with_form, "name=Chair&csrf=AAAA", 403, NULL);
    expect("POST", "/things", with_form, "name=Chair", 403, NULL);
    snprintf(form, sizeof form, "name=Chair&csrf=%s", csrf_of_page(cookie));
    expect("POST", "/things", with_form, form, 400, "Idempotency-Key");
    snprintf(form, sizeof form, "name=Chair&amount=2%%2C50&csrf=%s&idempotencyKey=%s",
             csrf_of_page(cookie), key_at(0));
    int before = atomic_load(&apply_runs);
    char where[1024];
    for (int i = 0; i < 2; i++) { /* sent twice, done once */
        r = ask("POST", "/things", with_form, form);
        assert_int_equal(r.status, 303);
        if (i == 1)
            assert_string_equal(header_of(&r, "Location"), where);
        const char *location = header_of(&r, "Location");
        assert_non_null(location);
        snprintf(where, sizeof where, "%s", location == NULL ? "" : location);
        assert_int_equal(strlen(where), strlen("/things/") + 36);
        reply_free(&r);
    }
    assert_int_equal(atomic_load(&apply_runs), before + 1);
    /* Refused: the page of the form again, with the status of the refusal. */
    snprintf(form, sizeof form, "name=refused&csrf=%s&idempotencyKey=%s", csrf_of_page(cookie),
             key_at(0));
    expect("POST", "/things", with_form, form, 409, "Someone else changed this");
    snprintf(form, sizeof form, "name=&amount=x&csrf=%s&idempotencyKey=%s", csrf_of_page(cookie),
             key_at(0));
    expect("POST", "/things", with_form, form, 400, "href=\"#name\"");
    expect("POST", "/things",
           "Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n", "name=x",
           303, NULL);
    expect("POST", "/things", cookie, "name=x", 415, NULL);
    expect("GET", "/things", "Accept: application/json\r\n", NULL, 406, "not-acceptable");
    /* A cookie also works for the API, with the token in a header. */
    char api[1024];
    snprintf(api, sizeof api,
             "Cookie: wesh=%s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\n",
             testing.cookie, key_at(0));
    expect("POST", "/v1/things", api, "{\"name\":\"x\"}", 403, "csrf");
    char *token = csrf_of_page(cookie);
    snprintf(api + strlen(api), sizeof api - strlen(api), "X-CSRF-Token: %s\r\n", token);
    expect("POST", "/v1/things", api, "{\"name\":\"x\"}", 201, NULL);
    strcat(api, "Sec-Fetch-Site: cross-site\r\n");
    expect("POST", "/v1/things", api, "{\"name\":\"x\"}", 403, "csrf");
}

static void test_language(void **state)
{
    (void)state;
    static const struct {
        const char *form, *location;
    } cases[] = {
        { "lang=de&next=%2Fthings%3Fa%3Db", "/things?a=b" },
        { "lang=de&next=https%3A%2F%2Fexample.org", "/" },
        { "lang=de&next=%2F%2Fexample.org", "/" },
        { "lang=de&next=%2F%5Cexample.org", "/" },
        { "lang=de&next=%2F%0d%0aX:y", "/" },
        { "lang=de", "/" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reply r =
            ask("POST", "/language",
                "Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n",
                cases[i].form);
        if (strstr(cases[i].form, "%0d") != NULL && r.status == 400) {
            reply_free(&r); /* control characters are refused before */
            continue;
        }
        assert_int_equal(r.status, 303);
        assert_string_equal(header_of(&r, "Location"), cases[i].location);
        assert_non_null(strstr(header_of(&r, "Set-Cookie"), "lang=de; Path=/;"));
        reply_free(&r);
    }
    expect("POST", "/language", "Content-Type: application/x-www-form-urlencoded\r\n", "lang=xx",
           400, NULL);
    struct reply r = ask("GET", "/nothing",
                         "Accept: text/html\r\nCookie: lang=de\r\nAccept-Language: en\r\n", NULL);
    assert_non_null(strstr(r.body, "<html lang=\"de\">"));
    reply_free(&r);
}

static const char *multipart(size_t file_bytes, const char *name, size_t *ret_len)
{
    static char out[512 * 1024];
    int len =
        snprintf(out, sizeof out,
                 "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n%s\r\n"
                 "--B\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"p.jpg\"\r\n"
                 "Content-Type: image/jpeg\r\n\r\n",
                 name);
    memset(out + len, 'p', file_bytes);
    size_t end = (size_t)len + file_bytes;
    end += (size_t)snprintf(out + end, sizeof out - end, "\r\n--B--\r\n");
    *ret_len = end;
    return out;
}

static struct reply upload_of(const char *name, size_t file_bytes, const char *more)
{
    size_t len;
    const char *body = multipart(file_bytes, name, &len);
    char head[1024];
    int head_len = snprintf(head, sizeof head,
                            "POST /v1/uploads HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer %s\r\n"
                            "Content-Type: multipart/form-data; boundary=B\r\n%s"
                            "Content-Length: %zu\r\n\r\n",
                            testing.token, more, len);
    int fd = client_connect();
    client_send(fd, head, (size_t)head_len);
    if (strstr(more, "Expect") == NULL)
        client_send(fd, body, len);
    struct reply r = client_reply(fd, false);
    close(fd);
    return r;
}

static struct reply upload(size_t file_bytes, const char *more)
{
    return upload_of("x", file_bytes, more);
}

/* Nothing slow is done for what is refused anyway, nor twice for a repeat. */
static void test_look(void **state)
{
    (void)state;
    char key[80];
    int prepared = atomic_load(&prepare_runs), applied = atomic_load(&apply_runs);
    struct reply r = upload_of("foreign", 100, "");
    assert_int_equal(r.status, 404);
    reply_free(&r);
    assert_int_equal(atomic_load(&prepare_runs), prepared);
    assert_int_equal(atomic_load(&apply_runs), applied);
    snprintf(key, sizeof key, "Idempotency-Key: %s\r\n", key_at(0));
    for (int i = 0; i < 2; i++) {
        r = upload(100, key);
        assert_int_equal(r.status, 200);
        reply_free(&r);
    }
    assert_int_equal(atomic_load(&prepare_runs), prepared + 1);
    assert_int_equal(atomic_load(&apply_runs), applied + 1);
    r = upload(101, key); /* the same key for another photo */
    assert_int_equal(r.status, 409);
    reply_free(&r);
    assert_int_equal(atomic_load(&prepare_runs), prepared + 1);
}

static void test_upload(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        int status;
    } cases[] = { { 0, 200 },          { 100, 200 },        { 13, 400 },        { 64 * 1024, 200 },
                  { 200 * 1024, 200 }, { 300 * 1024, 413 }, { 500 * 1024, 413 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reply r = upload(cases[i].bytes, "");
        assert_int_equal(r.status, cases[i].status);
        reply_free(&r);
    }
    /* Who asks first hears at once, and need not send it. */
    struct reply r = upload(400 * 1024, "Expect: 100-continue\r\n");
    assert_int_equal(r.status, 413);
    reply_free(&r);
    expect("POST", "/v1/uploads", bearer(testing.token, "Content-Type: application/json\r\n"), "{}",
           415, NULL);
    expect("POST", "/v1/uploads", "Content-Type: multipart/form-data; boundary=B\r\n", "--B--", 401,
           NULL);
    expect("POST", "/v1/uploads", bearer(testing.token, "Content-Type: multipart/form-data\r\n"),
           "--B--", 400, NULL);
    /* Chunked, without a length, over the limit. */
    int fd = client_connect();
    char head[512];
    int len = snprintf(
        head, sizeof head,
        "POST /v1/uploads HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer %s\r\nContent-Type: "
        "multipart/form-data; boundary=B\r\nTransfer-Encoding: chunked\r\n\r\n",
        testing.token);
    client_send(fd, head, (size_t)len);
    static char chunk[65536];
    memset(chunk, 'x', sizeof chunk);
    for (int i = 0; i < 8; i++) {
        client_send(fd, "10000\r\n", 7);
        client_send(fd, chunk, sizeof chunk);
        client_send(fd, "\r\n", 2);
    }
    client_send(fd, "0\r\n\r\n", 5);
    r = client_reply(fd, false);
    assert_int_equal(r.status, 413);
    reply_free(&r);
    close(fd);
    /* Cut off in the middle: nothing happens, nothing leaks. */
    int before = atomic_load(&prepare_runs);
    fd = client_connect();
    len = snprintf(
        head, sizeof head,
        "POST /v1/uploads HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer %s\r\nContent-Type: "
        "multipart/form-data; boundary=B\r\nContent-Length: 250000\r\n\r\n",
        testing.token);
    client_send(fd, head, (size_t)len);
    client_send(fd, chunk, sizeof chunk);
    client_send(fd, chunk, sizeof chunk);
    testing_sleep(50);
    close(fd);
    testing_sleep(50);
    assert_int_equal(atomic_load(&prepare_runs), before);
}

/* As many at once; returns how many were done, the others were refused with `refusal`. */
static int crowd(const char *head, const char *body, size_t len, int refusal)
{
    enum { N = 120 };
    int fds[N], done = 0;
    for (int i = 0; i < N; i++) {
        fds[i] = client_connect();
        client_send(fds[i], head, strlen(head));
        client_send(fds[i], body, len);
    }
    for (int i = 0; i < N; i++) {
        struct reply r = client_reply(fds[i], false);
        if (r.status == 200) {
            done++;
        } else {
            assert_int_equal(r.status, refusal);
            assert_string_equal(header_of(&r, "Retry-After"), "2");
        }
        reply_free(&r);
        close(fds[i]);
    }
    return done;
}

static void test_pool_full(void **state)
{
    (void)state;
    size_t len;
    char head[1024];
    assert_in_range(crowd("POST /v1/slow-things HTTP/1.1\r\nHost: t\r\n"
                          "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n",
                          "{\"name\":\"x\"}", 12, 503),
                    64, 119);
    /* Of one person two wait, while the pool's two threads have two more. */
    const char *body = multipart(10, "x", &len);
    snprintf(head, sizeof head,
             "POST /v1/uploads HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer %s\r\n"
             "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: %zu\r\n\r\n",
             testing.token, len);
    assert_in_range(crowd(head, body, len, 429), 2, 40);
}

static void test_file(void **state)
{
    (void)state;
    struct reply r = ask("GET", "/v1/files/photo.bin", "", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "bytes of a photo");
    assert_string_equal(header_of(&r, "Cache-Control"), "public, max-age=31536000, immutable");
    assert_string_equal(
        header_of(&r, "Content-Disposition"),
        "attachment; filename=\"_quote___.bin\"; filename*=UTF-8''%22quote%22%0D%0A.bin");
    char header[2048];
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", header_of(&r, "ETag"));
    reply_free(&r);
    expect("GET", "/v1/files/photo.bin", header, NULL, 304, NULL);
    r = ask("HEAD", "/v1/files/photo.bin", "", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(header_of(&r, "Content-Length"), "16");
    reply_free(&r);
    expect("GET", "/v1/files/absent.bin", "", NULL, 404, NULL);
    expect("GET", "/v1/files/lock.d", "", NULL, 404, NULL);
    expect("GET", "/assets/0/nothing.css", "", NULL, 404, NULL);
    const struct asset *css = asset_find(TEXT("app.css"));
    if (css == NULL)
        return;
    char target[128];
    snprintf(target, sizeof target, "/assets/%s/app.css", css->etag);
    r = ask("GET", target, "Accept-Encoding: gzip\r\n", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(header_of(&r, "Content-Encoding"), "gzip");
    assert_string_equal(header_of(&r, "Cache-Control"), "public, max-age=31536000, immutable");
    reply_free(&r);
    r = ask("GET", "/assets/0000/app.css", "", NULL);
    assert_string_equal(header_of(&r, "Cache-Control"), "no-cache");
    assert_int_equal(r.body_len, css->bytes.len);
    reply_free(&r);
}

static void test_garbage(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: t\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: -5\r\n\r\n",
        "POST /v1/open-things HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /v1/open-things HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /v1/things HTTP/1.1\r\nHost: t\r\n\r\nGET /v1/things HTTP/1.1\r\nHost: t\r\n\r\n\x01\x02garbage\r\n\r\n",
    };
    char *out = test_malloc(65536);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int fd = client_connect();
        client_send(fd, cases[i], strlen(cases[i]));
        shutdown(fd, SHUT_WR);
        client_read(fd, out, 65536, NULL, 3000);
        if (i == sizeof cases / sizeof cases[0] - 1) { /* the two good ones were answered */
            char *first = strstr(out, "HTTP/1.1 200");
            assert_non_null(first);
            assert_non_null(strstr(first + 1, "HTTP/1.1 200"));
        }
        close(fd);
    }
    test_free(out);
    int fd = client_connect(); /* headers larger than there is room for */
    client_send(fd, "GET /v1/things HTTP/1.1\r\nHost: t\r\nX: ", 38);
    char *large = test_malloc(100000);
    memset(large, 'x', 100000);
    client_send(fd, large, 100000);
    struct reply r = client_reply(fd, false);
    assert_true(r.status == 431 || r.status == 0);
    reply_free(&r);
    test_free(large);
    close(fd);
    expect("GET", "/healthz", "", NULL, 200, NULL);
}

static int events_connect(const char *token)
{
    char head[512];
    int fd = client_connect();
    int len = snprintf(head, sizeof head,
                       "GET /v1/things/events HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\n"
                       "Authorization: Bearer %s\r\n\r\n",
                       token);
    client_send(fd, head, (size_t)len);
    return fd;
}

static void test_events(void **state)
{
    (void)state;
    char out[8192];
    int fd = events_connect(testing.token);
    client_read(fd, out, sizeof out, "\n\n", 3000);
    assert_non_null(strstr(out, "Content-Type: text/event-stream"));
    assert_non_null(strstr(out, "event: state\ndata: {\"id\":null,\"name\":\"Bench\",\"count\":"));
    expect("POST", "/v1/open-things", "Content-Type: application/json\r\n", "{\"name\":\"fine\"}",
           200, NULL);
    client_read(fd, out, sizeof out, "\n\n", 3000);
    assert_non_null(strstr(out, "event: state\ndata: {\"id\":null"));
    /* A topic of others, and a notice without a change, send nothing; then comes the heartbeat. */
    http_notify(testing.http, (uint128[]){ 78, topic }, 2);
    client_read(fd, out, sizeof out, "\n\n", 3000);
    assert_non_null(strstr(out, ": \n\n"));
    assert_null(strstr(out, "event"));
    close(fd);
    fd = events_connect("wrong");
    struct reply r = client_reply(fd, false);
    assert_int_equal(r.status, 401);
    reply_free(&r);
    close(fd);
    expect("HEAD", "/v1/things/events", bearer(testing.token, ""), NULL, 200, NULL);
    expect("GET", "/v1/things/events", bearer(testing.token, "Accept: text/html\r\n"), NULL, 406,
           NULL);
}

static void test_events_many(void **state)
{
    (void)state;
    enum { N = 60, OVER = 70 };
    int fds[N];
    char out[8192];
    for (int i = 0; i < N; i++)
        fds[i] = events_connect(i < N / 2 ? testing.token : testing.other_token);
    for (int i = 0; i < N; i++)
        assert_true(client_read(fds[i], out, sizeof out, "\n\n", 3000) > 0);
    for (int i = 0; i < N; i += 2)
        close(fds[i]); /* gone without a word */
    for (int k = 0; k < 3; k++)
        expect("POST", "/v1/open-things", "Content-Type: application/json\r\n", "{\"name\":\"n\"}",
               200, NULL);
    for (int i = 1; i < N; i += 2) {
        client_read(fds[i], out, sizeof out, "\n\n", 3000);
        assert_non_null(strstr(out, "event: state"));
        close(fds[i]);
    }
    testing_sleep(2500); /* by now the heartbeat has found out */
    int over[OVER], refused = 0;
    for (int i = 0; i < OVER; i++) {
        over[i] = events_connect(testing.token);
        client_read(over[i], out, sizeof out, "\r\n\r\n", 3000);
        refused += strncmp(out, "HTTP/1.1 429", 12) == 0;
    }
    for (int i = 0; i < OVER; i++)
        close(over[i]);
    assert_in_range(refused, OVER - 2 * 32, OVER - 32);
}

static int open_events_connect(int address)
{
    char head[512];
    int fd = client_connect();
    int len = snprintf(head, sizeof head,
                       "GET /v1/open-things/events HTTP/1.1\r\nHost: t\r\n"
                       "Accept: text/event-stream\r\nX-Forwarded-For: 192.0.2.%d\r\n\r\n",
                       address);
    client_send(fd, head, (size_t)len);
    return fd;
}

static int status_of(int fd)
{
    char out[8192];
    client_read(fd, out, sizeof out, "\r\n\r\n", 3000);
    return strlen(out) > 12 ? atoi(out + 9) : 0;
}

/* Those who are not signed in share by address, and leave places to those who are. */
static void test_events_nobody(void **state)
{
    (void)state;
    enum { ADDRESSES = 13, EACH = 16, N = ADDRESSES * EACH, OPEN = 192 };
    int fds[N], opened = 0;
    testing_stop();
    testing_start(&(struct http_options){ .requests_per_minute = -1, .workers = 1 });
    for (int i = 0; i < EACH; i++)
        assert_int_equal(status_of(fds[i] = open_events_connect(1)), 200);
    int over = open_events_connect(1);
    assert_int_equal(status_of(over), 429);
    close(over);
    for (int i = EACH; i < N; i++) {
        int status = status_of(fds[i] = open_events_connect(1 + i / EACH));
        opened += status == 200;
        assert_true(status == 200 || status == 503);
    }
    assert_int_equal(EACH + opened, OPEN);
    int signed_in = events_connect(testing.token);
    assert_int_equal(status_of(signed_in), 200);
    close(signed_in);
    for (int i = 0; i < N; i++)
        close(fds[i]);
    testing_stop();
    testing_start(&(struct http_options){
        .requests_per_minute = -1, .idle_seconds = 1, .heartbeat_seconds = 1, .workers = 2 });
}

static err fresh_token(struct tx *tx, void *out)
{
    struct text secret;
    TRY(session_create(tx, (struct person_id){ testing.ann }, SESSION_TOKEN, DAY_US, &secret));
    snprintf(out, 64, "%.*s", TEXT_ARGS(secret));
    return OK;
}

static err token_end(struct tx *tx, void *secret)
{
    return session_end(tx, text_of(secret));
}

static err things_set(struct tx *tx, void *value)
{
    return setting_set(tx, "things", text_of(value));
}

static void apply_now(db_apply_fn *apply, void *work)
{
    struct arena *a = arena_new(1 << 20);
    assert_int_equal(db_apply(testing.db, a, apply, work), OK);
    arena_free(a);
}

/* Signed out between the headers and the body: nothing is done any more. Nor by a repeat. */
static void test_ended_between(void **state)
{
    (void)state;
    char token[64], head[1024], key[37];
    const char *body = "{\"name\":\"Late\"}";
    strcpy(key, key_at(0));
    for (int ends = 0; ends < 2; ends++) {
        apply_now(fresh_token, token);
        int before = atomic_load(&apply_runs), fd = client_connect();
        int len = snprintf(head, sizeof head,
                           "POST /v1/things HTTP/1.1\r\nHost: t\r\nContent-Length: %zu\r\n%s\r\n",
                           strlen(body), json_with_key(token, key));
        client_send(fd, head, (size_t)len);
        testing_sleep(100);
        if (ends)
            apply_now(token_end, token);
        else
            apply_now(fresh_token, (char[64]){ 0 }); /* a change to sessions of others */
        client_send(fd, body, strlen(body));
        struct reply r = client_reply(fd, false);
        assert_int_equal(r.status, ends ? 401 : 201);
        reply_free(&r);
        close(fd);
        assert_int_equal(atomic_load(&apply_runs), before + !ends);
    }
}

/* What is kept for the next request is not told once it is no longer so. One worker has it all. */
static void test_kept(void **state)
{
    (void)state;
    char token[64], first[2048];
    testing_stop();
    testing_start(&(struct http_options){ .requests_per_minute = -1, .workers = 1 });
    apply_now(things_set, "70001");
    for (int i = 0; i < 2; i++)
        expect("GET", "/v1/things", "", NULL, 200, "\"count\":70001");
    struct reply r = ask("GET", "/v1/things", "", NULL);
    snprintf(first, sizeof first, "If-None-Match: %s\r\n", header_of(&r, "ETag"));
    reply_free(&r);
    expect("GET", "/v1/things", first, NULL, 304, NULL);
    apply_now(things_set, "70002");
    expect("GET", "/v1/things", first, NULL, 200, "\"count\":70002");
    expect("GET", "/v1/things", "", NULL, 200, "\"count\":70002");
    expect("GET", "/v1/things", bearer("wrong", ""), NULL, 401, NULL);

    /* A form has a key of its own for everyone who asks. */
    char keys[2][64];
    for (int i = 0; i < 2; i++) {
        r = ask("GET", "/open-form", "Accept: text/html\r\n", NULL);
        assert_int_equal(r.status, 200);
        const char *at = strstr(r.body, "name=\"idempotencyKey\" value=\"");
        assert_non_null(at);
        snprintf(keys[i], sizeof keys[i], "%.36s", at + strlen("name=\"idempotencyKey\" value=\""));
        reply_free(&r);
    }
    assert_string_not_equal(keys[0], keys[1]);

    apply_now(fresh_token, token);
    for (int i = 0; i < 2; i++)
        expect("GET", "/v1/things/mine", bearer(token, ""), NULL, 200, NULL);
    apply_now(token_end, token);
    expect("GET", "/v1/things/mine", bearer(token, ""), NULL, 401, NULL);
    testing_stop();
    testing_start(&(struct http_options){
        .requests_per_minute = -1, .idle_seconds = 1, .heartbeat_seconds = 1, .workers = 2 });
}

/* Behind a proxy that does not pass on who asks, the operator is told, once. */
static void test_proxy_warning(void **state)
{
    (void)state;
    char log[4096] = "";
    FILE *to = tmpfile();
    assert_non_null(to);
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    testing_stop();
    testing_start(&(struct http_options){ .base_url = "https://wesh.example", .workers = 1 });
    dup2(fileno(to), STDERR_FILENO);
    expect("GET", "/v1/things", "X-Forwarded-For: 192.0.2.7\r\n", NULL, 200, NULL);
    off_t quiet = lseek(fileno(to), 0, SEEK_CUR);
    for (int i = 0; i < 2; i++)
        expect("GET", "/v1/things", "", NULL, 200, NULL);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_true(pread(fileno(to), log, sizeof log - 1, 0) >= 0);
    fclose(to);
    assert_int_equal(quiet, 0);
    char *line = strstr(log, "X-Forwarded-For");
    assert_non_null(line);
    assert_null(strstr(line + 1, "X-Forwarded-For"));
    testing_stop();
    testing_start(&(struct http_options){
        .requests_per_minute = -1, .idle_seconds = 1, .heartbeat_seconds = 1, .workers = 2 });
}

/* The client goes while the writer has its request: it is done, and nothing is left behind. */
static void test_gone(void **state)
{
    (void)state;
    int before = atomic_load(&apply_runs);
    atomic_store(&apply_delay_ms, 20);
    for (int i = 0; i < 10; i++) {
        char head[512];
        const char *body = "{\"name\":\"gone\"}";
        int fd = client_connect();
        int len = snprintf(head, sizeof head,
                           "POST /v1/open-things HTTP/1.1\r\nHost: t\r\nContent-Type: "
                           "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                           strlen(body), body);
        client_send(fd, head, (size_t)len);
        testing_sleep(5);
        close(fd);
    }
    for (int i = 0; i < 100 && atomic_load(&apply_runs) < before + 10; i++)
        testing_sleep(20);
    atomic_store(&apply_delay_ms, 0);
    assert_int_equal(atomic_load(&apply_runs), before + 10);
    expect("GET", "/v1/things", "", NULL, 200, NULL);
}

static void test_connections(void **state)
{
    (void)state;
    enum { N = 200 };
    int fds[N];
    for (int i = 0; i < N; i++)
        fds[i] = client_connect();
    static const char request[] = "GET /v1/things HTTP/1.1\r\nHost: t\r\n\r\n";
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++)
            client_send(fds[i], request, sizeof request - 1);
        for (int i = 0; i < N; i++) {
            struct reply r = client_reply(fds[i], false);
            assert_int_equal(r.status, 200);
            reply_free(&r);
        }
    }
    for (int i = 0; i < N; i++)
        close(fds[i]);
}

static void test_slow(void **state)
{
    (void)state;
    /* idle_seconds is 1 here: said nothing, trickled headers, trickled body. */
    int silent = client_connect(), headers = client_connect(), body = client_connect();
    static const char begin[] = "POST /v1/open-things HTTP/1.1\r\nHost: t\r\n"
                                "Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n";
    client_send(headers, "GET /v1/things HTTP/1.1\r\nX: ", 28);
    client_send(body, begin, sizeof begin - 1);
    int64_t until = testing_ms() + 8000;
    bool headers_open = true, body_open = true;
    while (testing_ms() < until && (headers_open || body_open)) {
        headers_open = headers_open && client_send(headers, "a", 1);
        body_open = body_open && client_send(body, " ", 1);
        testing_sleep(200);
    }
    assert_false(headers_open);
    assert_false(body_open);
    assert_true(client_is_closed(silent, 4000));
    close(silent);
    close(headers);
    close(body);
}

static void test_rate(void **state)
{
    (void)state;
    testing_stop();
    testing_start(&(struct http_options){ .requests_per_minute = 5, .workers = 2 });
    for (int i = 0; i < 5; i++)
        expect("GET", "/v1/things", "", NULL, 200, NULL);
    struct reply r = ask("GET", "/v1/things", "", NULL);
    assert_int_equal(r.status, 429);
    assert_string_equal(header_of(&r, "Retry-After"), "2");
    reply_free(&r);
    expect("GET", "/v1/things", "X-Forwarded-For: 10.0.0.9, 192.0.2.7\r\n", NULL, 200, NULL);
    expect("GET", "/v1/things", bearer("wrong", ""), NULL, 429, NULL);
    for (int i = 0; i < 5; i++) /* a person is counted apart */
        expect("GET", "/v1/things/mine", bearer(testing.token, ""), NULL, 200, NULL);
    expect("GET", "/v1/things/mine", bearer(testing.token, ""), NULL, 429, "rate-limit");
    expect("GET", "/healthz", "", NULL, 200, NULL);
    testing_stop();
    testing_start(&(struct http_options){
        .requests_per_minute = -1, .idle_seconds = 1, .heartbeat_seconds = 1, .workers = 2 });
}

static void test_https_cookie(void **state)
{
    (void)state;
    testing_stop();
    testing_start(&(struct http_options){ .base_url = "https://wesh.example/", .workers = 1 });
    char cookie[256];
    snprintf(cookie, sizeof cookie, "Cookie: __Host-wesh=%s\r\nAccept: text/html\r\n",
             testing.cookie);
    expect("GET", "/v1/things/mine", cookie, NULL, 406, NULL);
    snprintf(cookie, sizeof cookie, "Cookie: __Host-wesh=%s\r\n", testing.cookie);
    expect("GET", "/v1/things/mine", cookie, NULL, 200, NULL);
    snprintf(cookie, sizeof cookie, "Cookie: wesh=%s\r\n", testing.cookie);
    expect("GET", "/v1/things/mine", cookie, NULL, 401, NULL);
    struct reply r = ask("GET", "/v1/openapi.json", "", NULL);
    assert_non_null(strstr(r.body, "\"url\":\"https://wesh.example/v1\""));
    reply_free(&r);
    /* Signing out: the cookie goes, and the session with it. */
    snprintf(cookie, sizeof cookie, "Cookie: __Host-wesh=%s; lang=en\r\nAccept: text/html\r\n",
             testing.cookie);
    char form[512], headers[512];
    snprintf(form, sizeof form, "csrf=%s", csrf_of_page(cookie));
    snprintf(headers, sizeof headers, "%sContent-Type: application/x-www-form-urlencoded\r\n",
             cookie);
    expect("POST", "/sign-out", headers, "", 403, NULL);
    r = ask("POST", "/sign-out", headers, form);
    assert_int_equal(r.status, 303);
    assert_string_equal(header_of(&r, "Set-Cookie"),
                        "__Host-wesh=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
    assert_string_equal(header_of(&r, "Clear-Site-Data"), "\"cache\", \"storage\"");
    reply_free(&r);
    r = ask("GET", "/things", cookie, NULL);
    assert_int_equal(r.status, 303);
    reply_free(&r);
    testing_stop();
    testing_start(&(struct http_options){ .requests_per_minute = -1, .workers = 2 });
}

static void *stop_it(void *unused)
{
    (void)unused;
    testing_stop();
    return NULL;
}

static void test_stop(void **state)
{
    (void)state;
    /* One waits for the writer, one listens, one is kept open, one has said nothing yet. */
    char out[8192], head[512];
    int stream = events_connect(testing.token), idle = client_connect(), kept = client_connect();
    client_read(stream, out, sizeof out, "\n\n", 3000);
    static const char request[] = "GET /v1/things HTTP/1.1\r\nHost: t\r\n\r\n";
    client_send(kept, request, sizeof request - 1);
    struct reply r = client_reply(kept, false);
    assert_int_equal(r.status, 200);
    reply_free(&r);
    atomic_store(&apply_delay_ms, 1000);
    int waits = client_connect();
    const char *body = "{\"name\":\"last\"}";
    int len =
        snprintf(head, sizeof head,
                 "POST /v1/open-things HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 strlen(body), body);
    client_send(waits, head, (size_t)len);
    testing_sleep(100);
    pthread_t thread;
    int64_t began = testing_ms();
    pthread_create(&thread, NULL, stop_it, NULL);
    testing_sleep(200);
    client_send(kept, request, sizeof request - 1);
    r = client_reply(kept, false);
    /* Only where the same worker is still waiting for the writer it says so; else it has closed. */
    assert_true(r.status == 503 || r.status == 0);
    if (r.status == 503) {
        assert_non_null(strstr(r.body, "\"code\":\"stopping\""));
        assert_string_equal(header_of(&r, "Connection"), "close");
    }
    reply_free(&r);
    r = client_reply(waits, false);
    assert_int_equal(r.status, 200);
    assert_string_equal(header_of(&r, "Connection"), "close");
    reply_free(&r);
    assert_true(client_is_closed(stream, 2000));
    assert_true(client_is_closed(idle, 2000));
    pthread_join(thread, NULL);
    assert_in_range(testing_ms() - began, 500, 5000);
    atomic_store(&apply_delay_ms, 0);
    close(stream);
    close(idle);
    close(kept);
    close(waits);
    testing_start(&(struct http_options){ .requests_per_minute = -1, .workers = 2 });
}

static void test_port_taken(void **state)
{
    (void)state;
    struct http *second = NULL;
    const char *detail = NULL;
    struct http_options o = {
        .db = testing.db, .features = test_features, .address = "127.0.0.1", .port = testing.port
    };
    assert_int_not_equal(http_start(&o, &second, &detail), OK);
    assert_non_null(detail);
    o.address = "no address";
    o.port = 0;
    assert_int_not_equal(http_start(&o, &second, &detail), OK);
}

static int setup(void **state)
{
    (void)state;
    crypto_start();
    log_level_set(LOG_WARNING);
    testing_folder_make();
    const char *detail = NULL;
    if (page_set_new(&testing.pages, &detail) != OK)
        fail_msg("%s", detail);
    testing_start(&(struct http_options){
        .requests_per_minute = -1, .idle_seconds = 1, .heartbeat_seconds = 1, .workers = 2 });
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    testing_stop();
    page_set_free(testing.pages);
    testing_folder_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),          cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_long_address),  cmocka_unit_test(test_headers),
        cmocka_unit_test(test_etag_gzip),     cmocka_unit_test(test_who),
        cmocka_unit_test(test_idempotency),   cmocka_unit_test(test_race),
        cmocka_unit_test(test_key_may),       cmocka_unit_test(test_offline),
        cmocka_unit_test(test_pages),         cmocka_unit_test(test_language),
        cmocka_unit_test(test_upload),        cmocka_unit_test(test_pool_full),
        cmocka_unit_test(test_file),          cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_events),        cmocka_unit_test(test_events_many),
        cmocka_unit_test(test_gone),          cmocka_unit_test(test_connections),
        cmocka_unit_test(test_slow),          cmocka_unit_test(test_rate),
        cmocka_unit_test(test_stop),          cmocka_unit_test(test_port_taken),
        cmocka_unit_test(test_look),          cmocka_unit_test(test_events_nobody),
        cmocka_unit_test(test_ended_between), cmocka_unit_test(test_kept),
        cmocka_unit_test(test_proxy_warning), cmocka_unit_test(test_https_cookie),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
