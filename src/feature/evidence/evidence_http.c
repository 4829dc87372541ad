/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/evidence/evidence.h"

#include <string.h>

#include "photo/photo.h"

#define CLAIMANTS (ROLE_RESIDENT | ROLE_STEWARD)
#define CHECKERS  (ROLE_STEWARD | ROLE_INSPECTOR | ROLE_AUTHOR | ROLE_MANAGER | ROLE_AUDITOR)

static const char *const moments[] = { "before", "after", NULL };

struct evidence_item {
    struct evidence_get row;
    struct text url, thumbnail_url;
};
#define AT(member) .at = offsetof(struct evidence_item, member)
static const struct field evidence_fields[] = {
    { "id", FIELD_ID, AT(row.id), .about = "The photo" },
    { "claimId", FIELD_ID, AT(row.claim), .about = "What it belongs to" },
    { "moment", FIELD_CHOICE, AT(row.moment), .choices = moments,
      .about = "Taken before or after the work" },
    { "url", FIELD_TEXT, AT(url), .about = "Where it is; only for those involved" },
    { "thumbnailUrl", FIELD_TEXT, AT(thumbnail_url), .about = "A small one" },
    { "width", FIELD_INT, AT(row.width), .about = "Pixels" },
    { "height", FIELD_INT, AT(row.height), .about = "Pixels" },
    { "addedAt", FIELD_INSTANT, AT(row.added_at), .about = "When it was sent" },
};
#undef AT
static const struct schema evidence_schema =
    SCHEMA("Evidence", struct evidence_item, evidence_fields);

static struct text bytes_of(const struct sha256 *of)
{
    return (struct text){ (const char *)of->at, sizeof of->at };
}

/* POST /v1/claims/{claim}/evidence */

struct evidence_add {
    struct work work;
    struct claim_id claim;
    int64_t moment;
    struct text upload;
    struct photo photo;
    struct evidence_get row;
};
static const struct field evidence_add_path_fields[] = {
    { "claim", FIELD_ID, .at = offsetof(struct evidence_add, claim), .about = "The claim" },
};
static const struct schema evidence_add_path =
    SCHEMA("EvidenceNewPath", struct evidence_add, evidence_add_path_fields);
static const struct field evidence_add_fields[] = {
    { "moment", FIELD_CHOICE, .at = offsetof(struct evidence_add, moment), .choices = moments,
      .about = "Taken before or after the work" },
};
static const struct schema evidence_add_body =
    SCHEMA("EvidenceNew", struct evidence_add, evidence_add_fields);

static err evidence_add_read(struct request *rq, void *work)
{
    struct evidence_add *w = work;
    const struct upload *photo = NULL;
    for (size_t i = 0; i < rq->file_count; i++) {
        struct text field = rq->files[i].field;
        if (!text_is(field, "photo"))
            field_errors_add(&rq->errors, field, N_("Unknown field."), 0, 0);
        else if (photo != NULL)
            field_errors_add(&rq->errors, field, N_("Send one photo at a time."), 0, 0);
        else
            photo = &rq->files[i];
    }
    /* A browser sends a nameless empty file when none was chosen. */
    if (photo == NULL || (photo->content.len == 0 && photo->filename.len == 0))
        field_errors_add(&rq->errors, TEXT("photo"), N_("Choose a photo."), 0, 0);
    if (rq->errors.count > 0)
        return ERR_INVALID;
    w->upload = photo->content;
    return OK;
}

/* Nobody's photo is converted for a claim that it can't be added to. */
static err evidence_add_look(struct request *rq, struct tx *snapshot, void *work)
{
    const struct evidence_add *w = work;
    struct evidence_facts facts;
    TRY(sql_evidence_facts(snapshot, w->claim, &facts));
    return evidence_add_check(&facts, rq->actor->person, snapshot->now);
}

static err evidence_add_prepare(struct request *rq, void *work)
{
    struct evidence_add *w = work;
    return photo_convert(rq->arena, rq->folder, w->upload, &w->photo);
}

