/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "photo/photo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

struct here { /* a fresh data folder for each test */
    struct arena *arena;
    char folder[64];
    char *program; /* WESH_PHOTO as the build set it */
};

static int here_make(void **state)
{
    struct here *h = calloc(1, sizeof *h);
    h->arena = arena_new((size_t)256 << 20);
    strcpy(h->folder, "/tmp/wesh-photo-test-XXXXXX");
    if (mkdtemp(h->folder) == NULL)
        return -1;
    const char *program = getenv("WESH_PHOTO");
    h->program = program ? strdup(program) : NULL;
    *state = h;
    return h->program ? 0 : -1;
}

static void tree_remove(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        char below[4096];
        snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlink(below) != 0)
            tree_remove(below);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static int here_remove(void **state)
{
    struct here *h = *state;
    setenv("WESH_PHOTO", h->program, 1);
    tree_remove(h->folder);
    arena_free(h->arena);
    free(h->program);
    free(h);
    return 0;
}

static struct text file_read(struct arena *a, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct stat s;
    assert_int_equal(fstat(fd, &s), 0);
    char *at = arena_alloc(a, (size_t)s.st_size + 1);
    assert_int_equal(read(fd, at, (size_t)s.st_size), s.st_size);
    close(fd);
    return (struct text){ at, (size_t)s.st_size };
}

static struct text fixture(const struct here *h, const char *name)
{
    const char *root = getenv("WESH_ROOT");
    char path[4096];
    snprintf(path, sizeof path, "%s/test/photos/%s", root ? root : ".", name);
    return file_read(h->arena, path);
}

static int files_below(const char *path)
{
    int count = 0;
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char below[4096];
        snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        count += e->d_type == DT_DIR ? files_below(below) : 1;
    }
    if (d)
        closedir(d);
    return count;
}

static bool holds(struct text t, const char *part)
{
    return memmem(t.at, t.len, part, strlen(part)) != NULL;
}

static void put32(uint8_t *at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void png_chunk(struct buf *b, const char *type, const uint8_t *data, size_t len)
{
    uint8_t number[4];
    put32(number, (uint32_t)len);
    buf_add(b, (struct text){ (char *)number, 4 });
    size_t from = b->len;
    buf_cstr(b, type);
    buf_add(b, (struct text){ (const char *)data, len });
    put32(number, (uint32_t)crc32(0, (const Bytef *)b->at + from, (uInt)(b->len - from)));
    buf_add(b, (struct text){ (char *)number, 4 });
}

/* A black picture, one bit a pixel, all of it really there: small to send, big to decode. */
static struct text png_black(struct arena *a, uint32_t width, uint32_t height)
{
    uint8_t head[13] = { 0 };
    put32(head, width);
    put32(head + 4, height);
    head[8] = 1;
    size_t row = 1 + (width + 7) / 8;
    uint8_t *zeros = arena_alloc(a, row);
    uint8_t *packed = arena_alloc(a, 4 << 20);
    z_stream z = { 0 };
    assert_int_equal(deflateInit(&z, 1), Z_OK);
    z.next_out = packed;
    z.avail_out = 4 << 20;
    for (uint32_t y = 0; y < height; y++) {
        z.next_in = zeros;
        z.avail_in = (uInt)row;
        assert_int_equal(deflate(&z, y + 1 < height ? Z_NO_FLUSH : Z_FINISH),
                         y + 1 < height ? Z_OK : Z_STREAM_END);
    }
    size_t packed_len = z.total_out;
    deflateEnd(&z);
    struct buf b = buf_new(a, 8 << 20);
    buf_add(&b, (struct text){ "\x89PNG\r\n\x1a\n", 8 });
    png_chunk(&b, "IHDR", head, sizeof head);
    png_chunk(&b, "IDAT", packed, packed_len);
    png_chunk(&b, "IEND", head, 0);
    assert_false(b.full);
    return buf_text(&b);
}

static void kinds_are_converted(void **state)
{
    static const struct {
        const char *name;
        int width, height, thumbnail_side;
    } cases[] = {
        { "phone.jpg", 480, 640, 320 }, /* stored lying, shown upright */
        { "clear.png", 600, 400, 320 },  { "shade.webp", 500, 700, 320 },
        { "moving.webp", 120, 80, 120 }, /* first picture; never enlarged */
        { "phone.heic", 600, 400, 320 },
    };
    struct here *h = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct photo p;
        print_message("%s\n", cases[i].name);
        err e = photo_convert(h->arena, h->folder, fixture(h, cases[i].name), &p);
        assert_string_equal(err_info(e)->name, "OK");
        assert_int_equal(p.width, cases[i].width);
        assert_int_equal(p.height, cases[i].height);
        struct sha256 names[] = { p.large, p.thumbnail };
        for (size_t j = 0; j < 2; j++) {
            struct text jpeg = file_read(h->arena, photo_path(h->arena, h->folder, names[j]));
            struct sha256 of = sha256_of(jpeg);
            assert_memory_equal(of.at, names[j].at, sizeof of.at);
            assert_true(text_starts(jpeg, "\xFF\xD8\xFF"));
        }
    }
}

