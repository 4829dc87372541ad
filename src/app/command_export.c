/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Moving house: `wesh export` and `wesh import data`. src/carry knows the format. */
#include "app/app.h"

#include "carry/carry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool is_full(int why)
{
    return why == ENOSPC || why == EDQUOT || why == EFBIG;
}

static int64_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Export: to a new file beside the one asked for, which it then becomes; or to a stream. */

struct exporting {
    struct command_context *c;
    FILE *to;
    struct carry_out out;
    int64_t told_at_s;
    bool told;
    int why; /* errno of what failed to be written */
};

static err export_write(void *self, struct text bytes)
{
    struct exporting *x = self;
    if (fwrite(bytes.at, 1, bytes.len, x->to) == bytes.len)
        return OK;
    x->why = errno;
    return is_full(x->why) ? ERR_DISK_FULL : ERR_BAD_FILE;
}

static void export_progress(void *self, const struct carry_counts *so_far)
{
    struct exporting *x = self;
    int64_t now = seconds_now();
    if (now == x->told_at_s)
        return;
    x->told_at_s = now;
    x->told = true;
    fprintf(x->c->err, "\r%" PRId64 " rows, %" PRId64 " photos", so_far->rows, so_far->photos);
    fflush(x->c->err);
}

static void export_warn(void *self, const char *line)
{
    struct exporting *x = self;
    fprintf(x->c->err, "note: %s\n", line);
}

static err export_read(struct tx *tx, void *work)
{
    struct exporting *x = work;
    return carry_out(tx, &x->out);
}

static err export_flush(struct exporting *x, bool is_file)
{
    if (fflush(x->to) == 0 && (!is_file || fsync(fileno(x->to)) == 0))
        return OK;
    x->why = errno;
    return is_full(x->why) ? ERR_DISK_FULL : ERR_BAD_FILE;
}

/* Reads the data into x->to. */
static int export_run(struct exporting *x, const char *path, bool is_file)
{
    const char *detail = NULL;
    struct db *db;
    err e = db_open(
        &(struct db_options){
            .folder = x->c->data, .store = x->c->store, .read_only = true, .copy = true },
        &db, &detail);
    if (e != OK)
        return command_fail(x->c, x->c->data, e, detail);
    struct arena *a = arena_new(128 << 20);
    x->out = (struct carry_out){ .folder = x->c->data,
                                 .write = export_write,
                                 .progress = export_progress,
                                 .warn = export_warn,
                                 .self = x };
    e = db_read(db, a, export_read, x);
    db_close(db);
    arena_free(a);
    if (x->told)
        fprintf(x->c->err, "\n");
    if (e == OK)
        e = export_flush(x, is_file);
    if (e == OK)
        return EXIT_OK;
    if (x->why != 0)
        fprintf(x->c->err, "wesh: %s can't be written: %s\n", path, strerror(x->why));
    else if (x->out.problem[0] != '\0')
        fprintf(x->c->err, "wesh: export: %s\n", x->out.problem);
    else
        return command_fail(x->c, "export", e, NULL);
    return EXIT_FAILED;
}

static int path_fail(struct exporting *x, const char *path)
{
    fprintf(x->c->err, "wesh: %s can't be written: %s\n", path, strerror(errno));
    return EXIT_FAILED;
}

static int export_to_file(struct exporting *x, struct arena *a, const char *path)
{
    char *new_path = text_cstr(a, text_format(a, "%s.new-XXXXXX", path));
    int fd = mkostemp(new_path, O_CLOEXEC); /* nobody else's to read */
    if (fd < 0)
        return path_fail(x, path);
    x->to = fdopen(fd, "w");
    if (x->to == NULL)
        abort();
    int code = export_run(x, path, true);
    if (fclose(x->to) != 0 && code == EXIT_OK)
        code = path_fail(x, path);
    if (code == EXIT_OK && rename(new_path, path) != 0)
        code = path_fail(x, path);
    if (code != EXIT_OK)
        unlink(new_path);
    return code;
}

