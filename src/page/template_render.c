/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <string.h>

struct scope {
    const struct view *view;
    int64_t index; /* in the list; -1: not a member of one */
};

struct render {
    const struct page_set *set;
    const struct page_request *request;
    struct filter_context context;
    struct buf out;
    struct scope scopes[SCOPE_DEPTH_MAX];
    size_t depth;
    size_t partials;
    struct view special; /* @index and @first, made when asked */
    struct text title, reload;
    struct text content;
    bool in_layout;
    err error;
};

static void run(struct render *r, const struct template *t, uint32_t from, uint32_t to);

/* ---- looking up ---- */

static const struct view *member(const struct view *v, const char *key)
{
    if (v == NULL || v->kind != VIEW_OBJECT)
        return NULL;
    for (const struct view *m = v->first; m != NULL; m = m->next) {
        if (m->key[0] == key[0] && strcmp(m->key, key) == 0)
            return m;
    }
    return NULL;
}

static const struct view *member_of_text(const struct view *v, struct text key)
{
    if (v == NULL || v->kind != VIEW_OBJECT)
        return NULL;
    for (const struct view *m = v->first; m != NULL; m = m->next) {
        if (text_is(key, m->key))
            return m;
    }
    return NULL;
}

static const struct view *list_place(struct render *r, bool first)
{
    int64_t index = -1;
    for (size_t i = r->depth; i-- > 0 && index < 0;)
        index = r->scopes[i].index;
    if (index < 0)
        return NULL;
    r->special = (struct view){ .kind = first ? VIEW_BOOL : VIEW_INT };
    if (first)
        r->special.boolean = index == 0;
    else
        r->special.integer = index;
    return &r->special;
}

static const struct view *lookup(struct render *r, const struct name *n)
{
    const struct view *v = NULL;
    size_t part = 0;
    switch (n->start) {
    case NAME_INDEX:
    case NAME_FIRST:
        return list_place(r, n->start == NAME_FIRST);
    case NAME_THIS:
        v = r->scopes[r->depth - 1].view;
        break;
    case NAME_SCOPE:
        for (size_t i = r->depth; i-- > 0 && v == NULL;)
            v = member(r->scopes[i].view, n->parts[0]);
        part = 1;
        break;
    }
    for (; v != NULL && part < n->count; part++)
        v = member(v, n->parts[part]);
    return v;
}

static bool is_absent(const struct view *v)
{
    return v == NULL || v->kind == VIEW_NULL || (v->kind == VIEW_INSTANT && v->instant.us == 0) ||
           (v->kind == VIEW_ID && v->id == 0) || (v->kind == VIEW_TEXT && v->text.at == NULL);
}

static bool is_true(const struct view *v)
{
    if (is_absent(v))
        return false;
    switch (v->kind) {
    case VIEW_NULL:
        return false;
    case VIEW_BOOL:
        return v->boolean;
    case VIEW_INT:
    case VIEW_MICRO:
        return v->integer != 0;
    case VIEW_TEXT:
        return v->text.len > 0;
    case VIEW_LIST:
        return v->first != NULL;
    case VIEW_ID:
    case VIEW_INSTANT:
    case VIEW_OBJECT:
        return true;
    }
    return false;
}

/* ---- values ---- */

static void add_micro(struct buf *out, int64_t micro)
{
    uint64_t value = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
    char digits[32];
    buf_cstr(out, micro < 0 ? "-" : "");
    buf_int(out, (int64_t)(value / 1000000));
    size_t len = 7;
    digits[0] = '.';
    for (uint64_t rest = value % 1000000, i = 6; i > 0; i--, rest /= 10)
        digits[i] = (char)('0' + rest % 10);
    while (len > 1 && digits[len - 1] == '0')
        len--;
    if (len > 1)
        buf_add(out, (struct text){ digits, len });
}

/* Only VIEW_TEXT can hold a character that HTML must not see. */
static void add_plain(struct render *r, struct buf *out, const struct view *v, bool escape)
{
    char id[36];
    if (is_absent(v))
        return;
    switch (v->kind) {
    case VIEW_BOOL:
        buf_cstr(out, v->boolean ? "true" : "false");
        break;
    case VIEW_INT:
        buf_int(out, v->integer);
        break;
    case VIEW_MICRO:
        add_micro(out, v->integer);
        break;
    case VIEW_TEXT:
        if (escape)
            html_escape(out, v->text);
        else
            buf_add(out, v->text);
        break;
    case VIEW_ID:
        uuid_write(v->id, id);
        buf_add(out, (struct text){ id, sizeof id });
        break;
    case VIEW_INSTANT:
        buf_add(out, instant_text(r->context.arena, v->instant));
        break;
    case VIEW_NULL:
    case VIEW_LIST:
    case VIEW_OBJECT:
        break;
    }
}

