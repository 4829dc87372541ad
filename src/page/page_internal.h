/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Between the files of src/page: what templates, texts and assets are made of.
 *
 * A template becomes one array of nodes. A block is a node that says where its {{else}} begins and
 * where it ends; nothing is looked up by text while rendering but the names of the view and the
 * keys of {{word}}. A {{t}} holds its phrases in every language, cut and escaped beforehand. */
#ifndef WESH_PAGE_PAGE_INTERNAL_H
#define WESH_PAGE_PAGE_INTERNAL_H

#include "page/page.h"

enum {
    LANG_COUNT = 3,         /* of page_langs */
    BLOCK_DEPTH_MAX = 32,   /* blocks in each other in one template */
    SCOPE_DEPTH_MAX = 64,   /* views in each other while rendering */
    PARTIAL_DEPTH_MAX = 16, /* templates in each other while rendering */
    ARGUMENTS_MAX = 8       /* of one text */
};

/* Made by tools/embed from src, po and web; each array ends with a row of NULLs that isn't counted. */
struct template_source {
    const char *name;
    const char *path; /* for messages */
    struct text text;
};
struct text_entry {
    const char *key;
    const char *one;
    const char *other; /* NULL: has no plural */
};
struct text_catalogue {
    const char *lang;
    const struct text_entry *entries; /* by key, in byte order */
    size_t count;
};
struct page_sources {
    const struct template_source *templates; /* any order */
    size_t template_count;
    const struct text_catalogue *catalogues; /* up to lang NULL */
    const struct asset *assets;              /* by name, in byte order */
    size_t asset_count;
};
extern const struct template_source page_templates[];
extern const size_t page_template_count;
extern const struct text_catalogue page_catalogues[];
extern const struct asset page_assets[];
extern const size_t page_asset_count;

/* As page_set_new, from other sources; these must outlive the set. The detail lives until the next
 * call in this thread. */
MUST err page_set_new_of(const struct page_sources *sources, struct page_set **ret,
                         const char **ret_detail);

/* texts.c */
const struct text_catalogue *texts_catalogue(const struct text_catalogue *all, const char *lang);
const struct text_entry *texts_find(const struct text_catalogue *c, struct text key);
/* {{word}}: the language's word, else the English one, else what stands behind the first ':'. */
struct text texts_word(const struct text_catalogue *all, const char *lang, struct text key);
int texts_lang(const char *lang); /* index in page_langs; 0 when unknown */

/* asset.c */
const struct asset *asset_find_in(const struct asset *assets, size_t count, struct text name);

/* html.c: escaping, and where in the HTML a place in a template is */
enum html_place {
    HTML_TEXT,     /* between tags */
    HTML_TAG_NAME, /* <a */
    HTML_TAG,      /* between its attributes */
    HTML_VALUE,    /* in a quoted attribute */
    HTML_RAW       /* in <script> or <style> */
};
struct html_state { /* starts as zeros */
    enum html_place place;
    char quote;
    char last;
    bool closing; /* </a */
    uint8_t tag_len, attribute_len;
    char tag[12], attribute[12]; /* lower case, cut off */
};
void html_feed(struct html_state *s, struct text literal);
bool html_attribute_is_url(const struct html_state *s);
bool html_attribute_is_code(const struct html_state *s); /* style, onclick, … */
void html_escape(struct buf *out, struct text t);
bool html_url_ok(struct text url); /* relative, or http, https, mailto, tel, geo */

/* filter.c */
struct filter_context {
    struct arena *arena;
    struct instant now;
    int lang;
};
/* Adds text that is safe in HTML. False, and nothing added, when it can't be applied to this kind
 * of value; then the value is shown as it would be without the filter. */
typedef bool filter_fn(const struct filter_context *c, const struct view *v, struct buf *out);
filter_fn *filter_find(struct text name); /* NULL when there is none of this name */
bool filter_makes_html(filter_fn *f);

/* template_parse.c */
enum name_start { NAME_SCOPE, NAME_THIS, NAME_INDEX, NAME_FIRST };
struct name { /* a.b|filter */
    enum name_start start;
    uint8_t count;
    const char **parts;
    filter_fn *filter; /* NULL: none */
};

struct segment {
    struct text text;
    int argument; /* -1: the text */
};
struct phrase {
    const struct segment *segments;
    size_t count;
};
struct argument {
    struct text name;
    struct name value;
};
struct message {
    struct phrase one[LANG_COUNT], other[LANG_COUNT];
    struct argument arguments[ARGUMENTS_MAX];
    size_t argument_count;
    int plural; /* the argument n; -1: has no plural */
};

enum node_kind {
    NODE_TEXT,    /* text */
    NODE_VALUE,   /* name, is_url */
    NODE_CONTENT, /* name, for templates that aren't the layout */
    NODE_IF,      /* name; text: what it must equal, or none */
    NODE_UNLESS,  /* the same */
    NODE_EACH,    /* name */
    NODE_MESSAGE, /* message */
    NODE_TITLE,   /* message */
    NODE_RELOAD,  /* text: seconds */
    NODE_WORD,    /* text: "task.category:", name */
    NODE_PARTIAL, /* partial; name when has_name */
    NODE_FORM,
    NODE_FORM_VALUE, /* text: the field; name when has_name */
    NODE_FIELD_ERROR /* text: the field */
};
struct node {
    enum node_kind kind;
    bool is_url, has_name;
    uint32_t line;
    uint32_t otherwise, next; /* of blocks: the else branch (or next), and behind the block */
    uint32_t partial;         /* index in the set */
    struct name name;
    struct text text;
    const struct message *message;
};
struct template
{
    const char *name;
    const char *path;
    const struct node *nodes;
    uint32_t count;
};

struct page_set {
    struct arena *arena;
    const struct text_catalogue *catalogues;
    const struct template *templates; /* by name */
    size_t count;
};
const struct template *template_find(const struct page_set *set, struct text name);

enum { DETAIL_MAX = 512 };
/* Makes the nodes. NODE_PARTIAL has its template's name in `text`: the set fills in `partial`. */
MUST err template_parse(struct arena *a, const struct page_sources *all,
                        const struct template_source *source, struct template *ret,
                        char detail[DETAIL_MAX]);

#endif
