/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/account/account_internal.h"

struct recovery {
    struct work work;
    struct text session_secret, typed, code, device;
    struct person_signed_in signed_in;
};

/* A code is stored as its hash; so that it can be shown on the next page, also mixed with bytes
 * that only the session's secret gives. Mixing twice gives it back. */
static struct text mixed(struct arena *a, struct text bytes, struct text session_secret,
                         struct text code_hash)
{
    struct text label = text_format(a, "recovery %.*s", TEXT_ARGS(hex(a, code_hash)));
    struct sha256 pad = hmac_sha256(session_secret, label);
    char *out = arena_alloc(a, bytes.len);
    for (size_t i = 0; i < bytes.len && i < sizeof pad.at; i++)
        out[i] = (char)((unsigned char)bytes.at[i] ^ pad.at[i]);
    return (struct text){ out, bytes.len };
}

err recovery_make(struct tx *tx, struct person_id person, struct text session_secret)
{
    uint8_t chance[RECOVERY_CHARS];
    tx->random->fill(tx->random->self, chance, sizeof chance);
    struct text code = recovery_code_of(tx->arena, chance);
    struct text hash = secret_hash(tx->arena, code);
    return sql_recovery_put(tx, person, hash, mixed(tx->arena, code, session_secret, hash),
                            tx->now);
}

/* GET /me/recovery */

static err recovery_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct recovery_get row;
    bool found;
    (void)work;
    TRY(sql_recovery_get(tx, rq->actor->person, &row, &found));
    struct view *object = view_object(rq->arena);
    view_put_bool(rq->arena, object, "hasCode", found);
    if (found)
        view_put_instant(rq->arena, object, "madeAt", row.created_at);
    if (found && row.sealed.at != NULL) {
        struct text code = mixed(rq->arena, row.sealed, rq->session_secret, row.code_hash), same;
        /* Another session of theirs made it: it can't be read in this one. */
        if (recovery_code_parse(rq->arena, code, &same) == OK)
            view_put_text(rq->arena, object, "code", same);
    }
    *ret = object;
    return OK;
}

const struct rooms recovery_show_rooms = {
    .id = "recoveryShow",
    .summary = "The recovery code, while it is new",
    .tag = "account",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = recovery_show_load,
};

/* POST /me/recovery and /me/recovery/seen */

static err recovery_make_read(struct request *rq, void *work)
{
    ((struct recovery *)work)->session_secret = rq->session_secret;
    return OK;
}

static err recovery_make_apply(struct tx *tx, void *work)
{
    const struct recovery *w = work;
    TRY(recovery_make(tx, w->work.actor.person, w->session_secret));
    return account_tell(tx, w->work.actor.person, N_("A new recovery code"),
                        N_("A new recovery code was made for your account. The one before does not "
                           "work any more. Was it not you? Then sign in, sign out all other "
                           "devices, and make a new code."));
}

const struct rooms recovery_make_rooms = {
    .id = "recoveryMake",
    .summary = "Make a new recovery code",
    .tag = "account",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct recovery),
    .status = 204,
    .read = recovery_make_read,
    .apply = recovery_make_apply,
};

static err recovery_seen_apply(struct tx *tx, void *work)
{
    const struct recovery *w = work;
    return sql_recovery_seen(tx, w->work.actor.person);
}

const struct rooms recovery_seen_rooms = {
    .id = "recoverySeen",
    .summary = "The recovery code is written down: show it no more",
    .tag = "account",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct recovery),
    .status = 204,
    .apply = recovery_seen_apply,
};

/* GET and POST /sign-in/recovery */

static const struct field recovery_use_fields[] = {
    { "code", FIELD_TEXT, 0, offsetof(struct recovery, typed), 1, 60,
      .about = "The recovery code, as it was printed" },
};
static const struct schema recovery_use_body =
    SCHEMA("RecoveryUse", struct recovery, recovery_use_fields);

static err recovery_use_show_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)tx, (void)work;
    *ret = view_object(rq->arena);
    return OK;
}

const struct rooms recovery_use_show_rooms = {
    .id = "recoveryUseShow",
    .summary = "The page to type a recovery code on",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct recovery),
    .status = 200,
    .load = recovery_use_show_load,
};

static err recovery_use_read(struct request *rq, void *work)
{
    struct recovery *w = work;
    w->device = session_device(rq->arena, rq->user_agent);
    return recovery_code_parse(rq->arena, w->typed, &w->code);
}

static err recovery_use_apply(struct tx *tx, void *work)
{
    struct recovery *w = work;
    struct recovery_by_code row;
    bool found;
    TRY(sql_recovery_by_code(tx, secret_hash(tx->arena, w->code), &row, &found));
    if (!found)
        return ERR_ACCOUNT_RECOVERY;
    /* It works once, and whoever lost a device may have lost a session with it. */
    TRY(sql_recovery_delete(tx, row.person));
    TRY(session_end_others(tx, row.person, (struct any_id){ 0 }));
    struct session_new n = { .person = row.person, .method = METHOD_RECOVERY, .device = w->device };
    TRY(person_sign_in(tx, &n, TEXT("/me/recovery"), &w->signed_in));
    TRY(recovery_make(tx, row.person, w->signed_in.secret));
    return account_tell(tx, row.person, N_("Your recovery code was used"),
                        N_("Someone signed in with the recovery code of your account. All other "
                           "devices were signed out. Was it not you? Then tell your "
                           "municipality."));
}

static err recovery_use_reply(struct request *rq, void *work, struct view **ret)
{
    const struct recovery *w = work;
    (void)ret;
    person_signed_in_reply(rq, &w->signed_in);
    return OK;
}

const struct rooms recovery_use_rooms = {
    .id = "recoveryUse",
    .summary = "Sign in with a recovery code; it is replaced by a new one",
    .tag = "account",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct recovery),
    .body = &recovery_use_body,
    .status = 204,
    .errors = (const err[]){ ERR_ACCOUNT_RECOVERY, OK },
    .error_fields = (const struct error_field[]){ { ERR_ACCOUNT_RECOVERY, "code" }, { OK, NULL } },
    .read = recovery_use_read,
    .apply = recovery_use_apply,
    .reply = recovery_use_reply,
};