static void metadata_is_gone(void **state)
{
    static const char *const secrets[] = { "Exif",       "WESHPHONE",  "Secret Home", "Ann Example",
                                           "http://ns.", "comment of", "ICC_PROFILE" };
    struct here *h = *state;
    struct text sent = fixture(h, "phone.jpg");
    struct photo p;
    assert_int_equal(photo_convert(h->arena, h->folder, sent, &p), OK);
    struct text large = file_read(h->arena, photo_path(h->arena, h->folder, p.large));
    struct text thumbnail = file_read(h->arena, photo_path(h->arena, h->folder, p.thumbnail));
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        assert_true(holds(sent, secrets[i]) || strcmp(secrets[i], "ICC_PROFILE") == 0);
        assert_false(holds(large, secrets[i]));
        assert_false(holds(thumbnail, secrets[i]));
    }
}

static void what_is_no_photo_is_refused(void **state)
{
    struct here *h = *state;
    struct text phone = fixture(h, "phone.jpg"), shade = fixture(h, "shade.webp");
    struct text heic = fixture(h, "phone.heic"), clear = fixture(h, "clear.png");
    const struct {
        const char *name;
        struct text bytes;
        err expected;
    } cases[] = {
        { "empty", TEXT(""), ERR_PHOTO_KIND },
        { "text", TEXT("this is my bench"), ERR_PHOTO_KIND },
        { "PDF", TEXT("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n"), ERR_PHOTO_KIND },
        { "SVG", TEXT("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
          ERR_PHOTO_KIND },
        { "GIF", TEXT("GIF89a\1\0\1\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"),
          ERR_PHOTO_KIND },
        { "TIFF", TEXT("II*\0\x08\0\0\0\0\0"), ERR_PHOTO_KIND },
        { "AVIF",
          TEXT("\0\0\0\x20"
               "ftypavif\0\0\0\0"),
          ERR_PHOTO_KIND },
        { "first bytes only", TEXT("\xFF\xD8\xFF"), ERR_PHOTO_BROKEN },
        { "PNG of nothing", TEXT("\x89PNG\r\n\x1a\n"), ERR_PHOTO_BROKEN },
        { "WebP of nothing", TEXT("RIFF\0\0\0\0WEBP"), ERR_PHOTO_BROKEN },
        { "HEIC of nothing",
          TEXT("\0\0\0\x18"
               "ftypheic\0\0\0\0"),
          ERR_PHOTO_BROKEN },
        { "half a JPEG", { phone.at, phone.len / 2 }, ERR_PHOTO_BROKEN },
        { "half a PNG", { clear.at, clear.len / 2 }, ERR_PHOTO_BROKEN },
        { "half a WebP", { shade.at, shade.len / 2 }, ERR_PHOTO_BROKEN },
        { "half a HEIC", { heic.at, heic.len / 2 }, ERR_PHOTO_BROKEN },
        { "too many bytes", { phone.at, (12 << 20) + 1 }, ERR_TOO_LARGE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct photo p;
        print_message("%s\n", cases[i].name);
        err e = photo_convert(h->arena, h->folder, cases[i].bytes, &p);
        assert_string_equal(err_info(e)->name, err_info(cases[i].expected)->name);
    }
    assert_int_equal(files_below(h->folder), 0);
}

static void too_many_pixels_are_refused(void **state)
{
    static const struct {
        uint32_t width, height;
        err expected;
        int stored_width, stored_height;
    } cases[] = {
        { 30000, 30000, ERR_PHOTO_TOO_BIG, 0, 0 }, /* 900 megapixels in 500 KB */
        { 12000, 4167, ERR_PHOTO_TOO_BIG, 0, 0 },  /* 50.004 megapixels */
        { 12000, 4166, OK, 1600, 555 },
        { 12001, 1, ERR_PHOTO_TOO_BIG, 0, 0 },
        { 1, 12001, ERR_PHOTO_TOO_BIG, 0, 0 },
        { 12000, 1, OK, 1600, 1 },
        { 1, 12000, OK, 1, 1600 },
        { 1601, 1601, OK, 1600, 1600 },
        { 1, 1, OK, 1, 1 },
    };
    struct here *h = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct photo p = { .width = 0 };
        print_message("%u x %u\n", cases[i].width, cases[i].height);
        struct text png = png_black(h->arena, cases[i].width, cases[i].height);
        err e = photo_convert(h->arena, h->folder, png, &p);
        assert_string_equal(err_info(e)->name, err_info(cases[i].expected)->name);
        assert_int_equal(p.width, cases[i].stored_width);
        assert_int_equal(p.height, cases[i].stored_height);
    }
}

static void same_photo_is_stored_once(void **state)
{
    struct here *h = *state;
    struct photo p, q;
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "shade.webp"), &p), OK);
    assert_int_equal(files_below(h->folder), 2);
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "shade.webp"), &q), OK);
    assert_memory_equal(&p, &q, sizeof p);
    assert_int_equal(files_below(h->folder), 2);

    const char *path = photo_path(h->arena, h->folder, p.large);
    assert_string_equal(path + strlen(h->folder) + 1, photo_path(h->arena, "", p.large));
    assert_int_equal(truncate(path, 10), 0); /* a damaged one is mended when it is sent again */
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "shade.webp"), &q), OK);
    struct sha256 of = sha256_of(file_read(h->arena, path));
    assert_memory_equal(of.at, p.large.at, sizeof of.at);

    assert_int_equal(photo_remove(h->arena, h->folder, p.large), OK);
    assert_int_equal(photo_remove(h->arena, h->folder, p.large), OK);
    assert_int_equal(files_below(h->folder), 1);
}

