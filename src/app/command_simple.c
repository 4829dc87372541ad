/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The small commands: init, set, verify, routes, openapi. */
#include "app/app.h"

#include "feature/map/map.h"

#include <inttypes.h>
#include <string.h>

int command_init(struct command_context *c, int argc, char **argv)
{
    if (!options_done(c, argc, argv, 0, command_find("init")->usage))
        return EXIT_USAGE;
    const char *detail = NULL;
    struct db *db;
    struct db_options o = { .folder = c->data, .store = c->store, .create = true };
    err e = db_open(&o, &db, &detail);
    if (e != OK)
        return command_fail(c, c->data, e, detail);
    db_close(db);
    fprintf(
        c->out,
        "%s is ready. Next: wesh import places, wesh issuer add, wesh import shops, wesh user add.\n",
        c->data);
    return EXIT_OK;
}

/* set */

struct setting {
    const char *name;
    int64_t min, max;
    struct text value;
};
enum { SETTING_CHARS_MAX = 500 };
static const struct setting settings[] = {
    { "review.undo-seconds", 0, 3600, { 0 } },
    { "payout.weekday", 1, 7, { 0 } },
    { "task.hourly-guide", 1, 10000, { 0 } },
    { SETTING_TWO_FACTORS, 0, 1, { 0 } },
    { "map.tiles", 0, 0, { 0 } }, /* texts */
    { "map.credit", 0, 0, { 0 } },
    { "security.contact", 0, 0, { 0 } },
};

static err setting_apply(struct tx *tx, void *work)
{
    const struct setting *s = work;
    return setting_set(tx, s->name, s->value);
}

static bool contact_ok(struct text contact)
{
    for (size_t i = 0; i < contact.len; i++)
        if (contact.at[i] <= ' ' || contact.at[i] >= 0x7f)
            return false;
    return text_starts(contact, "mailto:") || text_starts(contact, "https://");
}

int command_set(struct command_context *c, int argc, char **argv)
{
    if (!options_done(c, argc, argv, 2, command_find("set")->usage))
        return EXIT_USAGE;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct setting s = settings[i];
        int64_t value;
        if (strcmp(argv[0], s.name) != 0)
            continue;
        s.value = text_of(argv[1]);
        bool is_text = s.max == 0;
        if (strcmp(s.name, "security.contact") == 0 && !contact_ok(s.value)) {
            fprintf(c->err, "wesh: %s takes mailto:… or https://…\n", s.name);
            return EXIT_USAGE;
        }
        if (is_text && (s.value.len > SETTING_CHARS_MAX ||
                        (strcmp(s.name, "map.tiles") == 0 && !map_tiles_ok(s.value)))) {
            fprintf(c->err, "wesh: %s takes %s\n", s.name,
                    "an address with {z}, {x} and {y} in it, or off");
            return EXIT_USAGE;
        }
        if (!is_text && (text_int(s.value, &value) != OK || value < s.min || value > s.max)) {
            fprintf(c->err, "wesh: %s takes a number from %" PRId64 " to %" PRId64 "\n", s.name,
                    s.min, s.max);
            return EXIT_USAGE;
        }
        struct arena *a = arena_new(1 << 20);
        err e = db_apply(c->db, a, setting_apply, &s);
        arena_free(a);
        return e == OK ? EXIT_OK : command_fail(c, "set", e, NULL);
    }
    fprintf(c->err, "wesh: there is no setting %s; see wesh set --help\n", argv[0]);
    return EXIT_USAGE;
}

/* verify */

enum { FAULTS_TOLD_MAX = 20 };

struct verifying {
    struct command_context *c;
    int64_t faults, told;
};

static void verify_tell(void *self, const char *line)
{
    struct verifying *v = self;
    if (v->told++ < FAULTS_TOLD_MAX)
        fprintf(v->c->out, "%s\n", line);
}
static err verify_read(struct tx *tx, void *work)
{
    struct verifying *v = work;
    return verify_all(tx, verify_tell, v, &v->faults);
}

int command_verify(struct command_context *c, int argc, char **argv)
{
    if (!options_done(c, argc, argv, 0, command_find("verify")->usage))
        return EXIT_USAGE;
    const char *detail = NULL;
    struct db *db;
    struct verifying v = { .c = c };
    err e = db_open(
        &(struct db_options){
            .folder = c->data, .store = c->store, .read_only = true, .copy = true },
        &db, &detail);
    if (e != OK)
        return command_fail(c, c->data, e, detail);
    struct arena *a = arena_new(16 << 20);
    e = db_read(db, a, verify_read, &v);
    db_close(db);
    arena_free(a);
    if (e != OK)
        return command_fail(c, "verify", e, NULL);
    if (v.faults > 0) {
        fprintf(c->out, "%" PRId64 " faults found\n", v.faults);
        return EXIT_FAILED;
    }
    fprintf(c->out, "all balances, holds and sums are right\n");
    return EXIT_OK;
}

/* routes */

static const char *const method_names[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
static const char *const kind_names[] = { "READ", "WRITE", "FILE", "EVENTS" };

static void route_roles(uint32_t roles, const char *quote, const char *between, FILE *out)
{
    const char *before = "";
    if ((roles & ROLE_ANYONE) != 0)
        roles = ROLE_ANYONE;
    for (int bit = 0; role_names[bit] != NULL; bit++)
        if ((roles & (UINT32_C(1) << bit)) != 0) {
            fprintf(out, "%s%s%s%s", before, quote, role_names[bit], quote);
            before = between;
        }
}

int command_routes(struct command_context *c, int argc, char **argv)
{
    bool json = option_flag(&argc, argv, "--json");
    if (!options_done(c, argc, argv, 0, command_find("routes")->usage))
        return EXIT_USAGE;
    const char *before = "[";
    for (size_t f = 0; app_features[f] != NULL; f++)
        for (size_t i = 0; i < app_features[f]->route_count; i++) {
            const struct route *r = &app_features[f]->routes[i];
            if (json) {
                fprintf(c->out, "%s{\"method\":\"%s\",\"path\":\"%s\",\"kind\":\"%s\",\"roles\":[",
                        before, method_names[r->method], r->path, kind_names[r->kind]);
                route_roles(r->rooms->roles, "\"", ",", c->out);
                fprintf(c->out, "]}");
                before = ",\n";
            } else {
                fprintf(c->out, "%-6s %-48s %-6s ", method_names[r->method], r->path,
                        kind_names[r->kind]);
                route_roles(r->rooms->roles, "", " ", c->out);
                fprintf(c->out, "\n");
            }
        }
    if (json)
        fprintf(c->out, "]\n");
    return EXIT_OK;
}

int command_openapi(struct command_context *c, int argc, char **argv)
{
    const char *base_url = option_take(&argc, argv, "--base-url");
    if (!options_done(c, argc, argv, 0, command_find("openapi")->usage))
        return EXIT_USAGE;
    struct arena *a = arena_new(32 << 20);
    struct view *view;
    struct text json;
    err e = openapi_view(a, app_features, base_url != NULL ? base_url : "https://wesh.example.org",
                         &view);
    if (e == OK)
        e = view_json(a, view, 16 << 20, &json);
    if (e == OK)
        fprintf(c->out, "%.*s\n", TEXT_ARGS(json));
    arena_free(a);
    return e == OK ? EXIT_OK : command_fail(c, "openapi", e, NULL);
}
