/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/demo.h"

#include "app/demo_data.h"
#include "feature/task/task.h"
#include "feature/task/task_import.h"
#include "gen/app_sql.h"

#include <inttypes.h>
#include <string.h>

/* What a chapter ends with */
enum chapter_end { JUST_CLAIMED, HANDED_IN, APPROVED, APPROVED_AND_SPENT };

struct chapter {
    int days_ago, hour;
    int person;       /* index in demo_people */
    const char *task; /* its external id in tasks.csv */
    enum chapter_end end;
    int shop;      /* APPROVED_AND_SPENT: where, 0 is the cashier's own shop */
    int64_t spend; /* so many percent of what was earned */
    const char *note;
};
/* Enough days that the tills hold something "up to yesterday" and the wallets have a history. */
static const struct chapter chapters[] = {
    { 5, 10, 11, "HRL-BNK-002", APPROVED_AND_SPENT, 0, 65, "Twee keer geschuurd, nu mooi glad." },
    { 5, 14, 12, "HRL-ZWF-003", APPROVED_AND_SPENT, 1, 40, "Klaar, en de buren hielpen mee." },
    { 4, 9, 0, "HRL-ZWF-001", APPROVED_AND_SPENT, 0, 50, "Alles schoon. Er lag veel glas." },
    { 4, 11, 13, "HRL-SPL-003", APPROVED_AND_SPENT, 3, 90, "Gedaan zoals op de kaart stond." },
    { 3, 10, 14, "HRL-BNK-005", APPROVED_AND_SPENT, 2, 80, "Met mijn dochter samen gedaan." },
    { 3, 15, 0, "HRL-GRN-004", APPROVED, 0, 0, "Drie volle zakken, ze staan bij de klusbox." },
    { 2, 10, 15, "HRL-ROL-001", APPROVED_AND_SPENT, 0, 70, "Het was leuk om te doen!" },
    { 2, 13, 1, "HRL-OVR-001", APPROVED_AND_SPENT, 5, 60, "" },
    { 1, 9, 16, "HRL-GRN-003", APPROVED_AND_SPENT, 0, 45, "Nog een beetje nat van de regen." },
    { 1, 14, 0, "HRL-SPL-004", APPROVED, 0, 0, "Klaar." },
    { 0, -6, 17, "HRL-BNK-001", HANDED_IN, 0, 0, "Gedaan. De leuning zat los, die is nu vast." },
    { 0, -5, 12, "HRL-GRN-005", HANDED_IN, 0, 0, "Netjes gewied, tot aan de stoep." },
    { 0, -4, 13, "HRL-ZWF-002", HANDED_IN, 0, 0, "Een zak vol. Bij de hoek ligt nog een band." },
    { 0, -1, 1, "HRL-GRN-001", JUST_CLAIMED, 0, 0, "" },
};

struct chapter_task {
    const char *external_id;
    struct app_task_by_external task;
    bool found;
};
static err chapter_task_read(struct tx *tx, void *work)
{
    struct chapter_task *t = work;
    return sql_app_task_by_external(tx, text_of(t->external_id), &t->task, &t->found);
}

