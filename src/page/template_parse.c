/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <stdio.h>
#include <string.h>

struct block {
    uint32_t node;
    struct text tag; /* "if", "unless", "each" */
    bool has_else;
    struct html_state html; /* at its start: the else branch begins in the same place */
};

struct parser {
    struct arena *arena;
    const struct page_sources *all;
    const struct template_source *source;
    const char *at, *end; /* what is left: of the file, or of the tag being read */
    struct node *nodes;
    uint32_t count, size;
    struct block blocks[BLOCK_DEPTH_MAX];
    size_t depth;
    struct html_state html;
    char *detail;
};

static uint32_t line_of(const struct parser *p)
{
    uint32_t line = 1;
    for (const char *c = p->source->text.at; c < p->at; c++)
        line += *c == '\n';
    return line;
}

__attribute__((format(printf, 2, 3))) static err mistake(const struct parser *p, const char *format,
                                                         ...)
{
    int len = snprintf(p->detail, DETAIL_MAX, "%s:%u: ", p->source->path, line_of(p));
    if (len > 0 && len < DETAIL_MAX) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(p->detail + len, (size_t)(DETAIL_MAX - len), format, arguments);
        va_end(arguments);
    }
    return ERR_PAGE_TEMPLATE;
}

static struct node *node_add(struct parser *p, enum node_kind kind)
{
    if (p->count == p->size) {
        struct node *old = p->nodes;
        p->size = p->size == 0 ? 32 : p->size * 2;
        p->nodes = ARENA_ARRAY(p->arena, struct node, p->size);
        if (old != NULL)
            memcpy(p->nodes, old, p->count * sizeof *old);
    }
    struct node *n = &p->nodes[p->count++];
    n->kind = kind;
    n->line = line_of(p);
    n->otherwise = n->next = p->count;
    return n;
}

static void literal_add(struct parser *p, struct text literal)
{
    if (literal.len == 0)
        return;
    html_feed(&p->html, literal);
    node_add(p, NODE_TEXT)->text = literal;
}

/* ---- words of a tag ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '@';
}

static void skip_space(struct parser *p)
{
    while (p->at < p->end && is_space(*p->at))
        p->at++;
}

static bool accept(struct parser *p, char c)
{
    skip_space(p);
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

static struct text accept_name(struct parser *p)
{
    skip_space(p);
    const char *start = p->at;
    while (p->at < p->end && is_name_char(*p->at))
        p->at++;
    return (struct text){ start, (size_t)(p->at - start) };
}

static err expect_string(struct parser *p, struct text *ret)
{
    if (!accept(p, '"'))
        return mistake(p, "a text in quotes is missing");
    struct buf b = buf_new(p->arena, (size_t)(p->end - p->at) + 1);
    while (p->at < p->end && *p->at != '"') {
        if (*p->at == '\\' && p->at + 1 < p->end)
            p->at++;
        buf_char(&b, *p->at++);
    }
    if (!accept(p, '"'))
        return mistake(p, "a text in quotes does not end");
    *ret = (struct text){ b.at == NULL ? "" : b.at, b.len };
    return OK;
}

static bool has_more(struct parser *p)
{
    skip_space(p);
    return p->at < p->end;
}

static err name_start(struct parser *p, struct text whole, struct name *n)
{
    if (text_is(whole, "@index"))
        n->start = NAME_INDEX;
    else if (text_is(whole, "@first"))
        n->start = NAME_FIRST;
    else if (text_is(whole, "this") || text_starts(whole, "this."))
        n->start = NAME_THIS;
    else if (memchr(whole.at, '@', whole.len) != NULL)
        return mistake(p, "there is no {{%.*s}}; only @index and @first", TEXT_ARGS(whole));
    return OK;
}

static err name_missing(const struct parser *p)
{
    if (p->at == p->end)
        return mistake(p, "a name is missing");
    return mistake(p, "'%c' is not understood here", *p->at);
}

static err expect_name(struct parser *p, struct name *n)
{
    struct text whole = accept_name(p);
    *n = (struct name){ .start = NAME_SCOPE };
    if (whole.len == 0)
        return name_missing(p);
    TRY(name_start(p, whole, n));
    if (n->start == NAME_SCOPE || n->start == NAME_THIS) {
        enum { PARTS_MAX = 8 };
        n->parts = ARENA_ARRAY(p->arena, const char *, PARTS_MAX);
        const char *part = whole.at;
        for (const char *c = whole.at; c <= whole.at + whole.len; c++) {
            if (c < whole.at + whole.len && *c != '.')
                continue;
            if (c == part || n->count == PARTS_MAX)
                return mistake(p, "'%.*s' is not a name", TEXT_ARGS(whole));
            if (!(n->start == NAME_THIS && part == whole.at))
                n->parts[n->count++] =
                    text_cstr(p->arena, (struct text){ part, (size_t)(c - part) });
            part = c + 1;
        }
    }
    if (accept(p, '|')) {
        struct text filter = accept_name(p);
        n->filter = filter_find(filter);
        if (n->filter == NULL)
            return mistake(p, "there is no filter '%.*s'", TEXT_ARGS(filter));
    }
    return OK;
}

/* ---- texts ---- */

