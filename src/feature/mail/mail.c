/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/mail/mail.h"

#include "gen/mail_sql.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LOCAL_MAX = 64, LABEL_MAX = 63, GIVE_UP_DAYS = 3 };

static bool local_ok(struct text local)
{
    if (local.len == 0 || local.len > LOCAL_MAX || local.at[0] == '.' || text_ends(local, "."))
        return false;
    for (size_t i = 0; i < local.len; i++) {
        char c = local.at[i];
        bool dots = c == '.' && i > 0 && local.at[i - 1] == '.';
        if (dots || c == '\0' || (!isalnum((unsigned char)c) && !strchr("!#$%&'*+-/=?^_`{|}~.", c)))
            return false;
    }
    return true;
}

static bool domain_ok(struct text domain)
{
    struct text rest = domain, label;
    size_t labels = 0;
    bool is_number = false;
    while (rest.at != NULL && text_split(&rest, '.', &label)) {
        if (label.len == 0 || label.len > LABEL_MAX || label.at[0] == '-' || text_ends(label, "-"))
            return false;
        is_number = true;
        for (size_t i = 0; i < label.len; i++) {
            unsigned char c = (unsigned char)label.at[i];
            if (!isalnum(c) && c != '-')
                return false;
            is_number = is_number && isdigit(c);
        }
        labels++;
    }
    return labels >= 2 && !is_number && !text_ends(domain, ".");
}

err mail_address_parse(struct arena *a, struct text typed, struct text *ret)
{
    struct text address = text_trim(typed), local = address, domain = address;
    size_t at = address.len;
    for (size_t i = 0; i < address.len; i++) {
        if ((unsigned char)address.at[i] >= 0x80) /* isalnum is asked for ASCII alone */
            return ERR_MAIL_ADDRESS;
        if (address.at[i] == '@')
            at = i;
    }
    if (at == address.len || address.len > MAIL_ADDRESS_MAX)
        return ERR_MAIL_ADDRESS;
    local.len = at;
    domain.at += at + 1, domain.len -= at + 1;
    if (!local_ok(local) || !domain_ok(domain))
        return ERR_MAIL_ADDRESS;
    *ret = text_lower_ascii(a, address);
    return OK;
}

err mail_add(struct tx *tx, const struct mail_new *m)
{
    assert(m->address.len > 0 && m->body.len <= MAIL_BODY_BYTES_MAX);
    int64_t useful_us = m->useful_us > 0 ? m->useful_us : GIVE_UP_DAYS * DAY_US;
    return sql_mail_insert(tx, (struct any_id){ tx_id(tx) }, m->address, m->subject, m->body,
                           (struct instant){ tx->now.us + useful_us }, tx->now);
}

err mail_works(struct tx *tx, bool *ret_works)
{
    int64_t demo;
    TRY(setting_int(tx, "demo", 0, &demo));
    *ret_works = demo != 0 || getenv("WESH_SMTP") != NULL;
    return OK;
}

struct text mail_fill(struct arena *a, const char *text, const char *const *pairs)
{
    struct buf b = buf_new(a, MAIL_BODY_BYTES_MAX);
    for (const char *p = text; *p != '\0';) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        const char *const *pair = pairs;
        while (
            end != NULL && *pair != NULL &&
            (strlen(*pair) != (size_t)(end - p - 1) || strncmp(*pair, p + 1, strlen(*pair)) != 0))
            pair += 2;
        if (end != NULL && *pair != NULL) {
            buf_cstr(&b, pair[1]);
            p = end + 1;
        } else {
            buf_char(&b, *p++);
        }
    }
    return buf_text(&b);
}

int64_t mail_pause_us(int64_t tries)
{
    static const int64_t minutes[] = { 1, 5, 15, 60, 180 };
    enum { COUNT = sizeof minutes / sizeof minutes[0] };
    assert(tries >= 1);
    return (tries <= COUNT ? minutes[tries - 1] : 360) * MINUTE_US;
}
