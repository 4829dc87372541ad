/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "feature/issuer/issuer.h"
#include "feature/shop/shop.h"
#include "gen/issuer_sql.h"
#include "gen/municipality_sql.h"

#include <inttypes.h>
#include <string.h>

enum { REDEEM_YEARS = 3 };

struct issuer_work {
    struct command_context *c;
    struct text municipality; /* code */
    struct issuer_new new;
    bool has_date, added;
    const char *problem; /* why it was refused, in words */
};

static err issuer_check(struct tx *tx, struct issuer_work *w)
{
    struct municipality_get municipality;
    struct issuer_get is, others;
    bool found, has_other;
    TRY(sql_municipality_by_code(tx, w->municipality, &municipality, &found));
    if (!found) {
        w->problem = "there is no municipality with this code; see wesh import places";
        return ERR_INVALID;
    }
    w->new.municipality = municipality.id;
    TRY(sql_issuer_of_municipality(tx, municipality.id, &others, &has_other));
    if (has_other && others.municipality.v == municipality.id.v &&
        !text_eq(others.code, w->new.code)) {
        w->problem = "this municipality has a coin programme already; see wesh issuer list";
        return ERR_INVALID;
    }
    TRY(sql_issuer_by_code(tx, w->new.code, &is, &found));
    w->added = !found;
    if (found && is.municipality.v != municipality.id.v) {
        w->problem = "a programme with this --code belongs to another municipality";
        return ERR_INVALID;
    }
    if (found && !w->has_date)
        w->new.redeem_until = is.redeem_until;
    if (found && w->new.redeem_until.us < is.redeem_until.us) {
        w->problem = "--redeem-until can't be earlier than shops were told";
        return ERR_INVALID;
    }
    return OK;
}

static err issuer_apply(struct tx *tx, void *work)
{
    struct issuer_work *w = work;
    struct issuer_id id;
    w->problem = NULL;
    if (!w->has_date)
        w->new.redeem_until = civil_to_instant(&(struct civil){
            .year = civil_of(tx->now).year + REDEEM_YEARS, .month = 12, .day = 31, .hour = 12 });
    else if (w->new.redeem_until.us <= tx->now.us) {
        w->problem = "--redeem-until is in the past";
        return ERR_INVALID;
    }
    TRY(issuer_check(tx, w));
    return issuer_put(tx, &w->new, &id);
}

static err issuer_list_read(struct tx *tx, void *work)
{
    struct issuer_work *w = work;
    struct issuer_get_rows rows;
    TRY(sql_issuer_list(tx, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct issuer_get *one = &rows.at[i];
        struct municipality_get municipality;
        struct civil until = civil_of(one->redeem_until);
        TRY(sql_municipality_get(tx, one->municipality, &municipality));
        fprintf(w->c->out, "%.*s  %.*s  %.*s  until %04d-%02d-%02d\n", TEXT_ARGS(one->code),
                TEXT_ARGS(municipality.code), TEXT_ARGS(one->brand), (int)until.year,
                (int)until.month, (int)until.day);
    }
    return OK;
}

static bool words_ok(struct text t, size_t chars_max)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] < ' ' || t.at[i] == 0x7f)
            return false;
    return t.len > 0 && text_utf8_ok(t) && text_chars(t) <= chars_max;
}

static bool code_ok(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (!(t.at[i] >= 'a' && t.at[i] <= 'z') && !(t.at[i] >= '0' && t.at[i] <= '9') &&
            (t.at[i] != '-' || i == 0))
            return false;
    return t.len > 0 && t.len <= 40;
}

/* NULL when all is right, else what is not. */
static const char *issuer_new_take(struct issuer_work *w, int *argc, char **argv)
{
    struct issuer_new *n = &w->new;
    n->code = text_of(option_take(argc, argv, "--code"));
    w->municipality = text_of(option_take(argc, argv, "--municipality"));
    n->brand_plural = text_of(option_take(argc, argv, "--brand-plural"));
    n->brand = text_of(option_take(argc, argv, "--brand"));
    n->debtor_name = text_of(option_take(argc, argv, "--debtor-name"));
    n->debtor_iban = text_of(option_take(argc, argv, "--debtor-iban"));
    n->debtor_bic = text_of(option_take(argc, argv, "--debtor-bic"));
    struct text date = text_of(option_take(argc, argv, "--redeem-until"));
    n->currency = TEXT("EUR");
    w->has_date = date.at != NULL;
    if (n->debtor_bic.at == NULL)
        n->debtor_bic = TEXT("");
    if (!code_ok(n->code))
        return "--code takes small letters, digits and -, at most 40";
    if (w->municipality.len == 0)
        return "--municipality is needed, with a code like GM0917";
    if (!words_ok(n->brand, 40) || !words_ok(n->brand_plural, 40))
        return "--brand and --brand-plural are needed, at most 40 characters: Heitje, Heitjes";
    if (!words_ok(n->debtor_name, 70))
        return "--debtor-name is needed, at most 70 characters: who the bank account belongs to";
    if (!iban_ok(n->debtor_iban))
        return "--debtor-iban takes an IBAN in capitals, without spaces";
    if (!bic_ok(n->debtor_bic))
        return "--debtor-bic takes 8 or 11 capitals and digits";
    if (w->has_date && date_parse(date, &n->redeem_until) != OK)
        return "--redeem-until takes a date like 2029-12-31";
    n->redeem_until.us += DAY_US / 2; /* noon: the same date in every time zone near */
    return NULL;
}

int command_issuer(struct command_context *c, int argc, char **argv)
{
    const char *usage = command_find("issuer")->usage, *wrong = NULL;
    struct issuer_work w = { .c = c };
    bool adds = argc > 0 && strcmp(argv[0], "add") == 0;
    if (argc > 0 && !adds && strcmp(argv[0], "list") != 0) {
        fprintf(c->err, "wesh: there is no `issuer %s`\nusage: wesh %s\n", argv[0], usage);
        return EXIT_USAGE;
    }
    if (adds)
        wrong = issuer_new_take(&w, &argc, argv);
    if (!options_done(c, argc, argv, 1, usage))
        return EXIT_USAGE;
    if (wrong != NULL) {
        fprintf(c->err, "wesh: issuer add: %s\n", wrong);
        return EXIT_USAGE;
    }
    struct arena *a = arena_new(4 << 20);
    err e = adds ? db_apply(c->db, a, issuer_apply, &w) : db_read(c->db, a, issuer_list_read, &w);
    arena_free(a);
    if (e != OK && w.problem != NULL) {
        fprintf(c->err, "wesh: issuer add: %s\n", w.problem);
        return EXIT_FAILED;
    }
    if (e != OK)
        return command_fail(c, "issuer", e, NULL);
    if (adds)
        fprintf(c->out, "%.*s is %s\n", TEXT_ARGS(w.new.code), w.added ? "added" : "up to date");
    return EXIT_OK;
}