static int argument_find(const struct message *m, struct text name)
{
    for (size_t i = 0; i < m->argument_count; i++) {
        if (text_eq(m->arguments[i].name, name))
            return (int)i;
    }
    return -1;
}

static struct text escaped(struct parser *p, struct text t, bool escape)
{
    if (!escape)
        return t;
    struct buf b = buf_new(p->arena, t.len * 6 + 1);
    html_escape(&b, t);
    return buf_text(&b);
}

/* Cuts "Hello {who}" in pieces. `lang` NULL: it is the template's own English. */
static err phrase_parse(struct parser *p, const struct message *m, struct text t, bool escape,
                        const char *lang, struct phrase *ret)
{
    size_t braces = 0;
    for (size_t i = 0; i < t.len; i++)
        braces += t.at[i] == '{';
    struct segment *segments = ARENA_ARRAY(p->arena, struct segment, braces * 2 + 1);
    size_t count = 0;
    while (t.len > 0) {
        const char *open = memchr(t.at, '{', t.len);
        size_t before = open == NULL ? t.len : (size_t)(open - t.at);
        if (before > 0)
            segments[count++] =
                (struct segment){ escaped(p, (struct text){ t.at, before }, escape), -1 };
        t = (struct text){ t.at + before, t.len - before };
        if (open == NULL)
            break;
        const char *close = memchr(t.at, '}', t.len);
        if (close == NULL)
            return mistake(p, "a '{' in %s has no '}'", lang == NULL ? "the text" : lang);
        struct text name = { t.at + 1, (size_t)(close - t.at) - 1 };
        int argument = argument_find(m, name);
        if (argument < 0)
            return mistake(p, "{%.*s} in %s has no value", TEXT_ARGS(name),
                           lang == NULL ? "the text" : lang);
        segments[count++] = (struct segment){ TEXT_NONE, argument };
        t = (struct text){ close + 1, t.len - name.len - 2 };
    }
    *ret = (struct phrase){ segments, count };
    return OK;
}

static err argument_parse(struct parser *p, struct message *m)
{
    if (m->argument_count == ARGUMENTS_MAX)
        return mistake(p, "a text has at most %d values", ARGUMENTS_MAX);
    struct argument *a = &m->arguments[m->argument_count];
    a->name = accept_name(p);
    if (a->name.len == 0 || !accept(p, '='))
        return mistake(p, "behind the text belongs name=value");
    if (argument_find(m, a->name) >= 0)
        return mistake(p, "{%.*s} has two values", TEXT_ARGS(a->name));
    m->argument_count++;
    return expect_name(p, &a->value);
}

/* "One bench" "{n} benches" n=count, behind {{t or {{title. A translation that lacks what its
 * language needs is passed over. */
