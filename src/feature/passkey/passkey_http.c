/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/passkey/passkey.h"

#include "feature/account/account.h"
#include "feature/person/person.h"
#include "gen/passkey_sql.h"

#include <string.h>

enum {
    CHALLENGE_BYTES = 32,
    CHALLENGE_MINUTES = 5,
    BASE64_MAX = 8192,
    NAME_MAX_CHARS = 60,
    PASSKEYS_MAX = 20
};

enum purpose { PURPOSE_SIGN_IN, PURPOSE_ADD, PURPOSE_CONFIRM };
static const char *const purposes[] = { "sign-in", "add", "confirm", NULL };
static const char *const verifications[] = { "preferred", "required", NULL };

/* POST /v1/passkeys/challenges */

struct credential {
    struct text id;
};
static const struct field credential_fields[] = {
    { "id", FIELD_TEXT, .at = offsetof(struct credential, id),
      .about = "Credential id, base64url" },
};
static const struct schema credential_schema =
    SCHEMA("PasskeyCredential", struct credential, credential_fields);

struct challenge {
    struct work work;
    int64_t purpose;
    struct text browser_hash, client, base_url;
    struct text challenge, rp_id, user_id, user_name;
    int64_t verification;
    struct schema_list credentials;
};
static const struct field challenge_body_fields[] = {
    { "purpose", FIELD_CHOICE, 0, offsetof(struct challenge, purpose), .choices = purposes,
      .about = "What it is for" },
};
static const struct schema challenge_body =
    SCHEMA("PasskeyChallengeNew", struct challenge, challenge_body_fields);
#define AT(member) .at = offsetof(struct challenge, member)
static const struct field challenge_fields[] = {
    { "challenge", FIELD_TEXT, AT(challenge), .about = "32 bytes, base64url" },
    { "rpId", FIELD_TEXT, AT(rp_id), .about = "Host name the passkey is for" },
    { "userId", FIELD_TEXT, FIELD_OPTIONAL, AT(user_id),
      .about = "To add: user handle, base64url" },
    { "userName", FIELD_TEXT, FIELD_OPTIONAL, AT(user_name), .about = "To add: name to show" },
    { "userVerification", FIELD_CHOICE, AT(verification), .choices = verifications,
      .about = "Must the device check who it is?" },
    { "credentials", FIELD_LIST, AT(credentials), .schema = &credential_schema,
      .about = "Passkeys the person has: to use, or when adding, to leave out" },
};
#undef AT
static const struct schema challenge_schema =
    SCHEMA("PasskeyChallenge", struct challenge, challenge_fields);

static err challenge_read(struct request *rq, void *work)
{
    struct challenge *w = work;
    struct passkey_site site;
    TRY(passkey_site_of(rq->arena, rq->base_url, &site));
    w->rp_id = site.rp_id;
    w->browser_hash = secret_hash(rq->arena, browser_secret(rq));
    w->client = rate_address(rq->arena, rq->address);
    return w->purpose == PURPOSE_SIGN_IN || rq->actor->person.v != 0 ? OK : ERR_SIGN_IN;
}

static err own_credentials(struct tx *tx, struct person_id person, struct schema_list *ret)
{
    struct passkey_list_rows rows;
    TRY(sql_passkey_list(tx, person, &rows));
    struct credential *list = ARENA_ARRAY(tx->arena, struct credential, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        list[i].id = base64url(tx->arena, rows.at[i].credential_id);
    *ret = (struct schema_list){ list, rows.count };
    return OK;
}

static err challenge_apply(struct tx *tx, void *work)
{
    struct challenge *w = work;
    const struct actor *who = &w->work.actor;
    struct rate rate = { "passkey", w->client, 60, 5 * SECOND_US };
    char bytes[CHALLENGE_BYTES];
    struct person_id person = { w->purpose == PURPOSE_SIGN_IN ? 0 : who->person.v };
    if (person.v != 0)
        TRY(own_credentials(tx, person, &w->credentials));
    TRY(rate_take(tx, &rate, 1));
    tx->random->fill(tx->random->self, bytes, sizeof bytes);
    struct text challenge = { bytes, sizeof bytes };
    w->challenge = base64url(tx->arena, challenge);
    if (w->purpose == PURPOSE_ADD) {
        uint8_t id[16];
        uuid_to_bytes(person.v, id);
        w->user_id = base64url(tx->arena, (struct text){ (const char *)id, sizeof id });
        w->user_name = who->name;
    }
    bool is_officer = ((who->roles | who->withheld) & ROLES_STRONG) != 0;
    w->verification =
        w->purpose == PURPOSE_CONFIRM || (w->purpose == PURPOSE_ADD && is_officer) ? 1 : 0;
    return sql_passkey_challenge_insert(
        tx, secret_hash(tx->arena, challenge), w->browser_hash, w->purpose, person,
        (struct instant){ tx->now.us + CHALLENGE_MINUTES * MINUTE_US });
}

static err challenge_reply(struct request *rq, void *work, struct view **ret)
{
    *ret = schema_view(rq->arena, &challenge_schema, work);
    return OK;
}

static const struct rooms challenge_rooms = {
    .id = "passkeyChallenge",
    .summary = "A challenge for a passkey to sign, for five minutes and this browser",
    .tag = "passkey",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct challenge),
    .body = &challenge_body,
    .answer = &challenge_schema,
    .status = 201,
    .errors = (const err[]){ ERR_SIGN_IN, ERR_PASSKEY, ERR_RATE_SLOW, OK },
    .read = challenge_read,
    .apply = challenge_apply,
    .reply = challenge_reply,
};