/* Programs in the place of wesh-photo that do what a broken or taken-over one might. */
static void result_is_not_believed(void **state)
{
    static const struct {
        const char *name, *script;
    } cases[] = {
        { "killed", "kill -9 $$" },
        { "crashed", "kill -SEGV $$" },
        { "not ready", "exit 1" },
        { "other exit code", "exit 77" },
        { "nothing made", "exit 0" },
        { "no JPEG", "echo hello >&3; echo hello >&4" },
        { "one of two", "cat \"$F\" >&3" },
        { "metadata left in", "cat \"$F\" >&3; cat \"$F\" >&4" },
        { "too much", "head -c 5000000 /dev/zero >&3; head -c 5000000 /dev/zero >&4" },
    };
    struct here *h = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/photo.sh", h->folder);
    const char *root = getenv("WESH_ROOT");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        FILE *f = fopen(path, "we");
        assert_non_null(f);
        fprintf(f, "#!/bin/sh\nF='%s/test/photos/phone.jpg'\n%s\n", root ? root : ".",
                cases[i].script);
        assert_int_equal(fchmod(fileno(f), 0700), 0);
        assert_int_equal(fclose(f), 0);
        setenv("WESH_PHOTO", path, 1);
        struct photo p;
        err e = photo_convert(h->arena, h->folder, fixture(h, "phone.jpg"), &p);
        assert_string_equal(err_info(e)->name, "ERR_PHOTO_FAILED");
        assert_int_equal(files_below(h->folder), 1);
    }
    setenv("WESH_PHOTO", "/nonexistent/wesh-photo", 1);
    struct photo p;
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "phone.jpg"), &p),
                     ERR_PHOTO_FAILED);
}

