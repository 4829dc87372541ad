/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/payout/payout.h"

#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <string.h>

#define NAMESPACE "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

/* Latin-1 letters U+00C0..U+00FF without their marks; '\0' where one letter can't say it. */
static const char plain_letters[] =
    "AAAAAAACEEEEIIIIDNOOOOO OUUUUY saaaaaaaceeeeiiiidnooooo ouuuuy y";

static bool sepa_char(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("/-?:().,'+ ", c) != NULL);
}

struct text payout_sepa_text(struct arena *a, struct text t, size_t max)
{
    struct buf b = buf_new(a, max);
    for (size_t i = 0; i < t.len && b.len < max; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c == 0xC3 && i + 1 < t.len)
            c = (unsigned char)plain_letters[(unsigned char)t.at[++i] & 0x3Fu];
        else if (c >= 0x80 && c < 0xC0)
            continue; /* the rest of a letter already told */
        else if (!sepa_char(c))
            c = c == '&' ? '+' : ' ';
        if (c != ' ' || (b.len > 0 && b.at[b.len - 1] != ' '))
            buf_char(&b, (char)c);
    }
    struct text result = text_trim(buf_text(&b));
    return result.len > 0 ? result : TEXT("-");
}

/* The writer of libxml2, with one sticky error instead of a check a line. */
struct xml {
    xmlTextWriterPtr writer;
    struct arena *arena;
    bool failed;
};

static const xmlChar *x(const char *s)
{
    return (const xmlChar *)s;
}
static void xml_open(struct xml *w, const char *name)
{
    w->failed = xmlTextWriterStartElement(w->writer, x(name)) < 0 || w->failed;
}
static void xml_close(struct xml *w)
{
    w->failed = xmlTextWriterEndElement(w->writer) < 0 || w->failed;
}
static void xml_text(struct xml *w, const char *name, struct text value)
{
    const char *text = text_cstr(w->arena, value);
    w->failed = xmlTextWriterWriteElement(w->writer, x(name), x(text)) < 0 || w->failed;
}
/* xml_path(w, "Id/IBAN", value): elements within elements */
static void xml_path(struct xml *w, const char *path, struct text value)
{
    struct text rest = text_of(path), name;
    int depth = 0;
    while (text_split(&rest, '/', &name)) {
        if (rest.len == 0) {
            xml_text(w, text_cstr(w->arena, name), value);
            break;
        }
        xml_open(w, text_cstr(w->arena, name));
        depth++;
    }
    while (depth-- > 0)
        xml_close(w);
}

static struct text euros(struct arena *a, struct coins c)
{
    return text_format(a, "%" PRId64 ".%02d", c.cents / 100, (int)(c.cents % 100));
}

/* "PO" and the id without its hyphens: 34 characters of the 35 allowed */
static struct text message_id(struct arena *a, uint128 id)
{
    struct text uuid = uuid_text(a, id);
    struct buf b = buf_new(a, 35);
    buf_cstr(&b, "PO");
    for (size_t i = 0; i < uuid.len; i++)
        if (uuid.at[i] != '-')
            buf_char(&b, uuid.at[i]);
    return buf_text(&b);
}

static struct text execution_day(struct arena *a, struct instant decided_at)
{
    struct civil day = civil_of(decided_at);
    do {
        day.hour = 12;
        struct instant noon = civil_to_instant(&day);
        day = civil_of((struct instant){ noon.us + DAY_US });
    } while (day.weekday > 5);
    return text_format(a, "%04d-%02d-%02d", day.year, day.month, day.day);
}

