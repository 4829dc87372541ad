/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "feature/municipality/municipality.h"
#include "feature/person/person.h"
#include "gen/app_sql.h"
#include "gen/municipality_sql.h"

#include <inttypes.h>
#include <string.h>

enum { ROLES_MAX = 10 };

struct user_work {
    struct command_context *c;
    const char *name, *municipality, *shop;
    bool everywhere;
    enum role roles[ROLES_MAX];
    size_t role_count;
    const char *problem; /* why it was refused, in words */
    struct text secret;
    int64_t sessions, links; /* ended by sign-out */
};

err user_find(struct tx *tx, const char *name, struct person_id *ret, const char **ret_problem)
{
    struct app_person_named_rows rows;
    struct app_person_named one;
    struct person_id id;
    bool found;
    *ret_problem = NULL;
    TRY(sql_app_person_named(tx, text_of(name), &rows));
    if (rows.count == 1) {
        *ret = rows.at[0].id;
        return OK;
    }
    *ret_problem = "there are several people of this name; give the id that wesh user list shows";
    if (rows.count > 1)
        return ERR_INVALID;
    *ret_problem = "there is nobody with this name or id; see wesh user list";
    if (uuid_parse(text_of(name), &id.v) != OK)
        return ERR_INVALID;
    TRY(sql_app_person_by_id(tx, id, &one, &found));
    if (!found)
        return ERR_INVALID;
    *ret_problem = NULL;
    *ret = one.id;
    return OK;
}

