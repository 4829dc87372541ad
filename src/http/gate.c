/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { BROWSER_SECRET_CHARS = 43 };

const char *gate_browser_cookie(const struct exchange *x)
{
    return x->worker->http->is_https ? "__Host-wesh-steps" : "wesh-steps";
}

static const char *cookie_name(const struct exchange *x)
{
    return x->worker->http->is_https ? "__Host-wesh" : "wesh";
}

/* A proxy that does not say whom it asks for makes everyone share one rate. */
static void warn_of_proxy(struct http *h)
{
    if (h->is_https && !atomic_exchange(&h->told_proxy, true))
        log_line(
            LOG_WARNING, "proxy",
            "problem=\"requests come without X-Forwarded-For, so everyone who is not signed in "
            "counts as one; see docs/operator.md\"");
}

/* Behind a proxy on this machine everyone comes from the loopback address; the last address of
 * X-Forwarded-For is the one the proxy itself saw. */
static uint128 address_of(const struct exchange *x)
{
    const char *header = x->client->is_loopback ? exchange_header(x, "X-Forwarded-For") : NULL;
    if (header == NULL && x->client->is_loopback)
        warn_of_proxy(x->worker->http);
    const char *last = header == NULL ? NULL : strrchr(header, ',');
    struct text text = text_trim(text_of(last == NULL ? header : last + 1));
    uint8_t bytes[16] = { 0 };
    if (text.at == NULL || text.len == 0 || text.len > 45)
        return x->client->address;
    const char *name = text_cstr(x->arena, text);
    if (inet_pton(AF_INET, name, bytes + 12) != 1) {
        if (inet_pton(AF_INET6, name, bytes) != 1)
            return x->client->address;
        memset(bytes + 8, 0, 8); /* a household has a whole /64 */
    }
    return uuid_from_bytes(bytes);
}

struct text browser_secret(struct request *rq)
{
    enum { BYTES = 32 };
    if (rq->browser_secret.at == NULL) {
        char bytes[BYTES];
        const struct random_source *random = rq->http->options.random;
        random->fill(random->self, bytes, sizeof bytes);
        rq->browser_secret = base64url(rq->arena, (struct text){ bytes, sizeof bytes });
        rq->new_browser_secret = rq->browser_secret;
    }
    return rq->browser_secret;
}

void gate_credentials(struct exchange *x)
{
    struct text browser = text_of(
        MHD_lookup_connection_value(x->connection, MHD_COOKIE_KIND, gate_browser_cookie(x)));
    if (browser.len == BROWSER_SECRET_CHARS)
        x->rq.browser_secret = browser;
    x->rq.address = address_of(x);
    x->rq.user_agent = exchange_header(x, "User-Agent");

    const char *authorization = exchange_header(x, "Authorization");
    if (authorization != NULL) {
        bool bearer = strncasecmp(authorization, "Bearer ", 7) == 0;
        x->secret = bearer ? text_trim(text_of(authorization + 7)) : TEXT("");
        return;
    }
    const char *cookie =
        MHD_lookup_connection_value(x->connection, MHD_COOKIE_KIND, cookie_name(x));
    if (cookie != NULL) {
        x->secret = text_of(cookie);
        x->by_cookie = true;
    }
}

err gate_address(struct exchange *x)
{
    if (x->secret.at != NULL)
        return OK; /* counted as a person, once we know who */
    return limit_take(x->worker->http->limit, address_of(x), x->began_ms) ? OK : ERR_RATE;
}

bool gate_may(const struct exchange *x, const struct rooms *rooms)
{
    if ((rooms->roles & ROLE_ANYONE) != 0)
        return true;
    if (x->session.actor.person.v == 0)
        return false;
    return (rooms->roles & ROLE_SIGNED_IN) == ROLE_SIGNED_IN ||
           (rooms->roles & x->session.actor.roles) != 0;
}

bool gate_is_known(struct exchange *x)
{
    x->is_known = x->secret.at == NULL || known_find(x, &x->session);
    return x->is_known;
}

static err who(struct exchange *x, struct tx *tx)
{
    if (x->secret.at == NULL)
        return OK;
    bool found = true;
    if (!x->is_known) {
        TRY(session_find(tx, x->secret, &x->session, &found));
        if (found)
            known_keep(x, &x->session, tx_reads(tx));
    }
    if (found && (x->session.kind == SESSION_BROWSER) == x->by_cookie) {
        x->rq.session_secret = x->secret;
        return limit_take(x->worker->http->limit, x->session.actor.person.v, x->began_ms)
                   ? OK
                   : ERR_RATE;
    }
    x->session = (struct session){ 0 };
    x->secret = TEXT_NONE;
    TRY(gate_address(x));
    if (!x->by_cookie)
        return ERR_SIGN_IN; /* a token that does not hold is never taken for nobody */
    x->by_cookie = false;
    x->cookie_stale = true;
    return OK;
}

static err step_up(const struct exchange *x, struct tx *tx)
{
    struct instant strong_at = x->session.actor.strong_at;
    int64_t need;
    if (strong_at.us != 0 && strong_at.us > x->rq.now.us - SESSION_STEP_UP_US)
        return OK;
    TRY(setting_int(tx, SETTING_TWO_FACTORS, 1, &need));
    return need != 0 ? ERR_STEP_UP : OK;
}

err gate_enter(struct exchange *x, struct tx *tx)
{
    TRY(who(x, tx));
    x->entered = gate_may(x, x->rooms);
    if (x->entered)
        return (x->rooms->flags & ROOMS_STEP_UP) != 0 ? step_up(x, tx) : OK;
    if (x->session.actor.person.v == 0)
        return ERR_SIGN_IN;
    return (x->session.actor.withheld & x->rooms->roles) != 0 ? ERR_TWO_FACTORS : ERR_FORBIDDEN;
}

err gate_again(struct exchange *x, struct tx *tx)
{
    struct session now = { 0 };
    bool found = true;
    if (x->secret.at != NULL)
        TRY(session_find(tx, x->secret, &now, &found));
    if (!found)
        return ERR_SIGN_IN;
    now.actor.name = x->session.actor.name; /* the fresh copy does not live long enough */
    x->session = now;
    return gate_may(x, x->rooms) ? OK : ERR_FORBIDDEN;
}

err gate_origin(struct exchange *x)
{
    if ((x->rooms->flags & ROOMS_LINK) != 0)
        return OK;
    const char *site = exchange_header(x, "Sec-Fetch-Site");
    bool bearer = x->secret.at != NULL && !x->by_cookie;
    return !bearer && site != NULL && strcmp(site, "cross-site") == 0 ? ERR_CSRF : OK;
}

err gate_csrf(struct exchange *x)
{
    if (!x->by_cookie || x->session.actor.person.v == 0 || (x->rooms->flags & ROOMS_LINK) != 0)
        return OK;
    struct text token = text_of(exchange_header(x, "X-CSRF-Token"));
    struct input *field = x->fields == NULL ? NULL : input_get(x->fields, "csrf");
    if (token.at == NULL && field != NULL && field->kind == INPUT_TEXT)
        token = field->text;
    return csrf_ok(x->arena, x->secret, token) ? OK : ERR_CSRF;
}