static err evidence_add_apply(struct tx *tx, void *work)
{
    struct evidence_add *w = work;
    struct person_id who = w->work.actor.person;
    struct evidence_facts facts;
    struct evidence_same same;
    bool is_same;
    struct text photo = bytes_of(&w->photo.large);
    TRY(sql_evidence_facts(tx, w->claim, &facts));
    TRY(evidence_change_check(&facts, who, tx->now));
    TRY(sql_evidence_same(tx, w->claim, w->moment, photo, &same, &is_same));
    if (is_same) { /* sent twice: a double press, or again after a lost answer */
        w->work.ids[0].v = same.id.v;
        return sql_evidence_get(tx, same.id, &w->row);
    }
    TRY(evidence_add_check(&facts, who, tx->now));
    struct evidence_id id = { tx_id(tx) };
    TRY(sql_evidence_insert(tx, &(struct evidence_insert_in){
                                    .id = id,
                                    .claim = w->claim,
                                    .moment = w->moment,
                                    .photo_sha256 = photo,
                                    .thumbnail_sha256 = bytes_of(&w->photo.thumbnail),
                                    .width = w->photo.width,
                                    .height = w->photo.height,
                                    .now = tx->now,
                                }));
    tx_notify(tx, w->claim.v);
    w->work.ids[0].v = id.v;
    return sql_evidence_get(tx, id, &w->row);
}

static err evidence_add_replay(struct tx *tx, void *work)
{
    struct evidence_add *w = work;
    return sql_evidence_get(tx, (struct evidence_id){ w->work.ids[0].v }, &w->row);
}

static err evidence_add_reply(struct request *rq, void *work, struct view **ret)
{
    const struct evidence_add *w = work;
    struct text id = uuid_text(rq->arena, w->row.id.v);
    struct evidence_item item = {
        w->row,
        text_format(rq->arena, "/v1/evidence/%.*s/photo", TEXT_ARGS(id)),
        text_format(rq->arena, "/v1/evidence/%.*s/thumbnail", TEXT_ARGS(id)),
    };
    *ret = schema_view(rq->arena, &evidence_schema, &item);
    return OK;
}

static const struct rooms evidence_add_rooms = {
    .id = "evidenceAdd",
    .summary = "Send a photo of the work. It is made smaller, and where and when it was taken is "
               "removed",
    .tag = "evidence",
    .roles = CLAIMANTS,
    .flags = ROOMS_MULTIPART | ROOMS_KEY_MAY,
    .work_size = sizeof(struct evidence_add),
    .path = &evidence_add_path,
    .body = &evidence_add_body,
    .file_field = "photo",
    .answer = &evidence_schema,
    .status = 201,
    .body_bytes_max = PHOTO_UPLOAD_BYTES_MAX,
    .errors = (const err[]){ ERR_PHOTO_KIND, ERR_PHOTO_BROKEN, ERR_PHOTO_TOO_BIG, ERR_PHOTO_FAILED,
                             ERR_DISK_FULL, ERR_NOT_FOUND, ERR_CLAIM_HANDED_IN, ERR_CLAIM_STATE,
                             ERR_CLAIM_LATE, ERR_EVIDENCE_FULL, OK },
    .read = evidence_add_read,
    .look = evidence_add_look,
    .prepare = evidence_add_prepare,
    .apply = evidence_add_apply,
    .replay = evidence_add_replay,
    .reply = evidence_add_reply,
};

/* GET /v1/evidence/{evidence}/photo and /thumbnail, DELETE /v1/evidence/{evidence} */

struct evidence_at {
    struct work work;
    struct evidence_id evidence;
};
static const struct field evidence_path_fields[] = {
    { "evidence", FIELD_ID, .at = offsetof(struct evidence_at, evidence), .about = "The photo" },
};
static const struct schema evidence_path =
    SCHEMA("EvidencePath", struct evidence_at, evidence_path_fields);

static err visible(struct request *rq, struct tx *tx, const struct evidence_at *w,
                   struct evidence_get *ret)
{
    struct evidence_get row;
    TRY(sql_evidence_get(tx, w->evidence, &row));
    if (row.person.v != rq->actor->person.v && !actor_has(rq->actor, CHECKERS, row.municipality.v))
        return ERR_NOT_FOUND;
    *ret = row;
    return OK;
}

static err jpeg_answer(struct request *rq, struct text sha256, struct file_answer *ret)
{
    struct sha256 of;
    if (sha256.len != sizeof of.at)
        return ERR_DATABASE;
    memcpy(of.at, sha256.at, sizeof of.at);
    ret->path = photo_path(rq->arena, "", of);
    ret->media_type = "image/jpeg";
    return OK;
}

static err evidence_photo_file(struct request *rq, struct tx *snapshot, void *work,
                               struct file_answer *ret)
{
    struct evidence_get row;
    TRY(visible(rq, snapshot, work, &row));
    return jpeg_answer(rq, row.photo_sha256, ret);
}