static err scope_of(struct tx *tx, struct user_work *w, enum role role,
                    struct municipality_id municipality, uint128 *ret)
{
    *ret = 0;
    if (role == ROLE_RESIDENT || role == ROLE_OPERATOR)
        return OK;
    if (role != ROLE_CASHIER && role != ROLE_OWNER) {
        if (!w->everywhere && municipality.v == 0) {
            w->problem = "this role needs --municipality CODE, or --everywhere";
            return ERR_INVALID;
        }
        *ret = w->everywhere ? 0 : municipality.v;
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

/* The municipality, and what each role is for. */
static err scopes_read(struct tx *tx, struct user_work *w, struct municipality_id *ret_municipality,
                       uint128 scopes[ROLES_MAX])
{
    struct municipality_get municipality = { 0 };
    bool found = false;
    w->problem = NULL;
    if (w->municipality != NULL) {
        TRY(sql_municipality_by_code(tx, text_of(w->municipality), &municipality, &found));
        if (!found) {
            w->problem = "there is no municipality with this code; see wesh import places";
            return ERR_INVALID;
        }
    }
    for (size_t i = 0; i < w->role_count; i++)
        TRY(scope_of(tx, w, w->roles[i], municipality.id, &scopes[i]));
    *ret_municipality = municipality.id;
    return OK;
}

static err user_add_apply(struct tx *tx, void *work)
{
    struct user_work *w = work;
    struct municipality_id municipality;
    struct person_id person;
    uint128 scopes[ROLES_MAX];
    TRY(scopes_read(tx, w, &municipality, scopes));
    TRY(person_add(tx,
                   &(struct person_new){ .name = text_of(w->name), .municipality = municipality },
                   &person));
    for (size_t i = 0; i < w->role_count; i++)
        TRY(person_grant(tx, person, w->roles[i], scopes[i]));
    return sign_in_link_create(tx, person, DAY_US, &w->secret);
}

static err user_add_role_apply(struct tx *tx, void *work)
{
    struct user_work *w = work;
    struct municipality_id municipality;
    struct person_id person;
    uint128 scopes[ROLES_MAX];
    TRY(scopes_read(tx, w, &municipality, scopes));
    TRY(user_find(tx, w->name, &person, &w->problem));
    for (size_t i = 0; i < w->role_count; i++)
        TRY(person_grant(tx, person, w->roles[i], scopes[i]));
    return OK;
}

static err user_remove_role_apply(struct tx *tx, void *work)
{
    struct user_work *w = work;
    struct person_id person;
    int64_t removed = 0, sessions;
    TRY(user_find(tx, w->name, &person, &w->problem));
    for (size_t i = 0; i < w->role_count; i++) {
        int64_t count;
        TRY(sql_app_grants_remove(tx, person, (int64_t)w->roles[i], &count));
        removed += count;
    }
    if (removed == 0) {
        w->problem = "this person does not have that role";
        return ERR_INVALID;
    }
    return sql_app_sessions_remove(tx, person, &sessions);
}

static err user_sign_out_apply(struct tx *tx, void *work)
{
    struct user_work *w = work;
    struct person_id person;
    TRY(user_find(tx, w->name, &person, &w->problem));
    TRY(sql_app_sessions_remove(tx, person, &w->sessions));
    return sql_app_links_remove(tx, person, &w->links);
}

static err user_link_apply(struct tx *tx, void *work)
{
    struct user_work *w = work;
    struct person_id person;
    TRY(user_find(tx, w->name, &person, &w->problem));
    return sign_in_link_create(tx, person, DAY_US, &w->secret);
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

enum { TAKES_PERSON = 1, TAKES_ROLES = 2, TAKES_PLACE = 4, GIVES_LINK = 8 };
static const struct action {
    const char *name;
    err (*apply)(struct tx *tx, void *work); /* NULL: only reads */
    unsigned is;
} actions[] = {
    { "add", user_add_apply, TAKES_ROLES | TAKES_PLACE | GIVES_LINK },
    { "add-role", user_add_role_apply, TAKES_PERSON | TAKES_ROLES | TAKES_PLACE },
    { "remove-role", user_remove_role_apply, TAKES_PERSON | TAKES_ROLES },
    { "link", user_link_apply, TAKES_PERSON | GIVES_LINK },
    { "sign-out", user_sign_out_apply, TAKES_PERSON },
    { "list", NULL, 0 },
};

static const struct action *action_find(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

static bool name_ok(const char *name)
{
    return name != NULL && text_utf8_ok(text_of(name)) &&
           text_chars(text_trim(text_of(name))) >= 1 && text_chars(text_of(name)) <= 80;
}

static bool user_take(struct user_work *w, const struct action *action, int argc, char **argv)
{
    struct command_context *c = w->c;
    bool adds = action->apply == user_add_apply, has_person = (action->is & TAKES_PERSON) != 0;
    if (adds)
        w->name = option_take(&argc, argv, "--name");
    if ((action->is & TAKES_PLACE) != 0) {
        w->municipality = option_take(&argc, argv, "--municipality");
        w->shop = option_take(&argc, argv, "--shop");
        w->everywhere = option_flag(&argc, argv, "--everywhere");
    }
    if ((action->is & TAKES_ROLES) != 0 && !roles_take(w, &argc, argv))
        return false;
    if (!options_done(c, argc, argv, has_person ? 2 : 1, command_find("user")->usage))
        return false;
    if (has_person)
        w->name = argv[1];
    if (adds && !name_ok(w->name)) {
        fprintf(c->err, "wesh: give a --name of at most 80 characters\n");
        return false;
    }
    if (adds && w->role_count == 0)
        w->roles[w->role_count++] = ROLE_RESIDENT;
    if ((action->is & TAKES_ROLES) != 0 && w->role_count == 0) {
        fprintf(c->err, "wesh: user %s: give a --role\n", action->name);
        return false;
    }
    return true;
}

int command_user(struct command_context *c, int argc, char **argv)
{
    const char *usage = command_find("user")->usage;
    struct user_work w = { .c = c };
    if (argc == 0)
        return options_done(c, argc, argv, 1, usage) ? EXIT_OK : EXIT_USAGE;
    const struct action *action = action_find(argv[0]);
    if (action == NULL) {
        fprintf(c->err, "wesh: there is no `user %s`\nusage: wesh %s\n", argv[0], usage);
        return EXIT_USAGE;
    }
    if (!user_take(&w, action, argc, argv))
        return EXIT_USAGE;
    struct arena *a = arena_new(4 << 20);
    err e = action->apply != NULL ? db_apply(c->db, a, action->apply, &w)
                                  : db_read(c->db, a, user_list_read, &w);
    if (e == OK && (action->is & GIVES_LINK) != 0)
        fprintf(c->out, "/sign-in/%.*s\n", TEXT_ARGS(w.secret));
    if (e == OK && action->apply == user_sign_out_apply)
        fprintf(c->out, "%" PRId64 " sessions and %" PRId64 " links ended\n", w.sessions, w.links);
    if (e != OK && w.problem != NULL)
        fprintf(c->err, "wesh: user %s: %s\n", action->name, w.problem);
    arena_free(a);
    if (e != OK)
        return w.problem != NULL ? EXIT_FAILED : command_fail(c, "user", e, NULL);
    return EXIT_OK;
}
