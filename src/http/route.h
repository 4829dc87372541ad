/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Routes as data, and the rooms a request passes.
 *
 * `struct rooms` is a capability: what comes in, who may ask, what is done, what goes out. A
 * `struct route` puts it at an address: once under /v1 as JSON, often once more as a page or form.
 *   READ   load                               (snapshot, view)
 *   WRITE  read → look? → prepare? → apply → reply    (apply in the write transaction)
 *   FILE   file                               (bytes or a file of the data folder)
 *   EVENTS load + topic                       (server-sent events: the view each time topic is notified)
 * All rooms of a request share one `work` struct of `work_size` bytes (zeroed), whose FIRST member is
 * `struct work`; the schemas path, query and body fill it before `read`. */
#ifndef WESH_HTTP_ROUTE_H
#define WESH_HTTP_ROUTE_H

#include "codec/input.h"
#include "codec/schema.h"
#include "crypto/crypto.h"
#include "db/db.h"

enum role { /* bits; the order is the order they are printed in */
            ROLE_RESIDENT = 1 << 0,
            ROLE_STEWARD = 1 << 1,
            ROLE_INSPECTOR = 1 << 2,
            ROLE_AUTHOR = 1 << 3,
            ROLE_MANAGER = 1 << 4,
            ROLE_TREASURER = 1 << 5,
            ROLE_CASHIER = 1 << 6,
            ROLE_OWNER = 1 << 7,
            ROLE_AUDITOR = 1 << 8,
            ROLE_OPERATOR = 1 << 9,
            ROLE_ANYONE = 1 << 10 /* also without signing in */
};
#define ROLE_SIGNED_IN (ROLE_ANYONE - 1)
extern const char *const role_names[]; /* "resident", … by bit, NULL-terminated */

struct grant {
    uint32_t role; /* one bit */
    uint128 scope; /* municipality or shop; 0: the whole installation */
};
struct actor {
    struct person_id person; /* none: nobody is signed in */
    uint32_t roles;          /* bits of all grants */
    struct grant grants[16];
    size_t grant_count;
    struct text name;
    uint32_t withheld;        /* roles they have, and get once they show a second factor */
    struct any_id session;    /* the one they ask in */
    int64_t method;           /* enum session_method: how they signed in */
    struct any_id provider;   /* of method provider */
    struct instant strong_at; /* when this session last showed two factors; or none */
};
bool actor_has(const struct actor *a, uint32_t roles,
               uint128 scope); /* one of the roles, there or everywhere */
uint128 actor_scope(const struct actor *a,
                    uint32_t role); /* scope of the first grant of it; 0 when none */

struct work { /* first member of every work struct */
    struct actor actor;
    struct any_id ids[2]; /* apply sets them; kept for repeats; ids[0] fills {id} in `then` */
};

struct request {
    struct arena *arena;
    const struct route *route;
    const struct actor *actor;
    struct instant now;
    const char *lang;
    const char *base_url; /* "http://127.0.0.1:8080", as the client knows us */
    const char *folder;   /* data folder */
    struct upload *files;
    size_t file_count;
    struct field_errors errors; /* read may add; then it returns ERR_INVALID */
    /* Set by reply of a WRITE page. Secret of a fresh session: the dispatcher sets the session
     * cookie. A local path: the 303 goes there instead of to the route's `then`. */
    struct text new_session_secret;
    struct text then_path;
    struct text then_url;    /* set by reply: the 303 goes to this address of a sign-in provider */
    const char *new_lang;    /* set by reply: the language cookie gets this one of page_langs */
    bool end_session;        /* set by reply: the session cookie is removed */
    const char *images_from; /* set by load of a page: its images may also come from this origin */
    struct text session_secret; /* of who asks; at NULL when nobody is signed in */
    /* Ties the steps of signing in to one browser, for an hour; at NULL when it has none yet. What
     * reply puts into new_browser_secret becomes it. */
    struct text browser_secret, new_browser_secret;
    uint128 address;        /* of the client; a household's whole /64 on IPv6 */
    const char *user_agent; /* NULL when it doesn't say */
    struct http *http;      /* for the routes of this folder only */
};

struct file_answer {
    const char *path; /* in the data folder, or NULL when bytes is set */
    struct text bytes;
    const char *media_type;
    const char *download_as; /* NULL: shown inline */
    bool cache_public;       /* anyone may keep it, for good (content-addressed) */
    struct text gzip;        /* the same bytes compressed beforehand; at NULL: none */
    bool any_origin;         /* pages of other sites may read it (CORS) */
};