static void add_value(struct render *r, struct buf *out, const struct name *n, bool escape)
{
    const struct view *v = lookup(r, n);
    if (is_absent(v))
        return;
    if (n->filter == NULL || !n->filter(&r->context, v, out))
        add_plain(r, out, v, escape);
}

/* A value that begins an address must not bring a scheme that runs something. */
static bool is_bad_url(const struct render *r, const struct view *v)
{
    char before = r->out.len == 0 ? '\0' : r->out.at[r->out.len - 1];
    return (before == '"' || before == '\'') && v->kind == VIEW_TEXT && !html_url_ok(v->text);
}

static void add_node_value(struct render *r, const struct node *n)
{
    if (n->is_url && n->name.filter == NULL) {
        const struct view *v = lookup(r, &n->name);
        if (v != NULL && is_bad_url(r, v)) {
            buf_char(&r->out, '#');
            return;
        }
    }
    add_value(r, &r->out, &n->name, true);
}

static bool equals(struct render *r, const struct view *v, struct text text)
{
    if (v != NULL && v->kind == VIEW_TEXT)
        return text_eq(v->text, text);
    struct buf plain = buf_new(r->context.arena, 64);
    add_plain(r, &plain, v, false);
    return text_eq(buf_text(&plain), text) || (plain.len == 0 && text.len == 0);
}

/* ---- texts ---- */

static bool is_one(const struct view *v)
{
    int64_t n = 0;
    if (v == NULL)
        return false;
    if (v->kind == VIEW_TEXT)
        return text_int(v->text, &n) == OK && n == 1;
    return (v->kind == VIEW_INT && v->integer == 1) ||
           (v->kind == VIEW_MICRO && v->integer == 1000000);
}

static void add_message(struct render *r, struct buf *out, const struct message *m, bool escape)
{
    bool plural = m->plural >= 0 && !is_one(lookup(r, &m->arguments[m->plural].value));
    const struct phrase *p = plural ? &m->other[r->context.lang] : &m->one[r->context.lang];
    for (size_t i = 0; i < p->count; i++) {
        const struct segment *s = &p->segments[i];
        if (s->argument < 0)
            buf_add(out, s->text);
        else
            add_value(r, out, &m->arguments[s->argument].value, escape);
    }
}

static void set_title(struct render *r, const struct message *m)
{
    enum { TITLE_BYTES_MAX = 4096 };
    struct buf title = buf_new(r->context.arena, TITLE_BYTES_MAX);
    struct text text;
    add_message(r, &title, m, false);
    if (buf_done(&title, &text) == OK)
        r->title = text;
}

static void add_word(struct render *r, const struct node *n)
{
    enum { KEY_BYTES_MAX = 256 };
    const struct view *v = lookup(r, &n->name);
    if (is_absent(v))
        return;
    struct arena_mark mark = arena_mark(r->context.arena);
    struct buf key = buf_new(r->context.arena, KEY_BYTES_MAX);
    buf_add(&key, n->text);
    add_plain(r, &key, v, false);
    struct text word = texts_word(r->set->catalogues, page_langs[r->context.lang], buf_text(&key));
    bool is_in_key = word.at >= key.at && word.at < key.at + key.len;
    if (!is_in_key)
        arena_rewind(r->context.arena, mark);
    html_escape(&r->out, word);
}

/* ---- forms ---- */

static const struct view *form_member(const struct render *r, const char *key)
{
    return member(member(r->request->root, "form"), key);
}

static void add_form(struct render *r)
{
    char key[36];
    uuid_write(uuid7_make(r->request->now, r->request->random), key);
    buf_cstr(&r->out, "<input type=\"hidden\" name=\"csrf\" value=\"");
    add_plain(r, &r->out, member(r->request->root, "csrf"), true);
    buf_cstr(&r->out, "\"><input type=\"hidden\" name=\"idempotencyKey\" value=\"");
    buf_add(&r->out, (struct text){ key, sizeof key });
    buf_cstr(&r->out, "\">");
}

static void add_form_value(struct render *r, const struct node *n)
{
    const struct view *typed = member_of_text(form_member(r, "values"), n->text);
    if (typed == NULL && n->has_name)
        add_node_value(r, n);
    else if (typed != NULL && n->is_url && is_bad_url(r, typed))
        buf_char(&r->out, '#');
    else
        add_plain(r, &r->out, typed, true);
}

static void add_field_error(struct render *r, struct text field)
{
    const struct view *errors = form_member(r, "errors");
    if (errors == NULL || errors->kind != VIEW_LIST)
        return;
    for (const struct view *e = errors->first; e != NULL; e = e->next) {
        const struct view *name = member(e, "field");
        if (name == NULL || name->kind != VIEW_TEXT || !text_eq(name->text, field))
            continue;
        buf_cstr(&r->out, "<p class=\"field-error\" id=\"");
        html_escape(&r->out, field);
        buf_cstr(&r->out, "-error\">");
        add_plain(r, &r->out, member(e, "text"), true);
        buf_cstr(&r->out, "</p>");
        return;
    }
}

