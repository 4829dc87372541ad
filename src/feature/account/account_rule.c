/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/account/account.h"

#include <string.h>

struct range {
    uint32_t first, last;
};

/* Well-formed UTF-8 only. */
static uint32_t char_next(struct text *rest)
{
    static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    unsigned char first = (unsigned char)rest->at[0];
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t c = first & masks[length];
    for (size_t i = 1; i < length; i++)
        c = c << 6 | ((unsigned char)rest->at[i] & 0x3f);
    rest->at += length, rest->len -= length;
    return c;
}

static bool is_in(uint32_t c, const struct range *ranges)
{
    for (; ranges->last != 0; ranges++)
        if (c >= ranges->first && c <= ranges->last)
            return true;
    return false;
}

/* The scripts whose letters pass for one another, as bits; 0: another script, or no letter. */
static unsigned script_of(uint32_t c)
{
    static const struct range latin[] = { { 'A', 'Z' },       { 'a', 'z' },
                                          { 0xc0, 0x24f },    { 0x1e00, 0x1eff },
                                          { 0x2c60, 0x2c7f }, { 0xa720, 0xa7ff },
                                          { 0xab30, 0xab6f }, { 0, 0 } };
    static const struct range greek[] = { { 0x370, 0x3ff }, { 0x1f00, 0x1fff }, { 0, 0 } };
    static const struct range cyrillic[] = {
        { 0x400, 0x52f }, { 0x1c80, 0x1c8f }, { 0x2de0, 0x2dff }, { 0xa640, 0xa69f }, { 0, 0 }
    };
    static const struct range armenian_cherokee[] = {
        { 0x530, 0x58f }, { 0x13a0, 0x13ff }, { 0xab70, 0xabbf }, { 0, 0 }
    };
    return is_in(c, latin)               ? 1
           : is_in(c, greek)             ? 2
           : is_in(c, cyrillic)          ? 4
           : is_in(c, armenian_cherokee) ? 8
                                         : 0;
}

/* Can't be seen, turns what follows around, or stands for letters in a font of its own. */
static bool is_unfit(uint32_t c)
{
    static const struct range unfit[] = { { 0, 0x1f },
                                          { '!', '&' },
                                          { '*', '+' },
                                          { '/', '/' },
                                          { ':', '@' },
                                          { '[', '`' },
                                          { '{', 0xa0 },
                                          { 0xad, 0xad },
                                          { 0x34f, 0x34f },
                                          { 0x61c, 0x61c },
                                          { 0x115f, 0x1160 },
                                          { 0x17b4, 0x17b5 },
                                          { 0x180b, 0x180f },
                                          { 0x2000, 0x200f },
                                          { 0x2028, 0x202f },
                                          { 0x205f, 0x206f },
                                          { 0x3164, 0x3164 },
                                          { 0xe000, 0xf8ff },
                                          { 0xfe00, 0xfe0f },
                                          { 0xfeff, 0xfeff },
                                          { 0xff00, 0xffff },
                                          { 0x1d400, 0x1d7ff },
                                          { 0x1f100, 0x1f1ff },
                                          { 0xe0000, 0x10ffff },
                                          { 0, 0 } };
    return is_in(c, unfit);
}

bool account_name_ok(struct text name)
{
    unsigned scripts = 0;
    bool has_letter = false;
    struct text rest = name;
    if (!text_utf8_ok(name) || text_chars(name) > ACCOUNT_NAME_MAX)
        return false;
    while (rest.len > 0) {
        uint32_t c = char_next(&rest);
        unsigned script = script_of(c);
        if (is_unfit(c))
            return false;
        scripts |= script;
        has_letter = has_letter || script != 0 || c > 0x52f;
    }
    return has_letter && (scripts & (scripts - 1)) == 0;
}

bool account_age_ok(int64_t birth_month, struct instant now)
{
    struct civil today = civil_of(now);
    int64_t months = (today.year - birth_month / 100) * 12 + (today.month - birth_month % 100);
    return months > ACCOUNT_AGE_LEAST * 12;
}

/* Crockford's base 32: no letter that looks like a digit. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct text recovery_code_of(struct arena *a, const uint8_t chance[RECOVERY_CHARS])
{
    struct buf b = buf_new(a, 64);
    for (size_t i = 0; i < RECOVERY_CHARS; i++) {
        if (i > 0 && i % 4 == 0)
            buf_char(&b, '-');
        buf_char(&b, alphabet[chance[i] & 31]);
    }
    return buf_text(&b);
}

err recovery_code_parse(struct arena *a, struct text typed, struct text *ret)
{
    struct buf b = buf_new(a, 64);
    size_t count = 0;
    for (size_t i = 0; i < typed.len; i++) {
        char c = typed.at[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
        if (c == '-' || c == ' ')
            continue;
        if (c == '\0' || strchr(alphabet, c) == NULL || count == RECOVERY_CHARS)
            return ERR_ACCOUNT_RECOVERY;
        if (count > 0 && count % 4 == 0)
            buf_char(&b, '-');
        buf_char(&b, c);
        count++;
    }
    if (count != RECOVERY_CHARS)
        return ERR_ACCOUNT_RECOVERY;
    *ret = buf_text(&b);
    return OK;
}