/* What comes back from the browser */

struct passkey_work {
    struct work work;
    struct text credential_text, client_data_text, data_text, signature_text, name, next;
    struct text credential_id, signature, challenge, browser_hash, device, session_secret;
    struct passkey_site site;
    struct passkey_shown shown;
    struct passkey_made made;
    int64_t counter;
    bool is_verified;
    err outcome; /* told after the commit: a copied passkey is written down */
    struct any_id passkey;
    struct person_signed_in signed_in;
};

static err bytes_of(struct request *rq, struct text base64, struct text *ret)
{
    return base64url_parse(rq->arena, base64, ret) == OK && ret->len > 0 ? OK : ERR_PASSKEY;
}

static err passkey_read(struct request *rq, struct passkey_work *w, const char *type)
{
    if (rq->browser_secret.at == NULL)
        return ERR_PASSKEY;
    w->browser_hash = secret_hash(rq->arena, rq->browser_secret);
    w->device = session_device(rq->arena, rq->user_agent);
    w->session_secret = rq->session_secret;
    TRY(passkey_site_of(rq->arena, rq->base_url, &w->site));
    TRY(bytes_of(rq, w->client_data_text, &w->shown.client_data));
    TRY(bytes_of(rq, w->data_text, &w->shown.authenticator_data));
    return passkey_client_data(rq->arena, w->shown.client_data, type, &w->site, &w->challenge);
}

/* Takes the challenge up: it was made here, for this browser, this purpose and this person. */
static err challenge_use(struct tx *tx, const struct passkey_work *w, enum purpose purpose)
{
    struct text hash = secret_hash(tx->arena, w->challenge);
    struct passkey_challenge_get row;
    bool found;
    TRY(sql_passkey_challenge_get(tx, hash, tx->now, &row, &found));
    struct person_id person = { purpose == PURPOSE_SIGN_IN ? 0 : w->work.actor.person.v };
    if (!found || row.purpose != (int64_t)purpose || row.person.v != person.v ||
        !text_eq(row.browser_hash, w->browser_hash))
        return ERR_PASSKEY;
    return sql_passkey_challenge_delete(tx, hash);
}

/* POST /v1/passkeys */

static const struct field add_fields[] = {
    { "clientData", FIELD_TEXT, 0, offsetof(struct passkey_work, client_data_text), 1, BASE64_MAX,
      .about = "clientDataJSON, base64url" },
    { "authenticatorData", FIELD_TEXT, 0, offsetof(struct passkey_work, data_text), 1, BASE64_MAX,
      .about = "Authenticator data, base64url" },
    { "name", FIELD_TEXT, 0, offsetof(struct passkey_work, name), 1, NAME_MAX_CHARS,
      .about = "Name to know it by" },
};
static const struct schema add_body = SCHEMA("PasskeyNew", struct passkey_work, add_fields);

struct passkey_item {
    struct any_id id;
    struct text name;
    struct instant created_at, used_at;
    bool is_cloned;
};
#define AT(member) .at = offsetof(struct passkey_item, member)
static const struct field passkey_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The passkey" },
    { "name", FIELD_TEXT, AT(name), .about = "Name its person gave it" },
    { "createdAt", FIELD_INSTANT, AT(created_at), .about = "When it was added" },
    { "usedAt", FIELD_INSTANT, FIELD_OPTIONAL, AT(used_at), .about = "When it was last used" },
    { "isCloned", FIELD_BOOL, AT(is_cloned), .about = "There seems to be a copy: it is refused" },
};
#undef AT
static const struct schema passkey_schema = SCHEMA("Passkey", struct passkey_item, passkey_fields);

