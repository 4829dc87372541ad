/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <string.h>

enum { PAGE_BYTES_MAX = ANSWER_BYTES_MAX };

static err part_load(struct exchange *x, struct tx *tx, const struct page_part *part,
                     struct view **ret)
{
    void *work;
    TRY(inputs_part(x, part->rooms, &work));
    return part->rooms->load(&x->rq, tx, work, ret);
}

err show_load(struct exchange *x, struct tx *tx, const struct route *route, void *work,
              struct view **ret)
{
    struct view *view = NULL;
    TRY(route->rooms->load(&x->rq, tx, work, &view));
    if (view == NULL)
        view = view_object(x->arena);
    for (size_t i = 0; i < sizeof route->parts / sizeof route->parts[0]; i++) {
        const struct page_part *part = &route->parts[i];
        if (part->rooms == NULL || !gate_may(x, part->rooms))
            continue;
        struct view *loaded = NULL;
        err e = part_load(x, tx, part, &loaded);
        if (e == ERR_NOT_FOUND || e == ERR_FORBIDDEN)
            continue; /* the page is there without it */
        TRY(e);
        if (loaded != NULL)
            view_put(x->arena, view, part->name, loaded);
    }
    *ret = view;
    return OK;
}

static void put_me(struct exchange *x, struct view *root)
{
    const struct actor *actor = &x->session.actor;
    struct view *me = view_put_object(x->arena, root, "me");
    view_put_bool(x->arena, me, "signedIn", actor->person.v != 0);
    view_put_text(x->arena, me, "name", actor->name.at == NULL ? TEXT("") : actor->name);
    if (actor->person.v != 0)
        view_put_text(x->arena, me, "id", uuid_text(x->arena, actor->person.v));
    struct view *roles = view_put_object(x->arena, me, "roles");
    for (size_t i = 0; role_names[i] != NULL; i++)
        if ((actor->roles & 1U << i) != 0)
            view_put_bool(x->arena, roles, role_names[i], true);
}

/* Values typed in, by name; a name is taken once. */
static struct view *values_of(struct exchange *x, const struct input *object)
{
    struct view *values = view_object(x->arena);
    const struct input *in = object == NULL ? NULL : object->first;
    for (; in != NULL; in = in->next) {
        const char *name = text_cstr(x->arena, in->name);
        bool hidden = strcmp(name, "csrf") == 0 || strcmp(name, "idempotencyKey") == 0;
        if (in->kind == INPUT_TEXT && !hidden && view_get(values, name) == NULL)
            view_put_text(x->arena, values, name, in->text);
    }
    return values;
}

static void put_common(struct exchange *x, struct view *root, struct view *form)
{
    const struct http *h = x->worker->http;
    put_me(x, root);
    view_put_cstr(x->arena, root, "lang", x->rq.lang);
    view_put_text(x->arena, root, "path", x->target.path.at == NULL ? TEXT("/") : x->target.path);
    view_put_bool(x->arena, root, "demo", h->options.demo);
    view_put_text(x->arena, root, "csrf",
                  x->rq.session_secret.at == NULL
                      ? TEXT("")
                      : csrf_token(x->arena, x->rq.session_secret, h->options.random));
    view_put(x->arena, root, "query", values_of(x, x->query));
    /* Texts whose values a script fills in: {{t "{n} left" n=slot.n}}. */
    struct view *slot = view_put_object(x->arena, root, "slot");
    view_put_cstr(x->arena, slot, "n", "{n}");
    view_put_cstr(x->arena, slot, "time", "{time}");
    if (form != NULL) {
        view_put(x->arena, form, "values", values_of(x, x->fields));
        view_put(x->arena, root, "form", form);
    }
}

/* Notes that the page holds something made anew each time, such as a form's key. */
static void fill_and_note(void *exchange, void *bytes, size_t count)
{
    struct exchange *x = exchange;
    const struct random_source *random = x->worker->http->options.random;
    x->took_random = true;
    random->fill(random->self, bytes, count);
}

err show_render(struct exchange *x, const char *template_name, struct view *root, struct view *form,
                struct text *ret_html)
{
    const struct http *h = x->worker->http;
    if (h->options.pages == NULL)
        return ERR_NOT_FOUND;
    put_common(x, root, form);
    const struct random_source noting = { fill_and_note, x };
    struct page_request request = {
        .template_name = template_name,
        .layout_name = page_exists(h->options.pages, "layout") ? "layout" : NULL,
        .root = root,
        .lang = x->rq.lang,
        .now = x->rq.now,
        .random = &noting,
        .bytes_max = PAGE_BYTES_MAX,
    };
    return page_render(h->options.pages, x->arena, &request, ret_html);
}

struct again {
    struct exchange *x;
    const struct route *page;
    struct view *view;
};

static err again_load(struct tx *tx, void *again)
{
    struct again *g = again;
    void *work;
    if (!gate_may(g->x, g->page->rooms))
        return ERR_FORBIDDEN;
    TRY(inputs_part(g->x, g->page->rooms, &work));
    return show_load(g->x, tx, g->page, work, &g->view);
}

err show_again(struct exchange *x, struct view *form, struct text *ret_html)
{
    const struct http *h = x->worker->http;
    struct again again = { .x = x, .page = routes_page(h->routes, x->match.route->again) };
    if (again.page == NULL)
        return ERR_NOT_FOUND;
    TRY(db_read(h->options.db, x->arena, again_load, &again));
    return show_render(x, again.page->page, again.view, form, ret_html);
}
