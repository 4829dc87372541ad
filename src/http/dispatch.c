/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static err json_answer(struct exchange *x, int status, struct view *view, struct answer *ret)
{
    struct text json;
    TRY(view_json(x->arena, view, ANSWER_BYTES_MAX, &json));
    *ret = answer_of(status, "application/json", json);
    return OK;
}

static err finish(struct exchange *x, err e)
{
    return e == OK && arena_spent(x->arena) ? ERR_TOO_LARGE : e;
}

/* READ */

static err read_snapshot(struct tx *tx, void *exchange)
{
    struct exchange *x = exchange;
    TRY(gate_enter(x, tx));
    TRY(inputs_read(x));
    TRY(show_load(x, tx, x->match.route, x->work, &x->view));
    x->tables = tx_reads(tx);
    return OK;
}

static enum MHD_Result read_run(struct exchange *x)
{
    struct answer answer;
    struct text html;
    const struct route *route = x->match.route;
    enum MHD_Result sent;
    if (cache_send(x, &sent))
        return sent;
    err e = finish(x, db_read(x->worker->http->options.db, x->arena, read_snapshot, x));
    if (e == OK && route->page != NULL) {
        e = show_render(x, route->page, x->view, NULL, &html);
        answer = answer_of(200, "text/html; charset=utf-8", html);
        answer.varies = true;
    } else if (e == OK) {
        e = json_answer(x, 200, x->view, &answer);
    }
    e = finish(x, e);
    x->is_kept = e == OK && cache_fits(x) && !x->took_random;
    return e == OK ? reply_send(x, &answer) : dispatch_fail(x, e);
}

/* FILE */

static err file_snapshot(struct tx *tx, void *exchange)
{
    struct exchange *x = exchange;
    TRY(gate_enter(x, tx));
    TRY(inputs_read(x));
    return x->rooms->file(&x->rq, tx, x->work, &x->file);
}

static err file_open(const struct exchange *x, const char *path, struct answer *answer)
{
    if (path[0] == '/' || strstr(path, "..") != NULL)
        return ERR_NOT_FOUND;
    int fd =
        openat(x->worker->http->folder_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_INTERNAL;
    struct stat s;
    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) {
        close(fd);
        return ERR_NOT_FOUND;
    }
    answer->fd = fd;
    answer->file_bytes = (uint64_t)s.st_size;
    return OK;
}