/* ---- blocks ---- */

static bool scope_push(struct render *r, const struct view *v, int64_t index)
{
    if (r->depth == SCOPE_DEPTH_MAX) {
        r->error = ERR_TOO_LARGE;
        return false;
    }
    r->scopes[r->depth++] = (struct scope){ v, index };
    return true;
}

static void run_each(struct render *r, const struct template *t, uint32_t at)
{
    const struct node *n = &t->nodes[at];
    const struct view *list = lookup(r, &n->name);
    if (list == NULL || list->kind != VIEW_LIST || list->first == NULL) {
        run(r, t, n->otherwise, n->next);
        return;
    }
    int64_t index = 0;
    for (const struct view *item = list->first; item != NULL; item = item->next) {
        if (r->error != OK || r->out.full || !scope_push(r, item, index++))
            return;
        run(r, t, at + 1, n->otherwise);
        r->depth--;
    }
}

static void run_partial(struct render *r, const struct node *n)
{
    const struct template *t = &r->set->templates[n->partial];
    const struct view *v = n->has_name ? lookup(r, &n->name) : NULL;
    if (n->has_name && is_absent(v))
        return;
    if (r->partials == PARTIAL_DEPTH_MAX) {
        r->error = ERR_TOO_LARGE;
        return;
    }
    if (n->has_name && !scope_push(r, v, -1))
        return;
    r->partials++;
    run(r, t, 0, t->count);
    r->partials--;
    r->depth -= n->has_name;
}

static void run_condition(struct render *r, const struct template *t, uint32_t at)
{
    const struct node *n = &t->nodes[at];
    const struct view *v = lookup(r, &n->name);
    bool holds = n->text.at == NULL ? is_true(v) : equals(r, v, n->text);
    if (holds == (n->kind == NODE_IF))
        run(r, t, at + 1, n->otherwise);
    else
        run(r, t, n->otherwise, n->next);
}

static void run(struct render *r, const struct template *t, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to && r->error == OK && !r->out.full; i = t->nodes[i].next) {
        const struct node *n = &t->nodes[i];
        switch (n->kind) {
        case NODE_TEXT:
            buf_add(&r->out, n->text);
            break;
        case NODE_VALUE:
            add_node_value(r, n);
            break;
        case NODE_CONTENT:
            if (r->in_layout)
                buf_add(&r->out, r->content);
            else
                add_node_value(r, n);
            break;
        case NODE_IF:
        case NODE_UNLESS:
            run_condition(r, t, i);
            break;
        case NODE_EACH:
            run_each(r, t, i);
            break;
        case NODE_MESSAGE:
            add_message(r, &r->out, n->message, true);
            break;
        case NODE_TITLE:
            set_title(r, n->message);
            break;
        case NODE_RELOAD:
            r->reload = n->text;
            break;
        case NODE_WORD:
            add_word(r, n);
            break;
        case NODE_PARTIAL:
            run_partial(r, n);
            break;
        case NODE_FORM:
            add_form(r);
            break;
        case NODE_FORM_VALUE:
            add_form_value(r, n);
            break;
        case NODE_FIELD_ERROR:
            add_field_error(r, n->text);
            break;
        }
    }
}

static err render_one(struct render *r, const struct template *t, struct text *ret)
{
    r->out = buf_new(r->context.arena, r->request->bytes_max);
    run(r, t, 0, t->count);
    return r->error != OK ? r->error : buf_done(&r->out, ret);
}

err page_render(const struct page_set *p, struct arena *a, const struct page_request *request,
                struct text *ret_html)
{
    const struct template *page = template_find(p, text_of(request->template_name));
    const struct template *layout =
        request->layout_name == NULL ? NULL : template_find(p, text_of(request->layout_name));
    if (page == NULL || (request->layout_name != NULL && layout == NULL))
        return ERR_INTERNAL;
    struct render r = {
        .set = p,
        .request = request,
        .context = { a, request->now, texts_lang(request->lang) },
        .scopes = { { request->root, -1 } },
        .depth = 1,
    };
    if (layout == NULL)
        return render_one(&r, page, ret_html);
    TRY(render_one(&r, page, &r.content));
    struct view *extra = view_object(a);
    if (r.title.len > 0)
        view_put_text(a, extra, "pageTitle", r.title);
    if (r.reload.len > 0)
        view_put_text(a, extra, "pageReload", r.reload);
    if (!scope_push(&r, extra, -1))
        return ERR_INTERNAL;
    r.in_layout = true;
    return render_one(&r, layout, ret_html);
}