static err message_parse(struct parser *p, bool escape, const struct message **ret)
{
    struct message *m = ARENA_NEW(p->arena, struct message);
    struct text one;
    struct text other = TEXT_NONE;
    TRY(expect_string(p, &one));
    if (has_more(p) && *p->at == '"')
        TRY(expect_string(p, &other));
    while (has_more(p)) {
        TRY(argument_parse(p, m));
        filter_fn *f = m->arguments[m->argument_count - 1].value.filter;
        if (filter_makes_html(f) && (!escape || p->html.place != HTML_TEXT))
            return mistake(p, "the filter makes HTML, that can't be used here");
    }
    m->plural = other.at == NULL ? -1 : argument_find(m, TEXT("n"));
    if (other.at != NULL && m->plural < 0)
        return mistake(p, "a text with a plural needs n=…");
    struct phrase check;
    TRY(phrase_parse(p, m, one, escape, NULL, &check));
    TRY(phrase_parse(p, m, other, escape, NULL, &check));
    for (int i = 0; i < LANG_COUNT; i++) {
        const char *lang = page_langs[i];
        const struct text_entry *entry = texts_find(texts_catalogue(p->all->catalogues, lang), one);
        if (entry != NULL && other.at != NULL && entry->other == NULL)
            entry = NULL;
        if (entry == NULL)
            lang = NULL;
        struct text text = entry == NULL ? one : text_of(entry->one);
        struct text plural = entry == NULL || other.at == NULL ? other : text_of(entry->other);
        TRY(phrase_parse(p, m, text, escape, lang, &m->one[i]));
        TRY(phrase_parse(p, m, plural, escape, lang, &m->other[i]));
    }
    *ret = m;
    return OK;
}

/* ---- tags ---- */

static err check_value_place(const struct parser *p)
{
    switch (p->html.place) {
    case HTML_TEXT:
        return p->html.last == '<' ? mistake(p, "a value can't be the name of a tag") : OK;
    case HTML_RAW:
        return mistake(p, "no values in <script> or <style>");
    case HTML_TAG_NAME:
    case HTML_TAG:
        return mistake(p, "a value in a tag must stand in quotes");
    case HTML_VALUE:
        if (html_attribute_is_code(&p->html))
            return mistake(p, "no values in style, srcdoc or on… attributes");
        return OK;
    }
    return OK;
}

static err check_text_place(const struct parser *p, const char *what)
{
    return p->html.place == HTML_TEXT ? OK : mistake(p, "%s belongs between tags", what);
}

static err value_parse(struct parser *p)
{
    struct name name;
    TRY(expect_name(p, &name));
    TRY(check_value_place(p));
    if (filter_makes_html(name.filter))
        TRY(check_text_place(p, "this filter"));
    bool is_content = name.start == NAME_SCOPE && name.count == 1 && name.filter == NULL &&
                      strcmp(name.parts[0], "content") == 0;
    if (is_content)
        TRY(check_text_place(p, "{{content}}"));
    struct node *n = node_add(p, is_content ? NODE_CONTENT : NODE_VALUE);
    n->name = name;
    n->is_url = p->html.place == HTML_VALUE && html_attribute_is_url(&p->html);
    return OK;
}

static err block_open(struct parser *p)
{
    struct text tag = accept_name(p);
    bool is_each = text_is(tag, "each");
    if (!is_each && !text_is(tag, "if") && !text_is(tag, "unless"))
        return mistake(p, "there is no {{#%.*s}}", TEXT_ARGS(tag));
    if (p->depth == BLOCK_DEPTH_MAX)
        return mistake(p, "more than %d blocks in each other", BLOCK_DEPTH_MAX);
    struct name name;
    struct text equals = TEXT_NONE;
    TRY(expect_name(p, &name));
    if (name.filter != NULL)
        return mistake(p, "a block takes no filter");
    if (!is_each && accept(p, '=')) {
        if (!accept(p, '='))
            return mistake(p, "'==' is written with two signs");
        TRY(expect_string(p, &equals));
    }
    struct node *n = node_add(p, is_each ? NODE_EACH : text_is(tag, "if") ? NODE_IF : NODE_UNLESS);
    n->name = name;
    n->text = equals;
    p->blocks[p->depth++] = (struct block){ p->count - 1, tag, false, p->html };
    return OK;
}

static err block_else(struct parser *p)
{
    struct block *b = p->depth == 0 ? NULL : &p->blocks[p->depth - 1];
    if (b == NULL || b->has_else)
        return mistake(p, b == NULL ? "{{else}} outside a block" : "a second {{else}}");
    b->has_else = true;
    p->nodes[b->node].otherwise = p->count;
    p->html = b->html;
    return OK;
}

static err block_close(struct parser *p)
{
    struct text tag = accept_name(p);
    if (p->depth == 0)
        return mistake(p, "{{/%.*s}} closes nothing", TEXT_ARGS(tag));
    struct block *b = &p->blocks[--p->depth];
    if (!text_eq(b->tag, tag))
        return mistake(p, "{{/%.*s}} where {{/%.*s}} was expected", TEXT_ARGS(tag),
                       TEXT_ARGS(b->tag));
    struct node *n = &p->nodes[b->node];
    n->next = p->count;
    if (!b->has_else)
        n->otherwise = p->count;
    return OK;
}

