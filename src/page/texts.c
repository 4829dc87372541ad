/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <string.h>

const char *const page_langs[] = { "nl", "en", "de", NULL };
_Static_assert(sizeof page_langs / sizeof page_langs[0] == LANG_COUNT + 1, "languages");

int texts_lang(const char *lang)
{
    for (int i = 0; lang != NULL && i < LANG_COUNT; i++) {
        if (strcmp(page_langs[i], lang) == 0)
            return i;
    }
    return 0;
}

const struct text_catalogue *texts_catalogue(const struct text_catalogue *all, const char *lang)
{
    for (; lang != NULL && all != NULL && all->lang != NULL; all++) {
        if (strcmp(all->lang, lang) == 0)
            return all;
    }
    return NULL;
}

const struct text_entry *texts_find(const struct text_catalogue *c, struct text key)
{
    size_t low = 0;
    size_t high = c == NULL ? 0 : c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_cmp(key, text_of(c->entries[middle].key));
        if (order == 0)
            return &c->entries[middle];
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct text texts_word(const struct text_catalogue *all, const char *lang, struct text key)
{
    const struct text_entry *entry = texts_find(texts_catalogue(all, lang), key);
    if (entry == NULL)
        entry = texts_find(texts_catalogue(all, "en"), key);
    if (entry != NULL)
        return text_of(entry->one);
    const char *colon = key.len == 0 ? NULL : memchr(key.at, ':', key.len);
    if (colon == NULL)
        return key;
    return (struct text){ colon + 1, (size_t)(key.at + key.len - colon - 1) };
}

/* "task.category:bench", and not "Note: bring gloves". */
static bool is_word_key(const char *text)
{
    size_t prefix = strspn(text, "abcdefghijklmnopqrstuvwxyz_.");
    return prefix > 0 && text[prefix] == ':' && strchr(text, ' ') == NULL;
}

const char *page_text(const char *lang, const char *english)
{
    if (is_word_key(english))
        return texts_word(page_catalogues, lang, text_of(english)).at;
    const struct text_entry *entry =
        texts_find(texts_catalogue(page_catalogues, lang), text_of(english));
    return entry == NULL ? english : entry->one;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : -1;
}

/* RFC 9110, 12.4.2: thousandths; -1 when malformed. */
static int quality_parse(struct text t)
{
    if (t.len < 1 || t.len > 5 || digit(t.at[0]) < 0 || digit(t.at[0]) > 1)
        return -1;
    int value = digit(t.at[0]) * 1000;
    int unit = 100;
    for (size_t i = 1; i < t.len; i++) {
        if (i == 1 ? t.at[i] != '.' : digit(t.at[i]) < 0)
            return -1;
        if (i > 1) {
            value += digit(t.at[i]) * unit;
            unit /= 10;
        }
    }
    return value <= 1000 ? value : -1;
}

/* "nl-BE;q=0.8": the range and its quality, -1 when malformed. */
static int range_parse(struct text range, struct text *ret_tag)
{
    struct text tag;
    int quality = 1000;
    if (!text_split(&range, ';', &tag))
        return -1;
    *ret_tag = text_trim(tag);
    struct text parameter;
    while (text_split(&range, ';', &parameter)) {
        parameter = text_trim(parameter);
        if (parameter.len < 2 || (parameter.at[0] | 0x20) != 'q' || parameter.at[1] != '=')
            return -1;
        quality = quality_parse((struct text){ parameter.at + 2, parameter.len - 2 });
        if (quality < 0)
            return -1;
    }
    return quality;
}

static bool tag_is_lang(struct text tag, const char *lang)
{
    return tag.len >= 2 && strncasecmp(tag.at, lang, 2) == 0 && (tag.len == 2 || tag.at[2] == '-');
}

const char *page_lang_pick(struct text cookie_value, struct text accept_language)
{
    enum { RANGES_MAX = 32, BYTES_MAX = 1024 };
    for (int i = 0; i < LANG_COUNT; i++) {
        if (text_is(cookie_value, page_langs[i]))
            return page_langs[i];
    }
    int quality[LANG_COUNT] = { -1, -1, -1 }; /* -1: not named */
    int place[LANG_COUNT] = { RANGES_MAX, RANGES_MAX + 1, RANGES_MAX + 2 };
    int others = -1;
    struct text rest = accept_language;
    struct text range;
    if (rest.len > BYTES_MAX)
        rest.len = BYTES_MAX;
    for (int n = 0; n < RANGES_MAX && text_split(&rest, ',', &range); n++) {
        struct text tag;
        int q = range_parse(range, &tag);
        if (q >= 0 && text_is(tag, "*"))
            others = q;
        for (int i = 0; i < LANG_COUNT; i++) {
            if (q > quality[i] && tag_is_lang(tag, page_langs[i])) {
                quality[i] = q;
                place[i] = n;
            }
        }
    }
    int best = 0;
    int best_quality = 0;
    for (int i = 0; i < LANG_COUNT; i++) {
        int q = quality[i] >= 0 ? quality[i] : others;
        if (q > best_quality || (q == best_quality && q > 0 && place[i] < place[best])) {
            best = i;
            best_quality = q;
        }
    }
    return page_langs[best];
}
