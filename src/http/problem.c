/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Errors told: problem details (RFC 9457) or a page. */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>

static const char *status_phrase(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 503:
        return "Service Unavailable";
    case 507:
        return "Insufficient Storage";
    default:
        return status < 500 ? "Request Refused" : "Internal Server Error";
    }
}

static void put_limit(struct buf *b, const struct field_error *f, const char *lang, int64_t limit)
{
    if (!f->is_coins)
        buf_int(b, limit);
    else /* cents, as people write coins */
        buf_format(b, "%s%lld%c%02d", limit < 0 ? "-" : "", (long long)llabs(limit / 100),
                   strcmp(lang, "en") == 0 ? '.' : ',', (int)llabs(limit % 100));
}

/* A field's message in the request's language, with its limits filled in. */
static struct text message_of(const struct exchange *x, const struct field_error *f)
{
    struct buf b = buf_new(x->arena, 512);
    for (const char *p = page_text(x->rq.lang, f->message); *p != '\0';) {
        bool is_min = strncmp(p, "{min}", 5) == 0, is_max = strncmp(p, "{max}", 5) == 0;
        if (is_min || is_max)
            put_limit(&b, f, x->rq.lang, is_min ? f->min : f->max);
        else
            buf_char(&b, *p);
        p += is_min || is_max ? 5 : 1;
    }
    return buf_text(&b);
}

static void put_errors(struct exchange *x, struct view *object, const char *text_key)
{
    struct view *list = view_put_list(x->arena, object, "errors");
    for (size_t i = 0; i < x->rq.errors.count; i++) {
        const struct field_error *f = &x->rq.errors.at[i];
        struct view *one = view_add_object(x->arena, list);
        view_put_text(x->arena, one, "field", f->field);
        view_put_text(x->arena, one, text_key, message_of(x, f));
    }
}

struct view *problem_form(struct exchange *x, err e)
{
    const struct err_info *info = err_info(e);
    struct view *form = view_object(x->arena);
    const struct error_field *f = x->rooms == NULL ? NULL : x->rooms->error_fields;
    while (f != NULL && f->error != OK && f->error != e)
        f++;
    if (f != NULL && f->error != OK)
        field_errors_add(&x->rq.errors, text_of(f->field), info->text, 0, 0);
    else
        view_put_cstr(x->arena, form, "error", page_text(x->rq.lang, info->text));
    put_errors(x, form, "text");
    view_put_cstr(x->arena, form, "errorCode", info->code);
    return form;
}

static struct text problem_json(struct exchange *x, const struct err_info *info, err e)
{
    struct view *v = view_object(x->arena);
    struct text json;
    view_put_cstr(x->arena, v, "type", "about:blank");
    view_put_cstr(x->arena, v, "title", status_phrase(info->status));
    view_put_int(x->arena, v, "status", info->status);
    view_put_cstr(x->arena, v, "detail", page_text(x->rq.lang, info->text));
    if (x->target.path.at != NULL)
        view_put_text(x->arena, v, "instance", x->target.path);
    view_put_cstr(x->arena, v, "code", info->code);
    if (e == ERR_INVALID)
        put_errors(x, v, "message");
    return view_json(x->arena, v, ANSWER_BYTES_MAX, &json) == OK ? json : TEXT("{}");
}

static struct text problem_html(struct exchange *x, const struct err_info *info)
{
    const struct page_set *pages = x->worker->http->options.pages;
    const char *text = page_text(x->rq.lang, info->text);
    struct text html;
    if (pages != NULL && page_exists(pages, "error_page")) {
        struct view *root = view_object(x->arena);
        view_put_int(x->arena, root, "status", info->status);
        view_put_cstr(x->arena, root, "code", info->code);
        const char *stop = strstr(text, ". ");
        struct text all = text_of(text), title = all;
        title.len = stop == NULL ? all.len : (size_t)(stop - text);
        if (stop == NULL && text_ends(all, "."))
            title.len--;
        view_put_text(x->arena, root, "title", title);
        if (stop != NULL)
            view_put_cstr(x->arena, root, "detail", stop + 2);
        put_errors(x, root, "text");
        if (show_render(x, "error_page", root, NULL, &html) == OK)
            return html;
    }
    /* The texts are our own and hold nothing to escape but quotes. */
    return text_format(
        x->arena,
        "<!doctype html><html lang=\"%s\"><meta charset=\"utf-8\">"
        "<title>%d</title><h1>%d</h1><p>%s</p><p><a href=\"/\">WESH</a></p></html>\n",
        x->rq.lang, info->status, info->status, text);
}

enum MHD_Result problem_send(struct exchange *x, err e)
{
    const struct err_info *info = err_info(e);
    struct answer answer =
        exchange_is_page(x)
            ? answer_of(info->status, "text/html; charset=utf-8", problem_html(x, info))
            : answer_of(info->status, "application/problem+json", problem_json(x, info, e));
    answer.cache = "no-store";
    answer.retry_later = info->status == 503 || info->status == 429;
    if (info->status == 405)
        answer.allow = routes_allow(x->arena, x->match.methods);
    return reply_send(x, &answer);
}