static err evidence_thumbnail_file(struct request *rq, struct tx *snapshot, void *work,
                                   struct file_answer *ret)
{
    struct evidence_get row;
    TRY(visible(rq, snapshot, work, &row));
    return jpeg_answer(rq, row.thumbnail_sha256, ret);
}

static err evidence_remove_apply(struct tx *tx, void *work)
{
    struct evidence_at *w = work;
    struct evidence_get row;
    struct evidence_facts facts;
    TRY(sql_evidence_get(tx, w->evidence, &row));
    TRY(sql_evidence_facts(tx, row.claim, &facts));
    TRY(evidence_change_check(&facts, w->work.actor.person, tx->now));
    TRY(sql_evidence_delete(tx, w->evidence));
    tx_notify(tx, row.claim.v);
    w->work.ids[0].v = row.claim.v;
    return OK;
}

static const struct rooms evidence_photo_rooms = {
    .id = "evidencePhoto",
    .summary = "A photo of the work, as JPEG; for the claimant and checkers",
    .tag = "evidence",
    .roles = CLAIMANTS | CHECKERS,
    .work_size = sizeof(struct evidence_at),
    .path = &evidence_path,
    .status = 200,
    .errors = (const err[]){ ERR_NOT_FOUND, OK },
    .file = evidence_photo_file,
    .media_type = "image/jpeg",
};

static const struct rooms evidence_thumbnail_rooms = {
    .id = "evidenceThumbnail",
    .summary = "The same photo, long side at most 320 pixels",
    .tag = "evidence",
    .roles = CLAIMANTS | CHECKERS,
    .work_size = sizeof(struct evidence_at),
    .path = &evidence_path,
    .status = 200,
    .errors = (const err[]){ ERR_NOT_FOUND, OK },
    .file = evidence_thumbnail_file,
    .media_type = "image/jpeg",
};

static const struct rooms evidence_remove_rooms = {
    .id = "evidenceRemove",
    .summary = "Remove a photo, before handing in",
    .tag = "evidence",
    .roles = CLAIMANTS,
    .work_size = sizeof(struct evidence_at),
    .path = &evidence_path,
    .status = 204,
    .errors =
        (const err[]){ ERR_NOT_FOUND, ERR_CLAIM_HANDED_IN, ERR_CLAIM_STATE, ERR_CLAIM_LATE, OK },
    .apply = evidence_remove_apply,
};

/* Files that no row refers to: the photo was removed, or refused after it was converted. */

enum { SWEEP_AGE_S = 3600 };
#define SWEEP_EVERY_US (30 * SECOND_US)

static err photo_is_used(void *self, struct sha256 of, bool *ret_used)
{
    struct evidence_uses uses;
    TRY(sql_evidence_uses(self, bytes_of(&of), &uses));
    *ret_used = uses.rows > 0;
    return OK;
}

/* One 256th of the files each time, told by the clock. A file whose row is being written right now
 * was put in place, or touched, within the hour, so it is kept although the snapshot has no row. */
static err evidence_sweep(struct tx *tx, void *task_run)
{
    (void)task_run;
    uint8_t part = (uint8_t)(tx->now.us / SWEEP_EVERY_US);
    return photo_sweep(tx->arena, db_folder(tx->db), part, SWEEP_AGE_S, photo_is_used, tx);
}

static const struct route evidence_routes[] = {
    { WRITE, POST, "/v1/claims/{claim}/evidence", &evidence_add_rooms },
    { FILE_ROUTE, GET, "/v1/evidence/{evidence}/photo", &evidence_photo_rooms },
    { FILE_ROUTE, GET, "/v1/evidence/{evidence}/thumbnail", &evidence_thumbnail_rooms },
    { WRITE, DELETE, "/v1/evidence/{evidence}", &evidence_remove_rooms },

    { WRITE, POST, "/claims/{claim}/evidence", &evidence_add_rooms, .then = "/claims/{claim}",
      .again = "/claims/{claim}" },
    { WRITE, POST, "/evidence/{evidence}/removal", &evidence_remove_rooms, .then = "/claims/{id}",
      .again = "/claims" },
};
static const struct background evidence_background[] = {
    { "evidence.sweep", SWEEP_EVERY_US, .tidy = evidence_sweep },
};
const struct feature evidence_feature = {
    .name = "evidence",
    .routes = evidence_routes,
    .route_count = sizeof evidence_routes / sizeof evidence_routes[0],
    .background = evidence_background,
    .background_count = sizeof evidence_background / sizeof evidence_background[0],
};