static struct text chapter_photo(int64_t category, const char *moment)
{
    char name[80];
    snprintf(name, sizeof name, "photos/%s-%s.jpg", task_categories[category], moment);
    for (const struct demo_file *f = demo_files; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f->content;
    snprintf(name, sizeof name, "photos/other-%s.jpg", moment);
    return demo_file(name);
}

static void clock_forward(struct demo *d, int64_t us)
{
    d->clock.us += us;
}

static err call(struct demo *d, const struct actor *who, const char *operation, struct text photo,
                uint128 *ret_id, const char *format, ...) __attribute__((format(printf, 6, 7)));
static err call(struct demo *d, const struct actor *who, const char *operation, struct text photo,
                uint128 *ret_id, const char *format, ...)
{
    char json[1024];
    struct any_id ids[2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(json, sizeof json, format, arguments);
    va_end(arguments);
    err e = play_call(&d->play, who, operation, json, photo, ids);
    if (e != OK) {
        fprintf(d->c->err, "wesh: demo: %s %s: %s\n", operation, json, err_info(e)->code);
        return e;
    }
    if (ret_id != NULL)
        *ret_id = ids[0].v;
    return OK;
}

static err chapter_spend(struct demo *d, const struct chapter *c, const struct actor *who,
                         struct coins earned)
{
    int64_t cents = earned.cents * c->spend / 100;
    char id[37] = "";
    uint128 request;
    clock_forward(d, 90 * MINUTE_US);
    if (c->shop != 0) {
        uuid_write(d->shops[c->shop].v, id);
        return call(d, who, "paymentCreate", TEXT_NONE, NULL,
                    "{\"shopId\":\"%s\",\"amountCents\":%" PRId64 "}", id, cents);
    }
    TRY(call(d, demo_actor(d, "cashier"), "paymentRequestCreate", TEXT_NONE, &request,
             "{\"amountCents\":%" PRId64 ",\"description\":\"Brood\"}", cents));
    clock_forward(d, 20 * SECOND_US);
    uuid_write(request, id);
    return call(d, who, "paymentCreate", TEXT_NONE, NULL, "{\"paymentRequestId\":\"%s\"}", id);
}

static err chapter_play(struct demo *d, const struct chapter *c, struct arena *a)
{
    const struct actor *who = &d->actors[c->person];
    struct chapter_task t = { .external_id = c->task };
    char task[37] = "", claim[37] = "";
    uint128 id;
    TRY(db_read(d->play.db, a, chapter_task_read, &t));
    if (!t.found)
        return ERR_BAD_FILE;
    uuid_write(t.task.id.v, task);
    TRY(call(d, who, "claimCreate", TEXT_NONE, &id, "{\"task\":\"%s\"}", task));
    if (c->end == JUST_CLAIMED)
        return OK;
    uuid_write(id, claim);
    clock_forward(d, 10 * MINUTE_US);
    TRY(call(d, who, "evidenceAdd", chapter_photo(t.task.category, "before"), NULL,
             "{\"claim\":\"%s\",\"moment\":\"before\"}", claim));
    clock_forward(d, t.task.minutes * MINUTE_US);
    TRY(call(d, who, "evidenceAdd", chapter_photo(t.task.category, "after"), NULL,
             "{\"claim\":\"%s\",\"moment\":\"after\"}", claim));
    clock_forward(d, 2 * MINUTE_US);
    TRY(call(d, who, "claimSubmit", TEXT_NONE, NULL,
             "{\"claim\":\"%s\",\"note\":\"%s\",\"minutesWorked\":%" PRId64 "}", claim, c->note,
             t.task.minutes));
    if (c->end == HANDED_IN)
        return OK;
    clock_forward(d, 35 * MINUTE_US);
    TRY(call(d, demo_actor(d, "inspector"), "reviewCreate", TEXT_NONE, NULL,
             "{\"claim\":\"%s\",\"outcome\":\"approved\"}", claim));
    clock_forward(d, MINUTE_US);
    TRY(play_background(&d->play));
    return c->end == APPROVED_AND_SPENT ? chapter_spend(d, c, who, t.task.reward) : OK;
}

/* Tasks come in by the same import an officer uses, and are signed off import by import. */

static void import_problem(void *self, int64_t line, struct text column, const char *message)
{
    struct demo *d = self;
    fprintf(d->c->err, "wesh: demo tasks, line %" PRId64 ", %.*s: %s\n", line, TEXT_ARGS(column),
            message);
}
struct batches {
    struct app_batches_rows rows;
};
static err batches_read(struct tx *tx, void *work)
{
    return sql_app_batches(tx, &((struct batches *)work)->rows);
}
static err tasks_import(struct demo *d, struct arena *a, const char *file)
{
    struct task_import_result result;
    TRY(task_import(d->play.db, a,
                    &(struct task_import_options){ .content = demo_file(file),
                                                   .author = demo_actor(d, "author")->person,
                                                   .self = d,
                                                   .problem = import_problem },
                    &result));
    return play_background(&d->play);
}
static err tasks_open(struct demo *d, struct arena *a)
{
    struct batches b;
    TRY(tasks_import(d, a, "tasks.csv"));
    TRY(db_read(d->play.db, a, batches_read, &b));
    for (size_t i = 0; i < b.rows.count; i++) {
        /* the neighbouring towns' managers are not part of the story: one who may act there signs */
        struct actor manager = *demo_actor(d, "manager");
        char batch[37] = "";
        manager.grants[0].scope = b.rows.at[i].municipality.v;
        uuid_write(b.rows.at[i].batch.v, batch);
        TRY(call(d, &manager, "taskBatchSignOff", TEXT_NONE, NULL, "{\"batch\":\"%s\"}", batch));
    }
    return play_background(&d->play);
}

err demo_story(struct demo *d, struct instant now)
{
    struct arena *a = arena_new(64 << 20);
    char issuer[37] = "";
    uuid_write(d->issuer.v, issuer);
    err e = call(d, demo_actor(d, "treasurer"), "issuerFund", TEXT_NONE, NULL,
                 "{\"issuer\":\"%s\",\"amountCents\":2500000,\"reason\":\"Startbudget\"}", issuer);
    if (e == OK)
        e = tasks_open(d, a);
    for (size_t i = 0; i < sizeof chapters / sizeof chapters[0] && e == OK; i++) {
        const struct chapter *c = &chapters[i];
        struct civil day = civil_of((struct instant){ now.us - c->days_ago * DAY_US });
        int64_t at = now.us + c->hour * HOUR_US; /* today: so many hours ago */
        if (c->days_ago > 0) {
            day.hour = c->hour;
            day.minute = day.second = 0;
            at = civil_to_instant(&day).us;
        }
        if (d->clock.us < at)
            d->clock.us = at;
        e = chapter_play(d, c, a);
    }
    if (e == OK) /* what waits for the manager's sign-off */
        e = tasks_import(d, a, "tasks-new.csv");
    arena_free(a);
    return e;
}
