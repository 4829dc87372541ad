/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SET_BYTES_MAX = 64 << 20 };

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct template *)a)->name, ((const struct template *)b)->name);
}

const struct template *template_find(const struct page_set *set, struct text name)
{
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_cmp(name, text_of(set->templates[middle].name));
        if (order == 0)
            return &set->templates[middle];
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Partials may name a template that comes later, or themselves: joined when all are there. */
static err join_partials(struct page_set *set, struct template *t, char detail[DETAIL_MAX])
{
    struct node *nodes = (struct node *)(uintptr_t)t->nodes;
    for (uint32_t i = 0; i < t->count; i++) {
        if (nodes[i].kind != NODE_PARTIAL)
            continue;
        const struct template *partial = template_find(set, nodes[i].text);
        if (partial == NULL) {
            snprintf(detail, DETAIL_MAX, "%s:%u: there is no template '%.*s'", t->path,
                     nodes[i].line, TEXT_ARGS(nodes[i].text));
            return ERR_PAGE_TEMPLATE;
        }
        nodes[i].partial = (uint32_t)(partial - set->templates);
    }
    return OK;
}

static err set_fill(struct page_set *set, const struct page_sources *sources,
                    char detail[DETAIL_MAX])
{
    size_t count = sources->template_count;
    struct template *templates = ARENA_ARRAY(set->arena, struct template, count + 1);
    for (size_t i = 0; i < count; i++)
        TRY(template_parse(set->arena, sources, &sources->templates[i], &templates[i], detail));
    qsort(templates, count, sizeof *templates, by_name);
    for (size_t i = 1; i < count; i++) {
        if (by_name(&templates[i - 1], &templates[i]) == 0) {
            snprintf(detail, DETAIL_MAX, "%s:1: %s has the same name", templates[i].path,
                     templates[i - 1].path);
            return ERR_PAGE_TEMPLATE;
        }
    }
    set->templates = templates;
    set->count = count;
    for (size_t i = 0; i < count; i++)
        TRY(join_partials(set, &templates[i], detail));
    return OK;
}

err page_set_new_of(const struct page_sources *sources, struct page_set **ret,
                    const char **ret_detail)
{
    static _Thread_local char detail[DETAIL_MAX];
    struct arena *arena = arena_new(SET_BYTES_MAX);
    struct page_set *set = ARENA_NEW(arena, struct page_set);
    set->arena = arena;
    set->catalogues = sources->catalogues;
    err e = set_fill(set, sources, detail);
    if (e != OK) {
        arena_free(arena);
        *ret_detail = detail;
        return e;
    }
    *ret = set;
    return OK;
}

err page_set_new(struct page_set **ret, const char **ret_detail)
{
    const struct page_sources embedded = {
        page_templates, page_template_count, page_catalogues, page_assets, page_asset_count,
    };
    return page_set_new_of(&embedded, ret, ret_detail);
}

void page_set_free(struct page_set *p)
{
    if (p != NULL)
        arena_free(p->arena);
}

bool page_exists(const struct page_set *p, const char *template_name)
{
    return template_find(p, text_of(template_name)) != NULL;
}