enum route_kind { READ, WRITE, FILE_ROUTE, EVENTS };
enum http_method { GET, POST, PUT, PATCH, DELETE };

enum {
    ROOMS_KEY =
        1, /* takes an Idempotency-Key: required for coins, and then repeats are answered alike */
    ROOMS_MULTIPART = 2, /* body is multipart/form-data; files are in request.files */
    ROOMS_LIST = 4,      /* answer is {"items":[answer…],"nextCursor":…} */
    ROOMS_ALONE = 8,     /* FILE: needs no database (snapshot is NULL), no session, no rate limit */
    ROOMS_STEP_UP = 32,  /* wants two factors shown in this session less than ten minutes ago */
    ROOMS_LINK = 64,     /* a GET that changes a little and is reached by links, also from other
                            sites: no CSRF token; something else must tie it to the browser */
    ROOMS_KEY_MAY = 16   /* takes an Idempotency-Key in its header, but goes without one as well */
};

struct error_field {
    err error;
    const char *field;
};
struct rooms {
    const char *id;      /* operationId, camelCase; unique */
    const char *summary; /* English, for OpenAPI and `wesh routes` */
    const char *tag;     /* OpenAPI tag: the slice */
    uint32_t roles;
    unsigned flags;
    size_t work_size;
    const struct schema *path, *query, *body; /* into the work struct; NULL: none */
    const struct schema *answer;              /* what the view is made by; NULL for FILE and 204 */
    int status;                               /* of success: 200, 201, 204 */
    size_t body_bytes_max;                    /* 0: 64 KiB */
    const err *errors; /* of its own, besides the general ones; ends with OK */
    const struct error_field
        *error_fields; /* those that belong beside a form's field; ends with OK */
    err (*read)(struct request *rq, void *work); /* more checks; optional */
    /* WRITE: what `prepare` needs to know, in a snapshot before it; apply checks it again; optional */
    err (*look)(struct request *rq, struct tx *snapshot, void *work);
    err (*prepare)(struct request *rq, void *work); /* slow, no database; optional */
    err (*apply)(struct tx *tx, void *work);        /* NULL: nothing is stored */
    err (*replay)(struct tx *tx, void *work);       /* ROOMS_KEY: fill from work.ids */
    err (*reply)(struct request *rq, void *work, struct view **ret_view);
    err (*load)(struct request *rq, struct tx *snapshot, void *work, struct view **ret_view);
    err (*file)(struct request *rq, struct tx *snapshot, void *work, struct file_answer *ret);
    uint128 (*topic)(const void *work);
    const char *file_field; /* ROOMS_MULTIPART: the file's field, for OpenAPI */
    const char *media_type; /* FILE: what it gives, for OpenAPI; NULL: anything */
};

struct page_part { /* another READ, loaded in the same snapshot, put under `name` */
    const char *name;
    const struct rooms *rooms;
};
struct route {
    enum route_kind kind;
    enum http_method method;
    const char *path; /* "/v1/tasks/{task}/claims": path fields by the name in braces */
    const struct rooms *rooms;
    const char *page;          /* READ page: template */
    struct page_part parts[4]; /* READ page: only those the person's roles allow are loaded */
    const char *then; /* WRITE page: 303 to here; "{id}" is ids[0], "{task}" a path field */
    const char *
        again; /* WRITE page: path of the READ page that holds the form, shown again on a refusal */
};

struct task_run {       /* work of a background job's apply */
    bool more;          /* set: there is more to do, run again at once */
    const char *detail; /* set: a line for the operator about an error; nothing personal */
    bool is_row;        /* set: this is about one row; when it fails the next run passes it over */
    int64_t passed;     /* so many first rows failed before, in this turn: leave them out */
};
struct background {
    const char *name;
    int64_t every_us;
    db_apply_fn *run; /* work is a struct task_run */
    db_read_fn *tidy; /* or: in a snapshot, work is a struct task_run; for what is not in the
                         database, such as files that no row names any more */
    /* or: it reads and applies by itself, with what takes time in between, such as sending mail.
     * Errands have a thread of their own, so that a slow server elsewhere holds up no other job. */
    err (*errand)(struct db *db, struct arena *a, struct task_run *run);
};

struct feature { /* one a slice: `const struct feature claim_feature` */
    const char *name;
    const struct route *routes;
    size_t route_count;
    const struct background *background;
    size_t background_count;
};
/* The list of them, NULL-terminated, is made in src/app from features.def and handed down. */

#endif
