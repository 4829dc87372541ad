/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "base/log.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct serving {
    const char *listen;
    char address[64];
    struct http_options http;
    _Atomic(struct http *) running; /* the store is opened first; it notifies once this is set */
};

static void notify(void *self, const uint128 *topics, size_t count)
{
    struct serving *s = self;
    http_notify(s->running, topics, count);
}

/* "127.0.0.1:8080", "[::1]:8080", ":8080" */
static bool listen_parse(struct serving *s)
{
    const char *colon = strrchr(s->listen, ':');
    int64_t port;
    if (colon == NULL || text_int(text_of(colon + 1), &port) != OK || port < 0 || port > 65535)
        return false;
    struct text host = { s->listen, (size_t)(colon - s->listen) };
    if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
        host = (struct text){ host.at + 1, host.len - 2 };
    if (host.len >= sizeof s->address)
        return false;
    if (host.len == 0)
        host = TEXT("127.0.0.1");
    snprintf(s->address, sizeof s->address, "%.*s", TEXT_ARGS(host));
    s->http.port = (int)port;
    s->http.address = s->address;
    return true;
}

static err demo_read(struct tx *tx, void *work)
{
    int64_t demo;
    TRY(setting_int(tx, "demo", 0, &demo));
    *(bool *)work = demo != 0;
    return OK;
}

/* Says where the demo's people can sign in; the links themselves are in DIR/demo-tokens.json. */
static void demo_tell(struct command_context *c, const char *address, int port)
{
    fprintf(c->out,
            "\nThis is the demo region. Open http://%s:%d/sign-in and choose who you are:\n"
            "  a resident, a steward, an officer, a treasurer, a cashier, an auditor.\n"
            "For the API: %s/demo-tokens.json holds a bearer token for each of them.\n"
            "Stop with Ctrl-C.\n\n",
            address, port, c->data);
}

static int serve_until_signal(struct command_context *c, struct serving *s, struct db *db,
                              const sigset_t *stop)
{
    const char *detail = NULL;
    struct http *http = NULL;
    struct jobs *jobs = NULL;
    struct remote *remote = NULL;
    int code = EXIT_FAILED;
    err e = http_start(&s->http, &http, &detail);
    if (e != OK) {
        command_fail(c, s->listen, e, detail);
        goto done;
    }
    s->running = http;
    e = jobs_start(db, &jobs);
    if (e == OK && c->store == NULL) /* else commands go to the store themselves */
        e = remote_start(db, c->data, &remote);
    if (e != OK) {
        command_fail(c, c->data, e, "the local socket or the jobs thread could not start");
        goto done;
    }
    bool is_v6 = strchr(s->address, ':') != NULL;
    fprintf(c->out, "listening on http://%s%s%s:%d\n", is_v6 ? "[" : "", s->address,
            is_v6 ? "]" : "", http_port(http));
    if (s->http.demo)
        demo_tell(c, s->address, http_port(http));
    fflush(c->out);
    int signal_number;
    sigwait(stop, &signal_number);
    log_line(LOG_INFO, "stopping", "signal=%d", signal_number);
    code = EXIT_OK;
done:
    remote_stop(remote);
    jobs_stop(jobs);
    db_notify_stop(db);
    http_stop(http);
    return code;
}

int command_serve(struct command_context *c, int argc, char **argv)
{
    struct serving s = { .listen = option_take(&argc, argv, "--listen") };
    const char *workers = option_take(&argc, argv, "--workers");
    int64_t worker_count = 0;
    const char *replica = option_take(&argc, argv, "--replica");
    s.http.base_url = option_take(&argc, argv, "--base-url");
    s.http.requests_per_minute = option_flag(&argc, argv, "--unlimited") ? -1 : 0;
    if (s.listen == NULL)
        s.listen = "127.0.0.1:8080";
    if (!options_done(c, argc, argv, 0, command_find("serve")->usage))
        return EXIT_USAGE;
    if (!listen_parse(&s) || (workers != NULL && (text_int(text_of(workers), &worker_count) != OK ||
                                                  worker_count < 1 || worker_count > 64))) {
        fprintf(c->err, "wesh: --listen takes ADDRESS:PORT, --workers a number from 1 to 64\n");
        return EXIT_USAGE;
    }
    s.http.workers = (int)worker_count;
    /* Threads inherit the mask: the signals come to sigwait alone. */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);

    const char *detail = NULL;
    struct page_set *pages = NULL;
    struct db *db = NULL;
    struct arena *arena = arena_new(1 << 20);
    int code = EXIT_FAILED;
    err e = page_set_new(&pages, &detail);
    if (e == OK)
        e = db_open(&(struct db_options){ .folder = c->data,
                                          .store = c->store,
                                          .replica = replica,
                                          .notify = notify,
                                          .notify_self = &s },
                    &db, &detail);
    if (e == OK)
        e = db_read(db, arena, demo_read, &s.http.demo);
    if (e != OK) {
        command_fail(c, c->data, e, detail);
        goto done;
    }
    s.http.db = db;
    s.http.pages = pages;
    s.http.features = app_features;
    code = serve_until_signal(c, &s, db, &stop);
done:
    db_close(db);
    page_set_free(pages);
    arena_free(arena);
    return code;
}
