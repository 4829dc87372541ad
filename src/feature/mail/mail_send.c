/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/mail/mail_internal.h"

#include "gen/mail_sql.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 10, SEND_SECONDS = 30, PASSWORD_MAX = 512 };

/* The message is on its way: whatever happens now, it is not tried again before the pause is over. */
struct sending {
    struct mail_due mail;
    bool found, is_demo, stays;
};

static err due_read(struct tx *tx, void *work)
{
    struct sending *s = work;
    return sql_mail_due(tx, tx->now, &s->mail, &s->found);
}

static err take_apply(struct tx *tx, void *work)
{
    struct sending *s = work;
    int64_t demo;
    TRY(sql_mail_due(tx, tx->now, &s->mail, &s->found));
    if (!s->found)
        return OK;
    TRY(setting_int(tx, "demo", 0, &demo));
    s->is_demo = demo != 0;
    struct instant next = { tx->now.us + mail_pause_us(s->mail.tries + 1) };
    return sql_mail_take(tx, s->mail.id, next);
}

static err done_apply(struct tx *tx, void *work)
{
    const struct sending *s = work;
    return s->stays ? sql_mail_sent(tx, s->mail.id, tx->now) : sql_mail_delete(tx, s->mail.id);
}

/* Into DIR/mail, complete or not at all. */
static err file_deliver(struct arena *a, const char *folder, struct any_id id, struct text message)
{
    char name[37] = "";
    uuid_write(id.v, name);
    const char *path = text_cstr(a, text_format(a, "%s/mail", folder));
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return ERR_MAIL_NOT_SENT;
    const char *part = text_cstr(a, text_format(a, "%s/%s.part", path, name));
    const char *whole = text_cstr(a, text_format(a, "%s/%s.eml", path, name));
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_MAIL_NOT_SENT;
    bool written = write(fd, message.at, message.len) == (ssize_t)message.len;
    written = close(fd) == 0 && written;
    return written && rename(part, whole) == 0 ? OK : ERR_MAIL_NOT_SENT;
}

static bool password_read(struct arena *a, const char *path, const char **ret)
{
    char bytes[PASSWORD_MAX];
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077) == 0;
    ssize_t count = ok ? read(fd, bytes, sizeof bytes) : -1;
    close(fd);
    if (count <= 0 || count == sizeof bytes)
        return false;
    struct text line = { bytes, (size_t)count };
    while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    *ret = text_cstr(a, line);
    return true;
}

const char *mail_server_of(struct arena *a, struct mail_server_names *ret)
{
    const char *file = getenv("WESH_SMTP_PASSWORD_FILE");
    struct mail_server_names s = { getenv("WESH_SMTP"), getenv("WESH_SMTP_USER"),
                                   getenv("WESH_SMTP_PASSWORD"), getenv("WESH_MAIL_FROM") };
    struct text from;
    if (s.url == NULL)
        return "WESH_SMTP is not set";
    if (strncmp(s.url, "smtp://", 7) != 0 && strncmp(s.url, "smtps://", 8) != 0)
        return "WESH_SMTP must be smtp://HOST:PORT or smtps://HOST:PORT";
    if (s.from == NULL || mail_address_parse(a, text_of(s.from), &from) != OK)
        return "WESH_MAIL_FROM must be an e-mail address";
    if (file != NULL && !password_read(a, file, &s.password))
        return "WESH_SMTP_PASSWORD_FILE must be a file that its owner alone can read";
    *ret = s;
    return NULL;
}

/* A relay on this machine may do without TLS; nothing else may. */
static bool is_here(const char *url)
{
    static const char *const names[] = { "smtp://127.0.0.1", "smtp://localhost", "smtp://[::1]" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(url, names[i], length) == 0 &&
            (url[length] == '\0' || strchr(":/", url[length])))
            return true;
    }
    return false;
}

static size_t message_read(char *to, size_t size, size_t count, void *self)
{
    struct text *left = self;
    size_t n = size * count < left->len ? size * count : left->len;
    memcpy(to, left->at, n);
    left->at += n, left->len -= n;
    return n;
}

/* On an error *ret_detail says what the server or the network said, as far as it is not personal. */
static err smtp_deliver(struct arena *a, const struct mail_server_names *server, const char *to,
                        struct text message, const char **ret_detail)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *recipients =
        curl_slist_append(NULL, text_cstr(a, text_format(a, "<%s>", to)));
    const char *from = text_cstr(a, text_format(a, "<%s>", server->from));
    struct text left = message;
    long code = 0;
    err e = ERR_MAIL_NOT_SENT;
    if (curl == NULL || recipients == NULL)
        goto done;
    curl_easy_setopt(curl, CURLOPT_URL, server->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long)(is_here(server->url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, message_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, &left);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SEND_SECONDS);
    if (server->user != NULL) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, server->password != NULL ? server->password : "");
    }
    CURLcode said = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    e = said == CURLE_OK ? OK : code >= 550 && code <= 554 ? ERR_MAIL_GIVEN_UP : ERR_MAIL_NOT_SENT;
    *ret_detail = text_cstr(a, text_format(a, "%s (SMTP %ld)", curl_easy_strerror(said), code));
done:
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    return e;
}

static err deliver(struct arena *a, const struct sending *s, const char *folder,
                   const char **ret_detail)
{
    struct mail_server_names server = { .from = "wesh@wesh.example" };
    const char *problem = s->is_demo ? NULL : mail_server_of(a, &server);
    struct text message;
    if (problem != NULL) {
        *ret_detail = problem;
        return ERR_MAIL_SETUP;
    }
    err e =
        mail_write(a,
                   &(struct mail_message){ text_of(server.from), s->mail.address, s->mail.subject,
                                           s->mail.body, s->mail.id, s->mail.created_at },
                   &message);
    if (e != OK) { /* it can never be sent */
        *ret_detail = "the message can't be written";
        return ERR_MAIL_GIVEN_UP;
    }
    if (s->is_demo)
        return file_deliver(a, folder, s->mail.id, message);
    return smtp_deliver(a, &server, text_cstr(a, s->mail.address), message, ret_detail);
}

err mail_send_errand(struct db *db, struct arena *a, struct task_run *run)
{
    struct sending s = { .found = false };
    TRY(db_read(db, a, due_read, &s));
    if (s.found)
        TRY(db_apply(db, a, take_apply, &s));
    if (!s.found)
        return OK;
    run->more = true;
    err e = deliver(a, &s, db_folder(db), &run->detail);
    bool is_late = mail_pause_us(s.mail.tries + 1) + db_now(db).us > s.mail.give_up_at.us;
    if (e != OK && e != ERR_MAIL_GIVEN_UP && !is_late)
        return e;
    s.stays = e == OK && s.is_demo;
    TRY(db_apply(db, a, done_apply, &s));
    return e == OK ? OK : ERR_MAIL_GIVEN_UP;
}

err mail_prune(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    int64_t count;
    TRY(sql_mail_prune(tx, (struct instant){ tx->now.us - DAY_US }, &count));
    run->more = count >= 200;
    return OK;
}
