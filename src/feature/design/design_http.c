/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* /design: every component in every state, made by the templates that the pages use, over made-up
 * things. For those who change the look, and for the tests. */
#include "http/route.h"
#include "page/page.h"

extern const struct feature design_feature;

static const char *const claim_states_shown[] = { "claimed",  "submitted", "rework",  "approved",
                                                  "rejected", "withdrawn", "expired", NULL };
static const char *const categories_shown[] = { "bench",           "bin",         "bollard",
                                                "playground",      "weeding",     "litter",
                                                "wheelchair-walk", "night-watch", "social",
                                                "other",           NULL };
static const char *const colours_shown[] = {
    "page",    "surface",       "surface-quiet", "line",      "line-strong", "text", "text-quiet",
    "link",    "brand",         "accent",        "good",      "good-quiet",  "busy", "busy-quiet",
    "warning", "warning-quiet", "bad",           "bad-quiet", NULL
};

#define NO_ID "00000000-0000-7000-8000-000000000000"

static void put_task(struct arena *a, struct view *list, const char *title, const char *category,
                     int64_t minutes, int64_t cents, int64_t places, int64_t taken, int64_t metres)
{
    struct view *v = view_add_object(a, list);
    view_put_cstr(a, v, "id", NO_ID);
    view_put_cstr(a, v, "title", title);
    view_put_cstr(a, v, "category", category);
    view_put_int(a, v, "minutes", minutes);
    view_put_coins(a, v, "rewardCents", (struct coins){ cents });
    view_put_int(a, v, "places", places);
    view_put_int(a, v, "placesTaken", taken);
    view_put_cstr(a, v, "neighbourhoodName", "Grasbroek");
    view_put_cstr(a, v, "brand", "Heitjes");
    if (metres > 0)
        view_put_int(a, v, "distanceMeters", metres);
}

static void put_tasks(struct arena *a, const char *lang, struct view *object)
{
    struct view *tasks = view_put_list(a, object, "tasks");
    put_task(a, tasks, page_text(lang, N_("Paint the bench at the pond")), "bench", 90, 750, 1, 0,
             350);
    put_task(a, tasks, page_text(lang, N_("Evening round on Friday")), "night-watch", 150, 1400, 4,
             3, 1250);
    put_task(a, tasks,
             "Siebenundzwanzigjähriges Straßenbahnhaltestellenhäuschenwandgemälde auffrischen",
             "other", 480, 15000, 200, 199, 0);
    put_task(a, tasks, "ساعد جارتك في الحديقة", "social", 45, 400, 1, 0, 80);
}

static void put_shop(struct arena *a, struct view *list, const char *name, const char *category,
                     bool open_now, const char *opens_at)
{
    struct view *v = view_add_object(a, list);
    view_put_cstr(a, v, "id", NO_ID);
    view_put_cstr(a, v, "name", name);
    view_put_cstr(a, v, "category", category);
    view_put_cstr(a, v, "address", "Korenmarkt 12");
    view_put_cstr(a, v, "municipalityName", "Heerlen");
    view_put_bool(a, v, "openNow", open_now);
    if (open_now)
        view_put_cstr(a, v, "closesAt", "17:30");
    if (opens_at != NULL)
        view_put_cstr(a, v, "opensAt", opens_at);
    view_put_int(a, v, "distanceMeters", 420);
}

static void put_claims(struct arena *a, struct view *object, struct instant now)
{
    struct view *claims = view_put_list(a, object, "claims");
    for (size_t i = 0; claim_states_shown[i] != NULL; i++) {
        struct view *v = view_add_object(a, claims);
        struct text state = text_of(claim_states_shown[i]);
        view_put_text(a, v, "state", state);
        if (text_is(state, "submitted") || text_is(state, "approved") || text_is(state, "rejected"))
            view_put_instant(a, v, "submittedAt", now);
    }
}

static void put_evidence(struct arena *a, struct view *object)
{
    const struct asset *picture = asset_find(TEXT("icon-512.png"));
    struct view *evidence = view_put_list(a, object, "evidence");
    for (int i = 0; i < 2 && picture != NULL; i++) {
        struct view *v = view_add_object(a, evidence);
        view_put_text(a, v, "url", text_format(a, "/assets/%s/%s", picture->etag, picture->name));
        view_put_cstr(a, v, "moment", i == 0 ? "before" : "after");
    }
}

static void put_words(struct arena *a, struct view *object, const char *key,
                      const char *const *words)
{
    struct view *list = view_put_list(a, object, key);
    for (size_t i = 0; words[i] != NULL; i++)
        view_add_text(a, list, text_of(words[i]));
}

static err design_load(struct request *rq, struct tx *tx, void *work, struct view **ret)
{
    (void)tx, (void)work;
    struct arena *a = rq->arena;
    *ret = view_object(a);
    put_words(a, *ret, "colours", colours_shown);
    put_words(a, *ret, "categories", categories_shown);
    put_tasks(a, rq->lang, *ret);
    struct view *shops = view_put_list(a, *ret, "shops");
    put_shop(a, shops, "Bakkerij De Gouden Korst", "bakery", true, NULL);
    put_shop(a, shops, "Bibliotheek Schandelen", "library", false, "13:00");
    put_shop(a, shops, "Fietsenmaker Het Ventiel", "bicycles", false, NULL);
    put_claims(a, *ret, rq->now);
    put_evidence(a, *ret);
    view_put_coins(a, *ret, "amountCents", (struct coins){ 750 });
    view_put_cstr(a, *ret, "brand", "Heitjes");
    view_put_instant(a, *ret, "now", rq->now);
    view_put_cstr(a, *ret, "tillState", "open");
    view_put_cstr(a, *ret, "nextUrl", "/design");
    struct view *empty = view_put_object(a, *ret, "nothing");
    view_put_cstr(a, empty, "emptyUrl", "/tasks");
    struct view *wrong = view_put_object(a, *ret, "wrong"),
                *form = view_put_object(a, wrong, "form");
    struct view *error = view_add_object(a, view_put_list(a, form, "errors"));
    view_put_cstr(a, error, "field", "design-amount");
    view_put_cstr(a, error, "text", page_text(rq->lang, "Fill this in."));
    return OK;
}

static const struct rooms design_rooms = {
    .id = "design",
    .summary = "Every component of the pages in every state",
    .tag = "design",
    .roles = ROLE_ANYONE,
    .work_size = sizeof(struct work),
    .status = 200,
    .load = design_load,
};

static const struct route design_routes[] = {
    { READ, GET, "/design", &design_rooms, .page = "design_page" },
};
const struct feature design_feature = { "design", design_routes,
                                        sizeof design_routes / sizeof design_routes[0], NULL, 0 };