static err partial_parse(struct parser *p)
{
    TRY(check_text_place(p, "{{> …}}"));
    struct text template = accept_name(p);
    if (template.len == 0)
        return mistake(p, "the name of a template is missing");
    struct node *n = node_add(p, NODE_PARTIAL);
    n->text = template;
    n->has_name = has_more(p);
    return n->has_name ? expect_name(p, &n->name) : OK;
}

static err word_parse(struct parser *p)
{
    struct text prefix;
    TRY(check_value_place(p));
    TRY(expect_string(p, &prefix));
    struct node *n = node_add(p, NODE_WORD);
    n->text = text_format(p->arena, "%.*s:", TEXT_ARGS(prefix));
    return expect_name(p, &n->name);
}

static err form_value_parse(struct parser *p)
{
    struct text field;
    TRY(check_value_place(p));
    TRY(expect_string(p, &field));
    struct node *n = node_add(p, NODE_FORM_VALUE);
    n->text = field;
    n->has_name = has_more(p);
    n->is_url = p->html.place == HTML_VALUE && html_attribute_is_url(&p->html);
    return n->has_name ? expect_name(p, &n->name) : OK;
}

static err field_error_parse(struct parser *p)
{
    struct text field;
    TRY(check_text_place(p, "{{field_error}}"));
    TRY(expect_string(p, &field));
    node_add(p, NODE_FIELD_ERROR)->text = field;
    return OK;
}

static err asset_parse(struct parser *p)
{
    struct text name;
    TRY(expect_string(p, &name));
    const struct asset *asset = asset_find_in(p->all->assets, p->all->asset_count, name);
    if (asset == NULL)
        return mistake(p, "there is no asset '%.*s'", TEXT_ARGS(name));
    literal_add(p, text_format(p->arena, "/assets/%s/%s", asset->etag, asset->name));
    return OK;
}

static err text_parse(struct parser *p)
{
    TRY(check_value_place(p));
    if (p->html.place == HTML_VALUE && html_attribute_is_url(&p->html))
        return mistake(p, "an address is not translated");
    const struct message *m;
    TRY(message_parse(p, true, &m));
    node_add(p, NODE_MESSAGE)->message = m;
    return OK;
}

static err title_parse(struct parser *p)
{
    const struct message *m;
    TRY(message_parse(p, false, &m));
    node_add(p, NODE_TITLE)->message = m;
    return OK;
}

static err reload_parse(struct parser *p)
{
    struct text seconds;
    TRY(expect_string(p, &seconds));
    for (size_t i = 0; i < seconds.len; i++)
        if (seconds.at[i] < '0' || seconds.at[i] > '9' || seconds.len > 3)
            return mistake(p, "{{reload}} takes a number of seconds");
    node_add(p, NODE_RELOAD)->text = seconds;
    return OK;
}

static err form_parse(struct parser *p)
{
    TRY(check_text_place(p, "{{form}}"));
    node_add(p, NODE_FORM);
    return OK;
}

/* Between {{ and }}. A word is a helper when it stands alone ({{form}}, {{else}}) or before a
 * quote; else it is a value, so that a view may have a member `t` or `word`. */
static err tag_parse(struct parser *p)
{
    static const struct {
        const char *name;
        bool takes_string;
        err (*parse)(struct parser *);
    } helpers[] = {
        { "else", false, block_else },    { "form", false, form_parse },
        { "t", true, text_parse },        { "title", true, title_parse },
        { "word", true, word_parse },     { "value", true, form_value_parse },
        { "asset", true, asset_parse },   { "field_error", true, field_error_parse },
        { "reload", true, reload_parse },
    };
    if (accept(p, '#'))
        return block_open(p);
    if (accept(p, '/'))
        return block_close(p);
    if (accept(p, '>'))
        return partial_parse(p);
    skip_space(p);
    const char *start = p->at;
    struct text word = accept_name(p);
    bool is_alone = !has_more(p);
    bool has_string = !is_alone && *p->at == '"';
    for (size_t i = 0; i < sizeof helpers / sizeof helpers[0]; i++) {
        if (text_is(word, helpers[i].name) && (helpers[i].takes_string ? has_string : is_alone))
            return helpers[i].parse(p);
    }
    if (has_string)
        return mistake(p, "there is no {{%.*s \"…\"}}", TEXT_ARGS(word));
    p->at = start;
    return value_parse(p);
}

