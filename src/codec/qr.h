/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* QR codes as SVG (ISO/IEC 18004, error correction M), dark on white with a quiet zone of 4. */
#ifndef WESH_CODEC_QR_H
#define WESH_CODEC_QR_H

#include "base/text.h"

MUST err qr_svg(struct arena *a, struct text content, struct text *ret_svg);

#endif
