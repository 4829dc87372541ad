/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/map/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void origins(void **state)
{
    (void)state;
    const struct {
        const char *tiles, *origin; /* NULL: not used */
        bool may_be_set;
    } cases[] = {
        { MAP_TILES, "https://service.pdok.nl", true },
        { "http://127.0.0.1:8099/{z}/{x}/{y}.png", "http://127.0.0.1:8099", true },
        { "https://tile.example:444/a?z={z}&x={x}&y={y}", "https://tile.example:444", true },
        { "off", NULL, true },
        { "", NULL, false },
        { "https://", NULL, false },
        { "https://tile.example", NULL, false },
        { "https://tile.example/{z}/{x}.png", NULL, false },
        { "https://{s}.tile.example/{z}/{x}/{y}.png", NULL, false },
        { "https://a.example; script-src *//{z}/{x}/{y}", NULL, false },
        { "https://a.example\r\nX: y/{z}/{x}/{y}", NULL, false },
        { "https://user@a.example/{z}/{x}/{y}", NULL, false },
        { "https://*/{z}/{x}/{y}", NULL, false },
        { "ftp://a.example/{z}/{x}/{y}", NULL, false },
        { "data:,{z}{x}{y}/", NULL, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text tiles = text_of(cases[i].tiles), origin = map_tiles_origin(tiles);
        if (cases[i].origin == NULL)
            assert_int_equal(origin.len, 0);
        else
            assert_true(text_is(origin, cases[i].origin));
        assert_int_equal(map_tiles_ok(tiles), cases[i].may_be_set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(origins) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
