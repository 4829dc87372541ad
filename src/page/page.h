/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Pages: auto-escaping templates over views, translated texts, and the embedded assets of web/.
 *
 * Templates are all *.html below src/ (name = file name without .html), compiled once at start; a
 * mistake in one is told with file and line and the program does not start. Grammar:
 *   {{name}} {{a.b}}          a value, escaped for HTML text and quoted attributes; absent: nothing
 *   {{name|filter}}           filters: coins ("7" or "7,50"), euros ("7,00"), date, time, datetime, day ("today", "Monday 3 May"),
 *                             distance ("350 m", "1.2 km"), minutes ("45 minutes"), number, query (percent-encoded),
 *                             lines (escaped, line breaks become <br>), json (escaped JSON for data- attributes)
 *   {{#if name}} {{#unless name}} {{else}} {{/if}} {{/unless}}
 *                             false, null, absent, 0, "" and empty lists are false; {{#if a == "x"}} compares text
 *   {{#each items}} … {{else}} (empty) … {{/each}}   inside: members of the item, then outwards; {{this}}, {{@index}}, {{@first}}
 *   {{t "Text {who}" who=name|filter}}               translated text; placeholders are escaped
 *   {{t "one bench" "{n} benches" n=count}}          plural by the language's rule on n
 *   {{word "task.category" category}}                translation of the key "task.category:<value>"
 *   {{> task_card}} {{> task_card task}}             another template, over this scope or a member
 *   {{title "Text" …}}        sets the page's title (same arguments as t); prints nothing
 *   {{reload "4"}}            without JavaScript the page loads itself again after so many seconds
 *   {{form}}                  the hidden fields csrf and idempotencyKey (a fresh UUIDv7)
 *   {{value "field" default}} what was typed into the form, else the value of `default`
 *   {{field_error "field"}}   <p class="field-error" id="field-error">…</p> when the field has an error, else nothing
 *   {{asset "app.css"}}       "/assets/<hash>/app.css"
 *   <!-- for the writer -->   is left out
 * A block, partial, title or comment alone on its line takes the line with it. A value in a tag must
 * stand in quotes; none may stand in <script>, <style>, or a style or on… attribute; one that begins
 * an href, src or action with a scheme that could run something becomes "#". @index counts from 0.
 * The root scope holds the view's own members and: me {signedIn, name, roles: {steward: true, …}},
 * lang, path, demo, csrf, slot {n, time} (they print "{n}", "{time}", for scripts to fill in), form {values, errors: [{field, text}], error, errorCode}. */
#ifndef WESH_PAGE_PAGE_H
#define WESH_PAGE_PAGE_H

#include "base/source.h"
#include "codec/view.h"

struct page_set;
/* Parses all embedded templates and texts. On an error *ret_detail says file, line and mistake. */
MUST err page_set_new(struct page_set **ret, const char **ret_detail);
void page_set_free(struct page_set *p);

struct page_request {
    const char *template_name;
    const char
        *layout_name; /* wraps the page; sees {{content}}, pageTitle and pageReload; NULL: none */
    const struct view *root;
    const char *lang; /* "nl", "en", "de" */
    struct instant now;
    const struct random_source *random;
    size_t bytes_max;
};
MUST err page_render(const struct page_set *p, struct arena *a, const struct page_request *r,
                     struct text *ret_html);
bool page_exists(const struct page_set *p, const char *template_name);

/* Translated text of an English one; the English itself when it is missing. */
const char *page_text(const char *lang, const char *english);
extern const char *const page_langs[]; /* NULL-terminated; the first is the default */
const char *page_lang_pick(struct text cookie_value, struct text accept_language);

struct asset {        /* generated from web/ */
    const char *name; /* "app.css" */
    const char *media_type;
    const char *etag; /* first 16 hex digits of the SHA-256 */
    struct text bytes;
    struct text gzip; /* at NULL when it does not help */
};
const struct asset *asset_find(struct text name); /* NULL when absent */

#endif
