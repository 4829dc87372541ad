/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "feature/municipality/municipality.h"
#include "feature/person/person.h"
#include "gen/app_sql.h"
#include "gen/municipality_sql.h"

#include <string.h>

enum { ROLES_MAX = 10 };

struct user_work {
    struct command_context *c;
    const char *name, *municipality, *shop;
    enum role roles[ROLES_MAX];
    size_t role_count;
    const char *problem; /* why it was refused, in words */
    struct text secret;
};

static err scope_of(struct tx *tx, struct user_work *w, enum role role,
                    struct municipality_id municipality, uint128 *ret)
{
    *ret = 0;
    if (role == ROLE_RESIDENT || role == ROLE_OPERATOR)
        return OK;
    if (role != ROLE_CASHIER && role != ROLE_OWNER) {
        *ret = municipality.v;
        return OK;
    }
    struct app_shop_named_rows shops = { 0 };
    if (w->shop != NULL)
        TRY(sql_app_shop_named(tx, text_of(w->shop), &shops));
    if (shops.count != 1) {
        w->problem = "cashier and owner need --shop with the name of one shop";
        return ERR_INVALID;
    }
    *ret = shops.at[0].id.v;
    return OK;
}

static err user_add_apply(struct tx *tx, void *work)
{
    struct user_work *w = work;
    struct municipality_get municipality = { 0 };
    bool found = false;
    uint128 scopes[ROLES_MAX];
    if (w->municipality != NULL) {
        TRY(sql_municipality_by_code(tx, text_of(w->municipality), &municipality, &found));
        if (!found) {
            w->problem = "there is no municipality with this code";
            return ERR_INVALID;
        }
    }
    for (size_t i = 0; i < w->role_count; i++)
        TRY(scope_of(tx, w, w->roles[i], municipality.id, &scopes[i]));
    struct person_id person;
    TRY(person_add(
        tx, &(struct person_new){ .name = text_of(w->name), .municipality = municipality.id },
        &person));
    for (size_t i = 0; i < w->role_count; i++)
        TRY(person_grant(tx, person, w->roles[i], scopes[i]));
    return sign_in_link_create(tx, person, DAY_US, &w->secret);
}

static err user_link_apply(struct tx *tx, void *work)
{
    struct user_work *w = work;
    struct app_person_named_rows rows;
    TRY(sql_app_person_named(tx, text_of(w->name), &rows));
    if (rows.count != 1) {
        w->problem = rows.count == 0 ? "there is nobody of this name"
                                     : "there are several people of this name";
        return ERR_INVALID;
    }
    return sign_in_link_create(tx, rows.at[0].id, DAY_US, &w->secret);
}

static err user_list_row(void *self, const struct app_person_list *row)
{
    struct user_work *w = self;
    char id[37] = "";
    uuid_write(row->id.v, id);
    fprintf(w->c->out, "%s  %.*s  %.*s ", id, TEXT_ARGS(row->name),
            row->municipality.at != NULL ? (int)row->municipality.len : 1,
            row->municipality.at != NULL ? row->municipality.at : "-");
    for (int bit = 0; role_names[bit] != NULL; bit++)
        if ((row->roles & (INT64_C(1) << bit)) != 0)
            fprintf(w->c->out, " %s", role_names[bit]);
    fprintf(w->c->out, "\n");
    return OK;
}
static err user_list_read(struct tx *tx, void *work)
{
    return sql_app_person_list(tx, user_list_row, work);
}

static bool roles_take(struct user_work *w, int *argc, char **argv)
{
    for (const char *name; (name = option_take(argc, argv, "--role")) != NULL;) {
        int bit = 0;
        while (role_names[bit] != NULL && strcmp(role_names[bit], name) != 0)
            bit++;
        if (role_names[bit] == NULL || (1u << bit) == ROLE_ANYONE || w->role_count == ROLES_MAX) {
            fprintf(w->c->err, "wesh: there is no role %s; see wesh user --help\n", name);
            return false;
        }
        w->roles[w->role_count++] = (enum role)(1u << bit);
    }
    return true;
}

int command_user(struct command_context *c, int argc, char **argv)
{
    const char *usage = command_find("user")->usage;
    struct user_work w = { .c = c };
    if (argc == 0)
        return options_done(c, argc, argv, 1, usage) ? EXIT_OK : EXIT_USAGE;
    const char *action = argv[0];
    bool adds = strcmp(action, "add") == 0, links = strcmp(action, "link") == 0;
    if (!adds && !links && strcmp(action, "list") != 0) {
        fprintf(c->err, "wesh: there is no `user %s`\nusage: wesh %s\n", action, usage);
        return EXIT_USAGE;
    }
    if (adds) {
        w.name = option_take(&argc, argv, "--name");
        w.municipality = option_take(&argc, argv, "--municipality");
        w.shop = option_take(&argc, argv, "--shop");
        if (!roles_take(&w, &argc, argv))
            return EXIT_USAGE;
        if (w.role_count == 0)
            w.roles[w.role_count++] = ROLE_RESIDENT;
    } else if (links && argc > 1) {
        w.name = argv[1];
    }
    if (!options_done(c, argc, argv, links ? 2 : 1, usage))
        return EXIT_USAGE;
    if (adds && (w.name == NULL || !text_utf8_ok(text_of(w.name)) ||
                 text_chars(text_trim(text_of(w.name))) < 1 || text_chars(text_of(w.name)) > 80)) {
        fprintf(c->err, "wesh: give a --name of at most 80 characters\n");
        return EXIT_USAGE;
    }
    struct arena *a = arena_new(4 << 20);
    err e = adds    ? db_apply(c->db, a, user_add_apply, &w)
            : links ? db_apply(c->db, a, user_link_apply, &w)
                    : db_read(c->db, a, user_list_read, &w);
    if (e == OK && (adds || links))
        fprintf(c->out, "/sign-in/%.*s\n", TEXT_ARGS(w.secret));
    if (w.problem != NULL)
        fprintf(c->err, "wesh: user %s: %s\n", action, w.problem);
    arena_free(a);
    if (e != OK)
        return w.problem != NULL ? EXIT_FAILED : command_fail(c, "user", e, NULL);
    return EXIT_OK;
}
