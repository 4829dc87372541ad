/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The bytes are a template. Whatever it is, it is refused with a message or rendered, and what the
 * view brings in never comes out as HTML. */
#include "page/page_internal.h"

#include <stdlib.h>
#include <string.h>

#define EVIL "<evil \"'&>\njavascript:x"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct view *view_of(struct arena *a)
{
    struct view *v = view_object(a);
    view_put_cstr(a, v, "a", EVIL);
    view_put_int(a, v, "n", 1234567);
    view_put_bool(a, v, "yes", true);
    view_put_null(a, v, "none");
    view_put_instant(a, v, "at", (struct instant){ INT64_C(1795530000000000) });
    view_put_cstr(a, v, "csrf", EVIL);
    struct view *list = view_put_list(a, v, "list");
    for (int i = 0; i < 2; i++) {
        struct view *item = view_add_object(a, list);
        view_put_cstr(a, item, "a", EVIL);
        view_add_text(a, view_put_list(a, item, "list"), TEXT(EVIL));
    }
    struct view *form = view_put_object(a, v, "form");
    view_put_cstr(a, view_put_object(a, form, "values"), "a", EVIL);
    struct view *error = view_add_object(a, view_put_list(a, form, "errors"));
    view_put_cstr(a, error, "field", "a");
    view_put_cstr(a, error, "text", EVIL);
    return v;
}

static void render(const struct page_set *set, struct arena *a, struct text source)
{
    struct random_seeded seed;
    struct random_source random = random_seeded(&seed, 1);
    struct page_request request = {
        .template_name = "page",
        .layout_name = "layout",
        .root = view_of(a),
        .lang = "de",
        .now = { INT64_C(1795530000000000) },
        .random = &random,
        .bytes_max = 100000,
    };
    struct text html;
    err e = page_render(set, a, &request, &html);
    if (e != OK && e != ERR_TOO_LARGE)
        abort();
    if (e == OK && memmem(source.at, source.len, "<evil", 5) == NULL &&
        memmem(html.at, html.len, "<evil", 5) != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text source = { (const char *)data, size };
    if (size == 0 || size > 4096)
        return 0;
    const struct template_source templates[] = {
        { "page", "src/page.html", source },
        { "layout", "src/layout.html", TEXT("<title>{{pageTitle}}</title>{{content}}") },
        { "part", "src/part.html", TEXT("{{#each list}}<b>{{a}}{{@index}}</b>{{/each}}") },
    };
    const struct asset assets[] = {
        { "a.css", "text/css", "0011223344556677", { "a{}", 3 }, { NULL, 0 } },
    };
    const struct text_entry german[] = { { "Hi {who}", "Tag {who}", NULL },
                                         { "one", "eins", "{n} viele" } };
    const struct text_catalogue catalogues[] = { { "de", german, 2 }, { NULL, NULL, 0 } };
    const struct page_sources all = { templates, 3, catalogues, assets, 1 };
    struct page_set *set;
    const char *detail = NULL;
    struct arena *a = arena_new(16 << 20);
    if (page_set_new_of(&all, &set, &detail) == OK) {
        render(set, a, source);
        page_set_free(set);
    } else if (detail == NULL || strstr(detail, "src/page.html:") != detail) {
        abort();
    }
    arena_free(a);
    return 0;
}
