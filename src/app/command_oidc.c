/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "feature/oidc/oidc.h"
#include "gen/municipality_sql.h"
#include "gen/oidc_sql.h"

#include <string.h>
#include <sys/stat.h>

enum { KEY_FILE_MAX = 16 * 1024, LABEL_CHARS_MAX = 60, SLUG_MAX = 40 };

struct oidc_work {
    struct command_context *c;
    const char *slug, *municipality;
    struct oidc_provider_new provider;
    const char *problem; /* why it was refused, in words */
};

static bool slug_ok(const char *slug)
{
    size_t length = strlen(slug);
    return length >= 1 && length <= SLUG_MAX && slug[0] != '-' &&
           strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static err add_apply(struct tx *tx, void *work)
{
    struct oidc_work *w = work;
    if (w->municipality != NULL) {
        struct municipality_get row;
        bool found;
        TRY(sql_municipality_by_code(tx, text_of(w->municipality), &row, &found));
        if (!found) {
            w->problem = "there is no municipality with this code";
            return ERR_INVALID;
        }
        w->provider.municipality = row.id;
    }
    return oidc_provider_put(tx, &w->provider);
}

static err remove_apply(struct tx *tx, void *work)
{
    struct oidc_work *w = work;
    struct oidc_provider_by_slug row;
    struct oidc_provider_subjects subjects;
    bool found;
    TRY(sql_oidc_provider_by_slug(tx, text_of(w->slug), &row, &found));
    if (!found) {
        w->problem = "there is no provider with this name";
        return ERR_INVALID;
    }
    TRY(sql_oidc_provider_subjects(tx, row.id, &subjects));
    if (subjects.count > 0) {
        w->problem = "people sign in with it; change it with `oidc add`";
        return ERR_INVALID;
    }
    return sql_oidc_provider_delete(tx, row.id);
}

static err list_read(struct tx *tx, void *work)
{
    const struct oidc_work *w = work;
    struct oidc_provider_by_slug_rows rows;
    TRY(sql_oidc_provider_list(tx, &rows));
    for (size_t i = 0; i < rows.count; i++)
        fprintf(w->c->out, "%.*s  %.*s  %.*s  %.*s\n", TEXT_ARGS(rows.at[i].slug),
                TEXT_ARGS(rows.at[i].issuer), TEXT_ARGS(rows.at[i].client_id),
                TEXT_ARGS(rows.at[i].label));
    return OK;
}

static bool role_take(struct oidc_work *w, const char *name)
{
    int64_t bit = name == NULL ? -1 : choice_index(role_names, text_of(name));
    bool fits = name == NULL || (bit >= 0 && ((UINT32_C(1) << bit) & ROLES_STRONG) != 0);
    if (name != NULL && fits)
        w->provider.role = INT64_C(1) << bit;
    return fits;
}

/* Everything about it but the municipality; gives what is wrong with it, or NULL. */
static const char *add_take(struct oidc_work *w, struct arena *a, int *argc, char **argv,
                            struct text *ret_keys)
{
    const char *label = option_take(argc, argv, "--label"),
               *issuer = option_take(argc, argv, "--issuer"),
               *client_id = option_take(argc, argv, "--client-id"),
               *key = option_take(argc, argv, "--key"), *role = option_take(argc, argv, "--role"),
               *acr = option_take(argc, argv, "--two-factors-acr"),
               *amr = option_take(argc, argv, "--two-factors-amr");
    struct stat status;
    struct text pem;
    w->municipality = option_take(argc, argv, "--municipality");
    if (label == NULL || issuer == NULL || client_id == NULL || key == NULL)
        return "give --label, --issuer, --client-id and --key";
    if (!text_utf8_ok(text_of(label)) || text_chars(text_of(label)) > LABEL_CHARS_MAX)
        return "--label takes at most 60 characters";
    if (!oidc_url_ok(text_of(issuer)))
        return "--issuer takes an address that starts with https://";
    if (!role_take(w, role))
        return "--role takes inspector, author, manager, treasurer, auditor or operator";
    if (role != NULL && w->municipality == NULL && strcmp(role, "operator") != 0)
        return "--role needs --municipality";
    if (key[0] != '/' || stat(key, &status) != 0 || (status.st_mode & 077) != 0 ||
        file_read(a, w->c->folder_fd, key, KEY_FILE_MAX, &pem) != OK)
        return "--key takes the absolute path of a file that its owner alone can read (0600)";
    if (oidc_public_keys(a, pem, ret_keys) != OK)
        return "--key must be a private key in PEM: RSA of 2048 bits or more, or P-256";
    w->provider.label = text_of(label);
    w->provider.issuer = text_of(issuer);
    w->provider.client_id = text_of(client_id);
    w->provider.key_file = text_of(key);
    w->provider.strong_acr = text_of(acr != NULL ? acr : "");
    w->provider.strong_amr = text_of(amr != NULL ? amr : "mfa");
    return NULL;
}

static int finish(struct oidc_work *w, err e)
{
    if (w->problem == NULL)
        return e == OK ? EXIT_OK : command_fail(w->c, "oidc", e, NULL);
    fprintf(w->c->err, "wesh: oidc: %s\n", w->problem);
    return EXIT_FAILED;
}

int command_oidc(struct command_context *c, int argc, char **argv)
{
    const char *usage = command_find("oidc")->usage, *action = argc > 0 ? argv[0] : "";
    bool adds = strcmp(action, "add") == 0, removes = strcmp(action, "remove") == 0;
    struct oidc_work w = { .c = c };
    struct text keys = TEXT("");
    struct arena *a = arena_new(4 << 20);
    int code = EXIT_USAGE;
    if (!adds && !removes && strcmp(action, "list") != 0) {
        fprintf(c->err, "usage: wesh %s\n", usage);
        goto done;
    }
    w.problem = adds ? add_take(&w, a, &argc, argv, &keys) : NULL;
    if (!options_done(c, argc, argv, adds || removes ? 2 : 1, usage))
        goto done;
    w.slug = adds || removes ? argv[1] : "";
    if (adds && w.problem == NULL && !slug_ok(w.slug))
        w.problem = "the short name takes small letters, digits and hyphens, at most 40";
    w.provider.slug = text_of(w.slug);
    err e = ERR_INVALID;
    if (w.problem == NULL)
        e = adds      ? db_apply(c->db, a, add_apply, &w)
            : removes ? db_apply(c->db, a, remove_apply, &w)
                      : db_read(c->db, a, list_read, &w);
    code = finish(&w, e);
    if (adds && code == EXIT_OK)
        fprintf(c->out, "redirect URI: /sign-in/with/%s/callback (behind your own address)\n%.*s\n",
                w.slug, TEXT_ARGS(keys));
done:
    arena_free(a);
    return code;
}