static err add_read(struct request *rq, void *work)
{
    struct passkey_work *w = work;
    TRY(passkey_read(rq, w, "webauthn.create"));
    TRY(passkey_made_check(rq->arena, &w->site, w->shown.authenticator_data, &w->made));
    bool is_officer = ((rq->actor->roles | rq->actor->withheld) & ROLES_STRONG) != 0;
    return is_officer && !w->made.is_verified ? ERR_PASSKEY_VERIFY : OK;
}

/* An officer's first passkey opens all they may do: it is added by the link that an operator gave
 * them, and each further one after showing two factors. */
static err may_add(struct tx *tx, const struct actor *who, size_t passkeys)
{
    int64_t need;
    if (((who->roles | who->withheld) & ROLES_STRONG) == 0)
        return OK;
    TRY(setting_int(tx, SETTING_TWO_FACTORS, 1, &need));
    bool is_fresh = who->strong_at.us != 0 && who->strong_at.us > tx->now.us - SESSION_STEP_UP_US;
    bool is_first = passkeys == 0 && who->method == METHOD_LINK;
    return need == 0 || is_fresh || is_first ? OK : ERR_STEP_UP;
}

static err add_apply(struct tx *tx, void *work)
{
    struct passkey_work *w = work;
    struct passkey_list_rows rows;
    int64_t added;
    TRY(sql_passkey_list(tx, w->work.actor.person, &rows));
    if (rows.count >= PASSKEYS_MAX)
        return ERR_PASSKEY_MANY;
    TRY(may_add(tx, &w->work.actor, rows.count));
    TRY(challenge_use(tx, w, PURPOSE_ADD));
    w->passkey.v = tx_id(tx);
    TRY(sql_passkey_insert(tx,
                           &(struct passkey_insert_in){ w->passkey, w->work.actor.person,
                                                        w->made.credential_id, w->made.algorithm,
                                                        w->made.public_key, w->made.counter,
                                                        w->name, tx->now },
                           &added));
    if (added != 1)
        return ERR_PASSKEY_TAKEN;
    if (w->made.is_verified && w->work.actor.method != METHOD_TOKEN)
        TRY(session_strengthen(tx, w->session_secret, &w->signed_in.secret));
    w->work.ids[0] = w->passkey;
    return account_tell(tx, w->work.actor.person, N_("A new passkey"),
                        N_("A passkey was added to your account. Was it not you? Then sign in, "
                           "remove it, and sign out all other devices."));
}

static err add_reply(struct request *rq, void *work, struct view **ret)
{
    const struct passkey_work *w = work;
    struct passkey_item item = { w->passkey, w->name, rq->now, { 0 }, false };
    rq->new_session_secret = w->signed_in.secret;
    *ret = schema_view(rq->arena, &passkey_schema, &item);
    return OK;
}

static const struct rooms add_rooms = {
    .id = "passkeyAdd",
    .summary = "Add a passkey",
    .tag = "passkey",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct passkey_work),
    .body = &add_body,
    .answer = &passkey_schema,
    .status = 201,
    .errors = (const err[]){ ERR_PASSKEY, ERR_PASSKEY_VERIFY, ERR_PASSKEY_TAKEN, ERR_PASSKEY_MANY,
                             ERR_STEP_UP, OK },
    .read = add_read,
    .apply = add_apply,
    .reply = add_reply,
};

/* POST /v1/passkeys/sign-ins and /confirmations */

static const struct field show_fields[] = {
    { "id", FIELD_TEXT, 0, offsetof(struct passkey_work, credential_text), 1, BASE64_MAX,
      .about = "Credential id, base64url" },
    { "clientData", FIELD_TEXT, 0, offsetof(struct passkey_work, client_data_text), 1, BASE64_MAX,
      .about = "clientDataJSON, base64url" },
    { "authenticatorData", FIELD_TEXT, 0, offsetof(struct passkey_work, data_text), 1, BASE64_MAX,
      .about = "Authenticator data, base64url" },
    { "signature", FIELD_TEXT, 0, offsetof(struct passkey_work, signature_text), 1, BASE64_MAX,
      .about = "Signature, base64url" },
    { "next", FIELD_TEXT, FIELD_OPTIONAL, offsetof(struct passkey_work, next), 0, 500,
      .about = "Path on this site to go to afterwards" },
};
static const struct schema show_body = SCHEMA("PasskeyShown", struct passkey_work, show_fields);