static void pain_transfer(struct xml *w, const struct payout_items *item,
                          const struct payout_get *payout)
{
    struct arena *a = w->arena;
    xml_open(w, "CdtTrfTxInf");
    xml_path(w, "PmtId/EndToEndId", item->end_to_end);
    xml_open(w, "Amt");
    xml_open(w, "InstdAmt");
    w->failed =
        xmlTextWriterWriteAttribute(w->writer, x("Ccy"), x(text_cstr(a, payout->currency))) < 0 ||
        w->failed;
    w->failed = xmlTextWriterWriteString(w->writer, x(text_cstr(a, euros(a, item->amount)))) < 0 ||
                w->failed;
    xml_close(w);
    xml_close(w);
    if (item->bic.len > 0)
        xml_path(w, "CdtrAgt/FinInstnId/BICFI", item->bic);
    xml_path(w, "Cdtr/Nm", payout_sepa_text(a, item->name, 70));
    xml_path(w, "CdtrAcct/Id/IBAN", item->iban);
    struct text line =
        text_format(a, "%.*s payout %.*s", TEXT_ARGS(payout->brand), TEXT_ARGS(item->end_to_end));
    xml_path(w, "RmtInf/Ustrd", payout_sepa_text(a, line, 140));
    xml_close(w);
}

static void pain_document(struct xml *w, const struct payout_get *payout,
                          const struct payout_items_rows *items)
{
    struct arena *a = w->arena;
    struct text id = message_id(a, payout->id.v),
                debtor = payout_sepa_text(a, payout->debtor_name, 70);
    struct text count = text_format(a, "%zu", items->count), sum = euros(a, payout->total);
    struct instant second = { payout->decided_at.us / SECOND_US * SECOND_US };
    xml_open(w, "Document");
    w->failed = xmlTextWriterWriteAttribute(w->writer, x("xmlns"), x(NAMESPACE)) < 0 || w->failed;
    xml_open(w, "CstmrCdtTrfInitn");
    xml_open(w, "GrpHdr");
    xml_text(w, "MsgId", id);
    xml_text(w, "CreDtTm", instant_text(a, second));
    xml_text(w, "NbOfTxs", count);
    xml_text(w, "CtrlSum", sum);
    xml_path(w, "InitgPty/Nm", debtor);
    xml_close(w);
    xml_open(w, "PmtInf");
    xml_text(w, "PmtInfId", id);
    xml_text(w, "PmtMtd", TEXT("TRF"));
    xml_text(w, "BtchBookg", TEXT("true"));
    xml_text(w, "NbOfTxs", count);
    xml_text(w, "CtrlSum", sum);
    xml_path(w, "PmtTpInf/SvcLvl/Cd", TEXT("SEPA"));
    xml_path(w, "ReqdExctnDt/Dt", execution_day(a, payout->decided_at));
    xml_path(w, "Dbtr/Nm", debtor);
    xml_path(w, "DbtrAcct/Id/IBAN", payout->debtor_iban);
    if (payout->debtor_bic.len > 0)
        xml_path(w, "DbtrAgt/FinInstnId/BICFI", payout->debtor_bic);
    else
        xml_path(w, "DbtrAgt/FinInstnId/Othr/Id", TEXT("NOTPROVIDED"));
    xml_text(w, "ChrgBr", TEXT("SLEV"));
    for (size_t i = 0; i < items->count; i++)
        pain_transfer(w, &items->at[i], payout);
    xml_close(w);
    xml_close(w);
    xml_close(w);
}

err payout_pain001(struct arena *a, const struct payout_get *payout,
                   const struct payout_items_rows *items, struct text *ret_xml)
{
    if (payout->state != PAYOUT_APPROVED)
        return ERR_PAYOUT_NOT_APPROVED;
    xmlBufferPtr buffer = xmlBufferCreate();
    if (buffer == NULL)
        return ERR_INTERNAL;
    struct xml w = { .writer = xmlNewTextWriterMemory(buffer, 0), .arena = a };
    err result = ERR_INTERNAL;
    if (w.writer == NULL)
        goto done;
    w.failed = xmlTextWriterStartDocument(w.writer, "1.0", "UTF-8", NULL) < 0;
    pain_document(&w, payout, items);
    w.failed = xmlTextWriterEndDocument(w.writer) < 0 || w.failed;
    if (!w.failed) {
        struct text all = { (const char *)xmlBufferContent(buffer),
                            (size_t)xmlBufferLength(buffer) };
        *ret_xml = text_copy(a, all);
        result = OK;
    }
    xmlFreeTextWriter(w.writer);
done:
    xmlBufferFree(buffer);
    return result;
}