static void slow_program_is_killed(void **state)
{
    struct here *h = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/photo.sh", h->folder);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs("#!/bin/sh\nexec sleep 60\n", f);
    assert_int_equal(fchmod(fileno(f), 0700), 0);
    assert_int_equal(fclose(f), 0);
    setenv("WESH_PHOTO", path, 1);
    struct photo p;
    time_t began = time(NULL);
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "phone.jpg"), &p),
                     ERR_PHOTO_FAILED);
    assert_in_range(time(NULL) - began, 9, 20);
}

/* Kills the first child that this process has. */
static void *kill_child(void *self)
{
    pid_t own = getpid();
    int *killed = self;
    for (int i = 0; i < 5000 && !*killed; i++) {
        DIR *d = opendir("/proc");
        for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
            char path[300], line[256] = "";
            snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
            FILE *f = e->d_name[0] >= '1' && e->d_name[0] <= '9' ? fopen(path, "re") : NULL;
            int parent = 0;
            if (f && fgets(line, sizeof line, f) && strstr(line, "(wesh-photo") &&
                sscanf(strrchr(line, ')') + 1, " %*c %d", &parent) == 1 && parent == own)
                *killed = kill((pid_t)atoi(e->d_name), SIGKILL) == 0;
            if (f)
                fclose(f);
        }
        if (d)
            closedir(d);
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    return NULL;
}

static void kill_in_the_middle(void **state)
{
    struct here *h = *state;
    struct text big = png_black(h->arena, 12000, 4166);
    int killed = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, kill_child, &killed), 0);
    struct photo p;
    err e = photo_convert(h->arena, h->folder, big, &p);
    pthread_join(thread, NULL);
    assert_true(killed);
    assert_string_equal(err_info(e)->name, "ERR_PHOTO_FAILED");
    assert_int_equal(files_below(h->folder), 0);
    assert_int_equal(photo_convert(h->arena, h->folder, big, &p), OK); /* the next is fine */
}

/* Runs `convert` in a process of its own that `restrict_it` has made worse off. The result is the
 * err, or -1 when it could not be restricted. */
static int convert_restricted(struct here *h, const char *name, bool (*restrict_it)(struct here *h))
{
    struct text bytes = fixture(h, name);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct photo p;
        _exit(restrict_it(h) ? (int)photo_convert(h->arena, h->folder, bytes, &p) : 255);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

static bool small_files_only(struct here *h)
{
    (void)h;
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 8000; /* phone.heic at 12 KB can't be handed over whole */
    return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static bool middling_files_only(struct here *h)
{
    (void)h;
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 17000; /* shade.webp fits, the JPEG made of it does not */
    return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static bool small_disk(struct here *h)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", h->folder, "tmpfs", 0, "size=20k") == 0;
}

static bool no_writing(struct here *h)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", h->folder, "tmpfs", MS_RDONLY, "size=1m") == 0;
}

static void full_disk_is_told(void **state)
{
    struct here *h = *state;
    assert_int_equal(convert_restricted(h, "phone.heic", small_files_only), ERR_DISK_FULL);
    assert_int_equal(convert_restricted(h, "shade.webp", middling_files_only), ERR_DISK_FULL);
    int whole = 0, left = files_below(h->folder); /* the thumbnail may be there; no half file */
    struct photo p;
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "shade.webp"), &p), OK);
    whole = files_below(h->folder);
    assert_int_equal(whole, 2);
    assert_true(left <= 1);
    int e = convert_restricted(h, "shade.webp", small_disk);
    if (e >= 0)
        assert_int_equal(e, ERR_DISK_FULL);
    else
        print_message("small disk: not tried, mounting is not allowed here\n");
}