/* RFC 6266: plain characters for all, the exact name for those who know filename*. */
static const char *disposition(struct arena *a, const char *name)
{
    struct buf b = buf_new(a, 1024);
    buf_cstr(&b, "attachment; filename=\"");
    for (const char *c = name; *c != '\0'; c++)
        buf_char(&b, (unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e || strchr("\"\\/%", *c)
                         ? '_'
                         : *c);
    buf_cstr(&b, "\"; filename*=UTF-8''");
    target_encode(&b, text_of(name));
    return text_cstr(a, buf_text(&b));
}

static err file_answer(struct exchange *x, struct answer *ret)
{
    const struct file_answer *f = &x->file;
    struct answer answer = answer_of(200, f->media_type, f->bytes);
    answer.gzip = f->gzip;
    answer.any_origin = f->any_origin;
    if (f->cache_public)
        answer.cache = "public, max-age=31536000, immutable";
    if (f->download_as != NULL)
        answer.disposition = disposition(x->arena, f->download_as);
    if (f->path != NULL)
        TRY(file_open(x, f->path, &answer));
    if (f->path != NULL && f->cache_public) { /* the path names the content */
        struct sha256 hash = sha256_of(text_of(f->path));
        struct text digits = hex(x->arena, (struct text){ (const char *)hash.at, 8 });
        answer.etag = text_cstr(x->arena, text_format(x->arena, "\"%.*s\"", TEXT_ARGS(digits)));
    }
    *ret = answer;
    return OK;
}

static enum MHD_Result file_run(struct exchange *x)
{
    struct answer answer;
    err e;
    if ((x->rooms->flags & ROOMS_ALONE) != 0) {
        e = inputs_read(x);
        if (e == OK)
            e = x->rooms->file(&x->rq, NULL, x->work, &x->file);
    } else {
        e = db_read(x->worker->http->options.db, x->arena, file_snapshot, x);
    }
    e = finish(x, e);
    if (e == OK)
        e = file_answer(x, &answer);
    return e == OK ? reply_send(x, &answer) : dispatch_fail(x, e);
}

/* WRITE */

static err write_begin(struct exchange *x)
{
    TRY(inputs_fields(x));
    TRY(gate_csrf(x));
    TRY(inputs_read(x));
    TRY(write_key(x));
    if (x->rooms->look != NULL)
        TRY(db_read(x->worker->http->options.db, x->arena, write_look, x));
    TRY(finish(x, OK));
    x->success = x->rooms->status;
    if (x->rooms->prepare != NULL && !x->is_repeat)
        return pool_submit(x->worker->http->pool, x);
    return x->rooms->apply == NULL ? OK : write_submit(x);
}

static enum MHD_Result write_run(struct exchange *x)
{
    bool waits = x->rooms->prepare != NULL || x->rooms->apply != NULL;
    /* Marked first: the other thread may be done before this one goes on. It only queues x; what
     * resumes it is this thread. */
    x->step = STEP_UNDER_WAY;
    err e = write_begin(x);
    if (e == OK && waits) {
        x->worker->under_way_count++;
        MHD_suspend_connection(x->connection);
        return MHD_YES;
    }
    x->step = STEP_DONE;
    x->result = e;
    return dispatch_end(x);
}

static void put_cookies(struct exchange *x, struct answer *answer)
{
    bool https = x->worker->http->is_https;
    const char *name = https ? "__Host-wesh" : "wesh", *secure = https ? "; Secure" : "";
    struct text secret = x->rq.new_session_secret, cookie = TEXT_NONE;
    if (secret.at != NULL)
        cookie = text_format(x->arena, "%s=%.*s; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax%s",
                             name, TEXT_ARGS(secret), secure);
    else if (x->rq.end_session)
        cookie =
            text_format(x->arena, "%s=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax%s", name, secure);
    if (cookie.at != NULL)
        answer->cookies[answer->cookie_count++] = text_cstr(x->arena, cookie);
    if (x->rq.new_browser_secret.at != NULL) {
        cookie = text_format(x->arena, "%s=%.*s; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax%s",
                             gate_browser_cookie(x), TEXT_ARGS(x->rq.new_browser_secret), secure);
        answer->cookies[answer->cookie_count++] = text_cstr(x->arena, cookie);
    }
    if (x->rq.new_lang != NULL) {
        cookie =
            text_format(x->arena, "lang=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax%s",
                        x->rq.new_lang, secure);
        answer->cookies[answer->cookie_count++] = text_cstr(x->arena, cookie);
    }
}

static err write_answer(struct exchange *x, struct answer *ret)
{
    const struct route *route = x->match.route;
    struct work *work = x->work;
    struct view *view = NULL;
    if (x->rooms->reply != NULL)
        TRY(x->rooms->reply(&x->rq, x->work, &view));
    struct answer answer = answer_new(x->success == 0 ? 204 : x->success);
    if (!x->is_api) {
        answer = answer_new(303);
        answer.location = x->rq.then_url.at != NULL ? x->rq.then_url
                          : target_is_local(x->rq.then_path)
                              ? x->rq.then_path
                              : routes_fill(x->arena, route->then == NULL ? "/" : route->then,
                                            x->match.path, work->ids[0].v);
    } else if (view != NULL && answer.status != 204) {
        TRY(json_answer(x, answer.status, view, &answer));
    }
    put_cookies(x, &answer);
    answer.clears = x->rq.end_session;
    TRY(finish(x, OK));
    *ret = answer;
    return OK;
}

enum MHD_Result dispatch_end(struct exchange *x)
{
    struct answer answer;
    err e = x->result;
    if (e == OK)
        e = write_answer(x, &answer);
    return e == OK ? reply_send(x, &answer) : dispatch_fail(x, e);
}

static enum MHD_Result options_run(struct exchange *x)
{
    struct answer answer = answer_new(204);
    answer.allow = routes_allow(x->arena, x->match.methods);
    return reply_send(x, &answer);
}

enum MHD_Result dispatch_begin(struct exchange *x)
{
    if (x->result != OK)
        return dispatch_fail(x, x->result);
    if (x->match.route == NULL)
        return options_run(x);
    switch (x->match.route->kind) {
    case READ:
        return read_run(x);
    case WRITE:
        return write_run(x);
    case FILE_ROUTE:
        return file_run(x);
    case EVENTS:
        return events_open(x);
    }
    return dispatch_fail(x, ERR_INTERNAL);
}

/* What a page shows to those who are not signed in, or not firmly enough: the way in, and then back
 * to where they were. */
static enum MHD_Result to_way_in(struct exchange *x, const char *way)
{
    const struct route *route = x->match.route;
    struct text next = x->target.path;
    if (route->kind == WRITE)
        next = routes_fill(x->arena, route->again == NULL ? "/" : route->again, x->match.path, 0);
    else if (x->target.query.at != NULL)
        next.len += 1 + x->target.query.len; /* they stand together in the address */
    struct buf b = buf_new(x->arena, TARGET_BYTES_MAX);
    buf_cstr(&b, way);
    buf_cstr(&b, "?next=");
    target_encode(&b, target_is_local(next) ? next : TEXT("/"));
    struct answer answer = answer_new(303);
    answer.location = buf_text(&b);
    if (x->cookie_stale)
        x->rq.end_session = true;
    put_cookies(x, &answer);
    return reply_send(x, &answer);
}

enum MHD_Result dispatch_fail(struct exchange *x, err e)
{
    const struct route *route = x->match.route;
    bool bearer = exchange_header(x, "Authorization") != NULL;
    bool is_page = route != NULL && !x->is_api && (route->page != NULL || route->kind == WRITE);
    if (is_page && e == ERR_SIGN_IN && !bearer)
        return to_way_in(x, "/sign-in");
    if (is_page && (e == ERR_TWO_FACTORS || e == ERR_STEP_UP) && !bearer)
        return to_way_in(x, "/confirm");
    if (is_page && route->again != NULL && x->entered && e != ERR_CSRF) {
        struct text html;
        if (show_again(x, problem_form(x, e), &html) == OK) {
            struct answer answer = answer_of(err_info(e)->status, "text/html; charset=utf-8", html);
            answer.retry_later = answer.status == 503 || answer.status == 429;
            return reply_send(x, &answer);
        }
    }
    return problem_send(x, e);
}
