/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "feature/claim/claim_internal.h"

#include "feature/shop/shop.h"
#include "feature/task/task.h"

static const char *const moments[] = { "before", "after", NULL };

struct claim_photo {
    struct claim_photos row;
    struct text url, thumbnail_url;
};
#define AT(member) .at = offsetof(struct claim_photo, member)
static const struct field photo_fields[] = {
    { "id", FIELD_ID, AT(row.id), .about = "The photo" },
    { "moment", FIELD_CHOICE, AT(row.moment), .choices = moments,
      .about = "Taken before or after the work" },
    { "url", FIELD_TEXT, AT(url), .about = "Where it is; only for those involved" },
    { "thumbnailUrl", FIELD_TEXT, AT(thumbnail_url), .about = "A small one" },
    { "width", FIELD_INT, AT(row.width), .about = "Pixels" },
    { "height", FIELD_INT, AT(row.height), .about = "Pixels" },
    { "addedAt", FIELD_INSTANT, AT(row.added_at), .about = "When it was sent" },
};
#undef AT
static const struct schema photo_schema = SCHEMA("ClaimPhoto", struct claim_photo, photo_fields);

static const struct field verdict_fields[] = {
    { "reason", FIELD_TEXT, .at = offsetof(struct claim_verdict, reason),
      .about = "What the checker wrote" },
    { "reviewedAt", FIELD_INSTANT, .at = offsetof(struct claim_verdict, reviewed_at),
      .about = "When it was checked" },
};
static const struct schema verdict_schema =
    SCHEMA("ClaimVerdict", struct claim_verdict, verdict_fields);

#define AT(member) .at = offsetof(struct claim_get, member)
static const struct field claim_fields[] = {
    { "id", FIELD_ID, AT(id), .about = "The claim" },
    { "taskId", FIELD_ID, AT(task), .about = "The task" },
    { "taskTitle", FIELD_TEXT, AT(task_title), .about = "Its title" },
    { "category", FIELD_CHOICE, AT(category), .choices = task_categories, .about = "Kind of task" },
    { "neighbourhoodName", FIELD_TEXT, AT(neighbourhood_name), .about = "Where it is" },
    { "location", FIELD_POINT, AT(latitude), .about = "Where it is" },
    { "state", FIELD_CHOICE, AT(state), .choices = claim_states, .about = "How it stands" },
    { "rewardCents", FIELD_COINS, AT(reward), .about = "Coins kept for it" },
    { "issuer", FIELD_ID, AT(issuer), .about = "Whose coins" },
    { "brand", FIELD_TEXT, AT(brand_plural), .about = "What these coins are called" },
    { "claimedAt", FIELD_INSTANT, AT(claimed_at), .about = "When it was claimed" },
    { "deadlineAt", FIELD_INSTANT, AT(deadline_at), .about = "Until when it can be handed in" },
    { "submittedAt", FIELD_INSTANT, FIELD_NULLABLE, AT(submitted_at),
      .about = "When it was handed in last" },
    { "endedAt", FIELD_INSTANT, FIELD_NULLABLE, AT(ended_at),
      .about = "When it was approved, rejected, withdrawn or too late" },
    { "note", FIELD_TEXT, AT(note), .about = "What the claimant wrote" },
    { "minutesWorked", FIELD_INT, FIELD_NULLABLE, AT(minutes_worked),
      .about = "How long it took, told by the claimant" },
    { "personName", FIELD_TEXT, FIELD_OPTIONAL | FIELD_ADDED,
      .about = "Who does it; only for checkers" },
    { "evidence", FIELD_LIST, FIELD_OPTIONAL | FIELD_ADDED, .schema = &photo_schema,
      .about = "Photos, oldest first; only when one claim is asked for" },
    { "verdict", FIELD_OBJECT, FIELD_OPTIONAL | FIELD_ADDED, .schema = &verdict_schema,
      .about = "The last verdict that counts; only when one claim is asked for" },
};
#undef AT
const struct schema claim_schema = SCHEMA("Claim", struct claim_get, claim_fields);

static err photos_put(struct tx *tx, const struct claim_get *row, struct view *object,
                      int64_t *ret_after)
{
    struct arena *a = tx->arena;
    struct claim_photos_rows rows;
    TRY(sql_claim_photos(tx, row->id, &rows));
    struct view *list = view_put_list(a, object, "evidence");
    *ret_after = 0;
    for (size_t i = 0; i < rows.count; i++) {
        struct text id = uuid_text(a, rows.at[i].id.v);
        struct claim_photo photo = {
            rows.at[i],
            text_format(a, "/v1/evidence/%.*s/photo", TEXT_ARGS(id)),
            text_format(a, "/v1/evidence/%.*s/thumbnail", TEXT_ARGS(id)),
        };
        view_add(list, schema_view(a, &photo_schema, &photo));
        *ret_after += rows.at[i].moment == 1;
    }
    return OK;
}

/* What only pages need. */
static err claim_page_members(struct request *rq, struct tx *tx, const struct claim_get *row,
                              int64_t after_photos, struct view *object)
{
    struct arena *a = rq->arena;
    bool own = row->person.v == rq->actor->person.v;
    struct view *task, *shop = NULL;
    TRY(task_view(tx, row->task, true, &task));
    view_put(a, object, "task", task);
    view_put_bool(a, object, "own", own);
    view_put_bool(a, object, "inHand", own && claim_is_in_hand(row->state));
    view_put_bool(a, object, "late",
                  claim_is_in_hand(row->state) && rq->now.us > row->deadline_at.us);
    view_put_bool(a, object, "hasAfterPhoto", after_photos > 0);
    if (own && row->state == CLAIM_APPROVED)
        TRY(shop_nearest_view(tx, a, (struct point){ row->latitude, row->longitude }, rq->now,
                              &shop));
    if (shop != NULL)
        view_put(a, object, "nearestShop", shop);
    return OK;
}

err claim_full_view(struct request *rq, struct tx *tx, const struct claim_get *row,
                    struct view **ret)
{
    struct arena *a = rq->arena;
    struct view *object = schema_view(a, &claim_schema, row);
    int64_t after_photos;
    struct claim_verdict verdict;
    bool found;
    if (row->person.v != rq->actor->person.v && row->person_name.at != NULL)
        view_put_text(a, object, "personName", row->person_name);
    TRY(photos_put(tx, row, object, &after_photos));
    TRY(sql_claim_verdict(tx, row->id, &verdict, &found));
    if (found)
        view_put(a, object, "verdict", schema_view(a, &verdict_schema, &verdict));
    if (task_page_path(rq) != NULL)
        TRY(claim_page_members(rq, tx, row, after_photos, object));
    *ret = object;
    return OK;
}