struct entered {
    struct text next;
};
static const struct field entered_fields[] = {
    { "next", FIELD_TEXT, .at = offsetof(struct entered, next), .about = "Path to go to" },
};
static const struct schema entered_schema = SCHEMA("SignedIn", struct entered, entered_fields);

static err shown_read(struct request *rq, void *work)
{
    struct passkey_work *w = work;
    TRY(passkey_read(rq, w, "webauthn.get"));
    TRY(bytes_of(rq, w->credential_text, &w->credential_id));
    return bytes_of(rq, w->signature_text, &w->shown.signature);
}

static err shown_look(struct request *rq, struct tx *tx, void *work)
{
    struct passkey_work *w = work;
    struct passkey_by_credential row;
    bool found;
    (void)rq;
    TRY(sql_passkey_by_credential(tx, w->credential_id, &row, &found));
    if (!found)
        return ERR_PASSKEY_UNKNOWN;
    w->shown.algorithm = row.algorithm;
    w->shown.public_key = row.public_key;
    return OK;
}

static err shown_prepare(struct request *rq, void *work)
{
    struct passkey_work *w = work;
    (void)rq;
    return passkey_shown_check(&w->site, &w->shown, &w->counter, &w->is_verified);
}

/* The passkey as it is now, used; or a copy of it, refused. */
static err shown_use(struct tx *tx, struct passkey_work *w, struct passkey_by_credential *ret)
{
    bool found;
    TRY(sql_passkey_by_credential(tx, w->credential_id, ret, &found));
    if (!found)
        return ERR_PASSKEY_UNKNOWN;
    if (ret->cloned_at.us != 0)
        return ERR_PASSKEY_CLONED;
    if (passkey_counter_ok(ret->counter, w->counter))
        return sql_passkey_used(tx, ret->id, w->counter, tx->now);
    w->outcome = ERR_PASSKEY_CLONED;
    TRY(sql_passkey_cloned(tx, ret->id, tx->now));
    return account_tell(tx, ret->person, N_("A passkey was refused"),
                        N_("There seems to be a copy of one of your passkeys, so it is refused "
                           "from now on. Sign in another way, remove it, and make a new one."));
}

static err sign_in_apply(struct tx *tx, void *work)
{
    struct passkey_work *w = work;
    struct passkey_by_credential row;
    TRY(challenge_use(tx, w, PURPOSE_SIGN_IN));
    TRY(shown_use(tx, w, &row));
    if (w->outcome != OK)
        return OK;
    struct session_new n = { .person = row.person,
                             .method = METHOD_PASSKEY,
                             .device = w->device,
                             .is_strong = w->is_verified };
    return person_sign_in(tx, &n, w->next, &w->signed_in);
}

static err shown_reply(struct request *rq, void *work, struct view **ret)
{
    const struct passkey_work *w = work;
    TRY(w->outcome);
    rq->new_session_secret = w->signed_in.secret;
    struct entered entered = { w->signed_in.then };
    *ret = schema_view(rq->arena, &entered_schema, &entered);
    return OK;
}

static const struct rooms sign_in_rooms = {
    .id = "passkeySignIn",
    .summary = "Sign in with a passkey",
    .tag = "passkey",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct passkey_work),
    .body = &show_body,
    .answer = &entered_schema,
    .status = 200,
    .errors = (const err[]){ ERR_PASSKEY, ERR_PASSKEY_UNKNOWN, ERR_PASSKEY_CLONED, OK },
    .read = shown_read,
    .look = shown_look,
    .prepare = shown_prepare,
    .apply = sign_in_apply,
    .reply = shown_reply,
};

static err confirm_apply(struct tx *tx, void *work)
{
    struct passkey_work *w = work;
    struct passkey_by_credential row;
    if (w->work.actor.method == METHOD_TOKEN)
        return ERR_FORBIDDEN;
    if (!w->is_verified)
        return ERR_PASSKEY_VERIFY;
    TRY(challenge_use(tx, w, PURPOSE_CONFIRM));
    TRY(shown_use(tx, w, &row));
    if (w->outcome != OK)
        return OK;
    if (row.person.v != w->work.actor.person.v)
        return ERR_PASSKEY;
    w->signed_in.then = person_next_ok(w->next) ? w->next : TEXT("/me/access");
    return session_strengthen(tx, w->session_secret, &w->signed_in.secret);
}

