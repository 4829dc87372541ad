/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/mail/mail.h"

#include <stdio.h>
#include <string.h>

enum { LINE_MAX_QP = 76, WORD_BYTES = 39, MESSAGE_BYTES_MAX = 256 * 1024 };

static bool is_one_line(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] < 0x20 || t.at[i] == 0x7f)
            return false;
    return text_utf8_ok(t);
}

static bool is_plain(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] >= 0x7f)
            return false;
    /* What looks like an encoded word would be read as one. */
    return t.len <= 60 && memmem(t.at, t.len, "=?", 2) == NULL;
}

static void put_base64(struct buf *b, struct text t)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < t.len; i += 3) {
        unsigned three = 0;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < t.len ? (unsigned char)t.at[i + k] : 0U);
        for (size_t k = 0; k < 4; k++)
            buf_char(b, i + k <= t.len ? digits[three >> (18 - 6 * k) & 63] : '=');
    }
}

/* Unstructured text (RFC 2047): words of at most 75 characters, cut between characters. */
static void put_text(struct buf *b, struct text t)
{
    if (is_plain(t)) {
        buf_add(b, t);
        return;
    }
    for (size_t from = 0; from < t.len;) {
        size_t to = from + WORD_BYTES < t.len ? from + WORD_BYTES : t.len;
        while (to < t.len && ((unsigned char)t.at[to] & 0xc0) == 0x80)
            to--;
        buf_cstr(b, from > 0 ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
        put_base64(b, (struct text){ t.at + from, to - from });
        buf_cstr(b, "?=");
        from = to;
    }
}

/* Quoted-printable (RFC 2045, 6.7). A dot at the start of a line is written as a code: to SMTP one
 * alone ends the message. */
static void put_body(struct buf *b, struct text body)
{
    size_t column = 0;
    for (size_t i = 0; i < body.len; i++) {
        unsigned char c = (unsigned char)body.at[i];
        if (c == '\n') {
            buf_cstr(b, "\r\n");
            column = 0;
            continue;
        }
        bool is_last = i + 1 == body.len || body.at[i + 1] == '\n';
        bool coded = c == '=' || c > 0x7e || (c < 0x20 && c != '\t') ||
                     ((c == ' ' || c == '\t') && is_last) || (c == '.' && column == 0);
        size_t width = coded ? 3 : 1;
        if (column + width > LINE_MAX_QP - 1) {
            buf_cstr(b, "=\r\n");
            column = 0;
            coded = coded || c == '.';
            width = coded ? 3 : 1;
        }
        if (coded)
            buf_format(b, "=%02X", c);
        else
            buf_char(b, (char)c);
        column += width;
    }
    if (column > 0)
        buf_cstr(b, "\r\n");
}

static void put_date(struct buf *b, struct instant t)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct civil c = civil_of(t);
    buf_format(b, "Date: %s, %d %s %04d %02d:%02d:%02d %c%02d%02d\r\n", days[c.weekday - 1], c.day,
               months[c.month - 1], c.year, c.hour, c.minute, c.second,
               c.offset_minutes < 0 ? '-' : '+', c.offset_minutes / 60, c.offset_minutes % 60);
}

err mail_write(struct arena *a, const struct mail_message *m, struct text *ret)
{
    struct text from, to;
    if (mail_address_parse(a, m->from, &from) != OK || mail_address_parse(a, m->to, &to) != OK ||
        !is_one_line(m->subject) || !text_utf8_ok(m->body))
        return ERR_INVALID;
    struct text host = { strchr(text_cstr(a, from), '@') + 1, 0 };
    host.len = strlen(host.at);
    struct buf b = buf_new(a, MESSAGE_BYTES_MAX);
    buf_format(&b, "From: WESH <%.*s>\r\nTo: <%.*s>\r\nSubject: ", TEXT_ARGS(from), TEXT_ARGS(to));
    put_text(&b, m->subject);
    buf_cstr(&b, "\r\n");
    put_date(&b, m->sent_at);
    buf_format(&b,
               "Message-ID: <%.*s@%.*s>\r\nMIME-Version: 1.0\r\n"
               "Content-Type: text/plain; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\nAuto-Submitted: auto-generated\r\n"
               "\r\n",
               TEXT_ARGS(uuid_text(a, m->id.v)), TEXT_ARGS(host));
    put_body(&b, m->body);
    return buf_done(&b, ret);
}