static void read_only_folder_is_told(void **state)
{
    struct here *h = *state;
    int e = convert_restricted(h, "shade.webp", no_writing);
    if (e < 0)
        skip();
    assert_int_equal(e, ERR_PHOTO_FAILED);
}

static void filter_kills(void **state)
{
    struct here *h = *state;
    char command[4096];
    snprintf(command, sizeof command, "exec '%s' --self-test-open", h->program);
    int status = system(command);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

struct wanted {
    struct sha256 of;
    int asked;
};

static err keep_wanted(void *self, struct sha256 of, bool *ret_keep)
{
    struct wanted *w = self;
    w->asked++;
    *ret_keep = memcmp(of.at, w->of.at, sizeof of.at) == 0;
    return OK;
}

static void sweep_all(struct here *h, struct wanted *w)
{
    for (int part = 0; part < 256; part++)
        assert_int_equal(photo_sweep(h->arena, h->folder, (uint8_t)part, 3600, keep_wanted, w), OK);
}

static void unwanted_photos_are_swept(void **state)
{
    struct here *h = *state;
    struct photo p, q;
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "shade.webp"), &p), OK);
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "phone.jpg"), &q), OK);
    struct wanted wanted = { .of = p.large };
    sweep_all(h, &wanted); /* all are new */
    assert_int_equal(wanted.asked, 0);
    assert_int_equal(files_below(h->folder), 4);

    struct timespec old[2] = { { .tv_sec = time(NULL) - 4000 }, { .tv_sec = time(NULL) - 4000 } };
    struct sha256 all[] = { p.large, p.thumbnail, q.large, q.thumbnail };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(utimensat(AT_FDCWD, photo_path(h->arena, h->folder, all[i]), old, 0), 0);
    char *left = text_cstr(
        h->arena, text_format(h->arena, "%s.tmp", photo_path(h->arena, h->folder, p.large)));
    strcpy(strrchr(left, '/'), "/.new-abcdef"); /* as a crash leaves one */
    int fd = open(left, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(futimens(fd, old), 0);
    close(fd);
    assert_int_equal(photo_convert(h->arena, h->folder, fixture(h, "phone.jpg"), &q), OK);
    sweep_all(h, &wanted); /* phone.jpg was sent again just now */
    assert_int_equal(wanted.asked, 2);
    assert_int_equal(files_below(h->folder), 3);
    assert_int_equal(access(photo_path(h->arena, h->folder, p.thumbnail), F_OK), -1);
}

int main(void)
{
    crypto_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kinds_are_converted, here_make, here_remove),
        cmocka_unit_test_setup_teardown(metadata_is_gone, here_make, here_remove),
        cmocka_unit_test_setup_teardown(what_is_no_photo_is_refused, here_make, here_remove),
        cmocka_unit_test_setup_teardown(too_many_pixels_are_refused, here_make, here_remove),
        cmocka_unit_test_setup_teardown(same_photo_is_stored_once, here_make, here_remove),
        cmocka_unit_test_setup_teardown(result_is_not_believed, here_make, here_remove),
        cmocka_unit_test_setup_teardown(slow_program_is_killed, here_make, here_remove),
        cmocka_unit_test_setup_teardown(kill_in_the_middle, here_make, here_remove),
        cmocka_unit_test_setup_teardown(full_disk_is_told, here_make, here_remove),
        cmocka_unit_test_setup_teardown(read_only_folder_is_told, here_make, here_remove),
        cmocka_unit_test_setup_teardown(filter_kills, here_make, here_remove),
        cmocka_unit_test_setup_teardown(unwanted_photos_are_swept, here_make, here_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