/* ---- the file ---- */

/* Behind the }} that ends the tag; NULL when there is none. Braces in quotes don't count. */
static const char *tag_end(const char *at, const char *end)
{
    bool quoted = false;
    for (; at < end; at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (quoted && *at == '\\')
            at++;
        else if (!quoted && *at == '}' && at + 1 < end && at[1] == '}')
            return at + 2;
    }
    return NULL;
}

/* Tags that print nothing where they stand. */
static bool is_silent(const char *tag)
{
    return strchr("#/>", tag[2]) != NULL || strncmp(tag + 2, "else}}", 6) == 0 ||
           strncmp(tag + 2, "title ", 6) == 0 || strncmp(tag + 2, "reload ", 7) == 0;
}

/* A silent tag alone on its line takes the line with it: *literal_end moves to the line's start. */
static const char *line_cut(const char *literal, const char **literal_end, const char *behind,
                            const char *end, bool at_line_start)
{
    const char *before = *literal_end;
    while (before > literal && (before[-1] == ' ' || before[-1] == '\t'))
        before--;
    if (before > literal ? before[-1] != '\n' : !at_line_start)
        return behind;
    const char *after = behind;
    while (after < end && (*after == ' ' || *after == '\t' || *after == '\r'))
        after++;
    if (after < end && *after != '\n')
        return behind;
    *literal_end = before;
    return after < end ? after + 1 : end;
}

static const char *special_find(const char *at, const char *end)
{
    for (; at + 1 < end; at++) {
        if (at[0] == '{' && at[1] == '{')
            return at;
        if (at[0] == '<' && end - at >= 4 && memcmp(at, "<!--", 4) == 0)
            return at;
    }
    return end;
}

/* One literal and the tag or comment behind it. */
static err piece_parse(struct parser *p, const char *file_start, const char *file_end)
{
    const char *literal = p->at;
    const char *special = special_find(literal, file_end);
    if (special == file_end) {
        literal_add(p, (struct text){ literal, (size_t)(file_end - literal) });
        p->at = file_end;
        return OK;
    }
    bool is_comment = *special == '<';
    const char *behind;
    if (is_comment) {
        behind = memmem(special, (size_t)(file_end - special), "-->", 3);
        behind = behind == NULL ? NULL : behind + 3;
    } else {
        behind = tag_end(special + 2, file_end);
    }
    const char *literal_end = special;
    const char *next = behind;
    if (behind != NULL && (is_comment || is_silent(special)))
        next = line_cut(literal, &literal_end, behind, file_end,
                        literal == file_start || literal[-1] == '\n');
    literal_add(p, (struct text){ literal, (size_t)(literal_end - literal) });
    p->at = special;
    if (behind == NULL)
        return mistake(p, is_comment ? "a comment does not end" : "a tag does not end with }}");
    if (!is_comment) {
        p->at += 2;
        p->end = behind - 2;
        TRY(tag_parse(p));
        if (has_more(p))
            return mistake(p, "'%c' is not understood here", *p->at);
    }
    p->at = next;
    return OK;
}

err template_parse(struct arena *a, const struct page_sources *all,
                   const struct template_source *source, struct template *ret,
                   char detail[DETAIL_MAX])
{
    const char *start = source->text.at;
    const char *end = start + source->text.len;
    struct parser p = { .arena = a, .all = all, .source = source, .detail = detail, .at = start };
    if (source->text.len > UINT32_MAX / 8 || !text_utf8_ok(source->text))
        return mistake(&p, "the file is too large or not valid UTF-8");
    while (p.at < end) {
        p.end = end;
        TRY(piece_parse(&p, start, end));
    }
    if (p.depth > 0) {
        struct block *b = &p.blocks[p.depth - 1];
        (void)mistake(&p, "{{#%.*s}} of line %u is not closed", TEXT_ARGS(b->tag),
                      p.nodes[b->node].line);
        return ERR_PAGE_TEMPLATE;
    }
    if (p.html.place != HTML_TEXT)
        return mistake(&p, "the HTML ends inside a tag or attribute");
    *ret = (struct template){ source->name, source->path, p.nodes, p.count };
    return OK;
}