static const struct rooms confirm_rooms = {
    .id = "passkeyConfirm",
    .summary = "Show two factors again in this session, before a step that wants it",
    .tag = "passkey",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct passkey_work),
    .body = &show_body,
    .answer = &entered_schema,
    .status = 200,
    .errors = (const err[]){ ERR_PASSKEY, ERR_PASSKEY_UNKNOWN, ERR_PASSKEY_CLONED,
                             ERR_PASSKEY_VERIFY, OK },
    .read = shown_read,
    .look = shown_look,
    .prepare = shown_prepare,
    .apply = confirm_apply,
    .reply = shown_reply,
};

/* GET /v1/passkeys, and removing one */

static err list_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    struct passkey_list_rows rows;
    (void)work;
    TRY(sql_passkey_list(tx, rq->actor->person, &rows));
    struct view *object = view_object(rq->arena);
    struct view *items = view_put_list(rq->arena, object, "items");
    for (size_t i = 0; i < rows.count; i++) {
        const struct passkey_list *row = &rows.at[i];
        struct passkey_item item = { row->id, row->name, row->created_at, row->used_at,
                                     row->cloned_at.us != 0 };
        view_add(items, schema_view(rq->arena, &passkey_schema, &item));
    }
    view_put_null(rq->arena, object, "nextCursor");
    *ret = object;
    return OK;
}

const struct rooms passkey_list_rooms = {
    .id = "passkeyList",
    .summary = "One's passkeys (at most 20)",
    .tag = "passkey",
    .roles = ROLE_SIGNED_IN,
    .flags = ROOMS_LIST,
    .work_size = sizeof(struct work),
    .answer = &passkey_schema,
    .status = 200,
    .load = list_load,
};

static const struct field passkey_path_fields[] = {
    { "passkey", FIELD_ID, 0, offsetof(struct passkey_work, passkey), .about = "The passkey" },
};
static const struct schema passkey_path =
    SCHEMA("PasskeyPath", struct passkey_work, passkey_path_fields);

static err remove_apply(struct tx *tx, void *work)
{
    const struct passkey_work *w = work;
    struct account_ways_count ways;
    struct passkey_get row;
    bool found;
    TRY(sql_passkey_get(tx, w->passkey, w->work.actor.person, &row, &found));
    if (!found)
        return ERR_NOT_FOUND;
    TRY(account_ways_of(tx, w->work.actor.person, &ways));
    int64_t left = ways.addresses + ways.providers + ways.recovery_codes + ways.passkeys -
                   (row.cloned_at.us == 0 ? 1 : 0);
    if (left <= 0)
        return ERR_PASSKEY_LAST;
    TRY(sql_passkey_delete(tx, w->passkey));
    TRY(session_end_others(tx, w->work.actor.person, w->work.actor.session));
    return account_tell(tx, w->work.actor.person, N_("A passkey was removed"),
                        N_("A passkey was removed from your account. Was it not you? Then sign in, "
                           "sign out all other devices, and tell your municipality."));
}

static const struct rooms remove_rooms = {
    .id = "passkeyRemove",
    .summary = "Remove a passkey; other browsers are signed out",
    .tag = "passkey",
    .roles = ROLE_SIGNED_IN,
    .work_size = sizeof(struct passkey_work),
    .path = &passkey_path,
    .status = 204,
    .errors = (const err[]){ ERR_PASSKEY_LAST, OK },
    .apply = remove_apply,
};

static err challenge_prune(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    int64_t count;
    TRY(sql_passkey_challenge_prune(tx, tx->now, &count));
    run->more = count >= 200;
    return OK;
}

static const struct route passkey_routes[] = {
    { WRITE, POST, "/v1/passkeys/challenges", &challenge_rooms },
    { WRITE, POST, "/v1/passkeys/sign-ins", &sign_in_rooms },
    { WRITE, POST, "/v1/passkeys/confirmations", &confirm_rooms },
    { READ, GET, "/v1/passkeys", &passkey_list_rooms },
    { WRITE, POST, "/v1/passkeys", &add_rooms },
    { WRITE, DELETE, "/v1/passkeys/{passkey}", &remove_rooms },
    { WRITE, POST, "/me/passkeys/{passkey}/removal", &remove_rooms, .then = "/me/access",
      .again = "/me/access" },
};
static const struct background passkey_jobs[] = {
    { "prune-challenges", HOUR_US, challenge_prune },
};
const struct feature passkey_feature = {
    .name = "passkey",
    .routes = passkey_routes,
    .route_count = sizeof passkey_routes / sizeof passkey_routes[0],
    .background = passkey_jobs,
    .background_count = sizeof passkey_jobs / sizeof passkey_jobs[0],
};
