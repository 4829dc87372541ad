/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "codec/qr.h"

#include <qrencode.h>

err qr_svg(struct arena *a, struct text content, struct text *ret_svg)
{
    QRcode *code = QRcode_encodeString(text_cstr(a, content), 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (code == NULL)
        return ERR_INTERNAL;
    int width = code->width, side = width + 8;
    struct buf b = buf_new(a, 256 * 1024);
    buf_format(&b,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
               "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
               "<path d=\"",
               side, side, side, side);
    for (int y = 0; y < width; y++)
        for (int x = 0; x < width; x++) {
            int run = 0;
            while (x + run < width && (code->data[y * width + x + run] & 1) != 0)
                run++;
            if (run > 0)
                buf_format(&b, "M%d %dh%dv1h-%dz", x + 4, y + 4, run, run);
            x += run;
        }
    buf_cstr(&b, "\"/></svg>");
    QRcode_free(code);
    return buf_done(&b, ret_svg);
}