int command_export(struct command_context *c, int argc, char **argv)
{
    if (!options_done(c, argc, argv, 1, command_find("export")->usage))
        return EXIT_USAGE;
    struct exporting x = { .c = c, .told_at_s = seconds_now() };
    const char *path = argv[0];
    struct arena *a = arena_new(1 << 20);
    struct stat about;
    int code;
    if (strcmp(path, "-") == 0) {
        x.to = c->out;
        code = export_run(&x, "standard output", false);
    } else if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) { /* a pipe, a device */
        x.to = fopen(path, "we");
        code = x.to == NULL ? path_fail(&x, path) : export_run(&x, path, false);
        if (x.to != NULL && fclose(x.to) != 0 && code == EXIT_OK)
            code = path_fail(&x, path);
    } else {
        code = export_to_file(&x, a, path);
    }
    arena_free(a);
    if (code == EXIT_OK)
        fprintf(c->err, "%" PRId64 " rows and %" PRId64 " photos written\n", x.out.counts.rows,
                x.out.counts.photos);
    return code;
}

/* Import */

struct importing {
    struct command_context *c;
    const char *path, *doing;
    struct carry_in in;
    int64_t told_at_s;
    bool told; /* and the line is not ended */
};

static void import_progress(void *self, int64_t bytes_done)
{
    struct importing *i = self;
    int64_t now = seconds_now();
    if (now == i->told_at_s && bytes_done < i->in.bytes_total)
        return;
    i->told_at_s = now;
    int64_t total = i->in.bytes_total > 0 ? i->in.bytes_total : 1;
    fprintf(i->c->err, "\r%s: %" PRId64 " rows, %d %%", i->doing, i->in.counts.rows,
            (int)(bytes_done * 100 / total));
    i->told = bytes_done < i->in.bytes_total;
    if (!i->told)
        fprintf(i->c->err, "\n");
    fflush(i->c->err);
}

static int import_told(struct importing *i, err e)
{
    if (i->told)
        fprintf(i->c->err, "\n");
    if (i->in.problem[0] == '\0')
        return command_fail(i->c, i->path, e, NULL);
    fprintf(i->c->err, "wesh: %s: %s\nNothing was imported.\n", i->path, i->in.problem);
    return EXIT_FAILED;
}

static int import_run(struct importing *i)
{
    struct arena *a = arena_new(128 << 20);
    i->doing = "checking";
    err e = carry_check(a, &i->in);
    if (e == OK) {
        i->doing = "importing";
        e = db_apply(i->c->db, a, carry_in_apply, &i->in);
        carry_in_end(a, &i->in, e);
    }
    arena_free(a);
    if (e != OK)
        return import_told(i, e);
    fprintf(i->c->out,
            "%" PRId64 " rows and %" PRId64 " photos imported. Next: wesh verify, wesh user link, "
            "wesh serve.\n",
            i->in.counts.rows, i->in.counts.photos);
    return EXIT_OK;
}

int command_import_data(struct command_context *c, const char *path)
{
    struct importing i = { .c = c,
                           .path = path,
                           .told_at_s = seconds_now(),
                           .in = { .folder = c->data, .progress = import_progress } };
    i.in.self = &i;
    if (c->in_server) {
        fprintf(c->err, "wesh: a server is running on %s. Stop it first, then import.\n", c->data);
        return EXIT_FAILED;
    }
    struct stat about;
    i.in.fd = openat(c->folder_fd, path, O_RDONLY | O_CLOEXEC);
    if (i.in.fd < 0 || fstat(i.in.fd, &about) != 0) {
        fprintf(c->err, "wesh: %s can't be read: %s\n", path, strerror(errno));
        if (i.in.fd >= 0)
            close(i.in.fd);
        return EXIT_FAILED;
    }
    int code = EXIT_FAILED;
    i.in.bytes_total = about.st_size;
    if (S_ISREG(about.st_mode))
        code = import_run(&i);
    else
        fprintf(c->err, "wesh: %s is not a file: it is read twice, so it can't be a pipe\n", path);
    close(i.in.fd);
    return code;
}
