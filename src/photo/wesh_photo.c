/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* wesh-photo: makes a small clean JPEG and a thumbnail of a photo that a stranger sent.
 *
 * The photo is file descriptor 0 (a regular or memory file), the results are 3 and 4. Everything
 * that a decoder needs is loaded and has run once before the first byte of the photo is looked at;
 * then a seccomp filter closes, behind which there is memory, reading, writing and ending, and
 * nothing else. Limits on memory, time and output hold besides. The caller limits the wall clock
 * and checks the results (src/photo/photo.c). */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-object.h>
#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

enum {
    SIDE_MAX = 1600,
    THUMBNAIL_SIDE_MAX = 320,
    QUALITY = 82,
    UPLOAD_SIDE_MAX = 12000,
    UPLOAD_PIXELS_MAX = 50000000,
    FD_UPLOAD = 0,
    FD_LARGE = 3,
    FD_THUMBNAIL = 4
};

#define MEMORY_BYTES_MAX ((rlim_t)1 << 30)
#define OUTPUT_BYTES_MAX ((rlim_t)4 << 20)

enum result { /* exit codes; photo.c gives them their errors */
              DONE = 0,
              NOT_READY = 1, /* this machine's fault: limits, libraries, filter, output */
              USAGE = 2,
              NOT_A_PHOTO = 3,
              TOO_BIG = 4,
              BROKEN = 5
};

struct bytes {
    const void *at;
    size_t len;
};

static bool limit_set(__rlimit_resource_t what, rlim_t value)
{
    struct rlimit limit;
    if (getrlimit(what, &limit) != 0)
        return false;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
        value = limit.rlim_max;
    return setrlimit(what, &(struct rlimit){ value, value }) == 0;
}

/* RLIMIT_NPROC counts all of the user's threads, so a useful number can't be told; the filter
 * allows threads only. */
static bool limits_set(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && limit_set(RLIMIT_CORE, 0) &&
           limit_set(RLIMIT_CPU, 8) && limit_set(RLIMIT_FSIZE, OUTPUT_BYTES_MAX) &&
           limit_set(RLIMIT_AS, MEMORY_BYTES_MAX) && limit_set(RLIMIT_NOFILE, 64);
}

static bool upload_map(struct bytes *ret)
{
    struct stat s;
    if (fstat(FD_UPLOAD, &s) != 0 || !S_ISREG(s.st_mode))
        return false;
    *ret = (struct bytes){ "", (size_t)s.st_size };
    if (s.st_size == 0)
        return true;
    ret->at = mmap(NULL, ret->len, PROT_READ, MAP_PRIVATE, FD_UPLOAD, 0);
    return ret->at != MAP_FAILED;
}

static GLogWriterOutput log_nothing(GLogLevelFlags level, const GLogField *fields, gsize count,
                                    gpointer self)
{
    (void)level;
    (void)fields;
    (void)count;
    (void)self;
    return G_LOG_WRITER_HANDLED;
}

/* Where libvips lies, so lie its modules; HEIC is one of them, and the only one wanted. */
static void heif_module_load(void)
{
    Dl_info vips;
    if (!dladdr((void *)(uintptr_t)vips_init, &vips))
        return;
    char *folder = g_path_get_dirname(vips.dli_fname);
    char *path = g_strdup_printf("%s/vips-modules-%d.%d/vips-heif.so", folder, vips_version(0),
                                 vips_version(1));
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *(*load)(void *module) = NULL; /* the entry that GModule calls */
    if (module)
        *(void **)&load = dlsym(module, "g_module_check_init");
    if (load)
        (void)load(NULL);
    g_free(path);
    g_free(folder);
}

static bool vips_start(const char *program)
{
    static const char *const allowed[] = { "VipsForeignLoadJpeg", "VipsForeignLoadPng",
                                           "VipsForeignLoadWebp", "VipsForeignLoadHeif",
                                           "VipsForeignSaveJpeg" };
    /* No home: then vips_init loads none of its modules (ImageMagick, PDF, …). No temporary files.
     * No generated code, which the filter forbids. */
    if (setenv("VIPSHOME", "/nonexistent", 1) != 0 || setenv("VIPS_DISC_THRESHOLD", "4g", 1) != 0 ||
        setenv("VIPS_NOVECTOR", "1", 1) != 0 || setenv("LC_ALL", "C", 1) != 0)
        return false;
    mallopt(M_ARENA_MAX, 1); /* else glibc counts processors, in a file, when a thread allocates */
    g_log_set_writer_func(log_nothing, NULL, NULL);
    if (vips_init(program) != 0)
        return false;
    heif_module_load();
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_operation_block_set("VipsForeign", TRUE);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        vips_operation_block_set(allowed[i], FALSE);
    return true;
}

enum kind { KIND_NONE, KIND_JPEG, KIND_PNG, KIND_WEBP, KIND_HEIC };

static bool heic_is_read(void)
{
    return vips_type_find("VipsOperation", "heifload_buffer") != 0;
}

/* By the first bytes alone, so that no other format's code is asked for its opinion. HEIC brands:
 * ISO/IEC 23008-12, annex B. */
static enum kind kind_of(struct bytes b)
{
    static const char *const brands[] = { "heic", "heix", "heim", "heis", "mif1" };
    const char *at = b.at;
    if (b.len >= 3 && memcmp(at, "\xFF\xD8\xFF", 3) == 0)
        return KIND_JPEG;
    if (b.len >= 8 && memcmp(at, "\x89PNG\r\n\x1A\n", 8) == 0)
        return KIND_PNG;
    if (b.len >= 12 && memcmp(at, "RIFF", 4) == 0 && memcmp(at + 8, "WEBP", 4) == 0)
        return KIND_WEBP;
    if (b.len >= 12 && memcmp(at + 4, "ftyp", 4) == 0 && heic_is_read())
        for (size_t i = 0; i < sizeof brands / sizeof brands[0]; i++)
            if (memcmp(at + 8, brands[i], 4) == 0)
                return KIND_HEIC;
    return KIND_NONE;
}

/* Reads the header; pixels are decoded as they are asked for, JPEG and WebP at 1/shrink of the
 * size already. Of an animation, the first picture. */
static VipsImage *load(enum kind kind, struct bytes b, int shrink)
{
    void *at = (void *)(uintptr_t)b.at;
    VipsImage *image = NULL;
    switch (kind) {
    case KIND_JPEG:
        (void)vips_jpegload_buffer(at, b.len, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                   VIPS_FAIL_ON_TRUNCATED, "shrink", shrink, NULL);
        break;
    case KIND_PNG:
        (void)vips_pngload_buffer(at, b.len, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                  VIPS_FAIL_ON_TRUNCATED, NULL);
        break;
    case KIND_WEBP:
        (void)vips_webpload_buffer(at, b.len, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                   VIPS_FAIL_ON_TRUNCATED, "scale", 1.0 / shrink, NULL);
        break;
    case KIND_HEIC:
        (void)vips_heifload_buffer(at, b.len, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                   VIPS_FAIL_ON_TRUNCATED, NULL);
        break;
    case KIND_NONE:
        break;
    }
    return image;
}

/* Opens the photo at the smallest size that still fills SIDE_MAX. Refuses by its header, before
 * a pixel is decoded. */
static enum result photo_open(struct bytes upload, VipsImage **ret)
{
    enum kind kind = kind_of(upload);
    if (kind == KIND_NONE)
        return NOT_A_PHOTO;
    VipsImage *whole = load(kind, upload, 1);
    if (!whole)
        return BROKEN;
    int64_t width = vips_image_get_width(whole), height = vips_image_get_height(whole);
    int shrink = 1;
    while (shrink < 8 && VIPS_MAX(width, height) / (shrink * 2) >= SIDE_MAX &&
           VIPS_MIN(width, height) / (shrink * 2) >= 1)
        shrink *= 2;
    if (width > UPLOAD_SIDE_MAX || height > UPLOAD_SIDE_MAX || width * height > UPLOAD_PIXELS_MAX) {
        g_object_unref(whole);
        return TOO_BIG;
    }
    *ret = whole;
    if (shrink > 1 && (kind == KIND_JPEG || kind == KIND_WEBP)) {
        g_object_unref(whole);
        *ret = load(kind, upload, shrink);
    }
    return *ret ? DONE : BROKEN;
}

static bool on_white(VipsImage *image, VipsImage **ret)
{
    if (!vips_image_hasalpha(image)) {
        *ret = image;
        g_object_ref(image);
        return true;
    }
    double white = 255;
    VipsArrayDouble *background = vips_array_double_new(&white, 1);
    bool done = vips_flatten(image, ret, "background", background, NULL) == 0;
    vips_area_unref(VIPS_AREA(background));
    return done;
}

/* Upright, sRGB, on white, three bytes a pixel, in memory. */
static VipsImage *shrink_to(VipsImage *photo, int side_max)
{
    VipsImage *small = NULL, *coloured = NULL, *opaque = NULL, *shrunk = NULL;
    bool done = vips_thumbnail_image(photo, &small, side_max, "height", side_max, "size",
                                     VIPS_SIZE_DOWN, "export_profile", "srgb", NULL) == 0 &&
                vips_colourspace(small, &coloured, VIPS_INTERPRETATION_sRGB, NULL) == 0 &&
                on_white(coloured, &opaque);
    if (done)
        shrunk = vips_image_copy_memory(opaque);
    VipsImage *steps[] = { small, coloured, opaque };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i])
            g_object_unref(steps[i]);
    return shrunk;
}

static bool encode(VipsImage *image, struct bytes *ret)
{
    void *at = NULL;
    size_t len = 0;
    if (vips_jpegsave_buffer(image, &at, &len, "Q", QUALITY, "optimize_coding", TRUE, "strip", TRUE,
                             NULL) != 0)
        return false;
    *ret = (struct bytes){ at, len };
    return true;
}

static enum result convert(struct bytes upload, struct bytes *ret_large,
                           struct bytes *ret_thumbnail)
{
    VipsImage *photo = NULL;
    enum result result = photo_open(upload, &photo);
    if (result != DONE)
        return result;
    VipsImage *large = shrink_to(photo, SIDE_MAX);
    VipsImage *thumbnail = large ? shrink_to(large, THUMBNAIL_SIDE_MAX) : NULL;
    bool done = thumbnail && encode(large, ret_large) && encode(thumbnail, ret_thumbnail);
    VipsImage *images[] = { photo, large, thumbnail };
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
        if (images[i])
            g_object_unref(images[i]);
    return done ? DONE : BROKEN;
}

static bool convert_once(struct bytes upload)
{
    struct bytes large, thumbnail;
    if (convert(upload, &large, &thumbnail) != DONE)
        return false;
    g_free((void *)(uintptr_t)large.at);
    g_free((void *)(uintptr_t)thumbnail.at);
    return true;
}

/* Runs every loader once, and turning, colour profiles and metadata with them, so that whatever
 * they open or look up lazily is there before the filter closes. */
static bool warm_up(void)
{
    static const uint8_t png[] = {
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49,
        0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x06,
        0x00, 0x00, 0x00, 0x72, 0xb6, 0x0d, 0x24, 0x00, 0x00, 0x00, 0x14, 0x49, 0x44,
        0x41, 0x54, 0x08, 0xd7, 0x63, 0xfc, 0xcf, 0xc0, 0xd0, 0xc0, 0xc0, 0xc0, 0xc0,
        0xc0, 0xc4, 0x00, 0x05, 0x00, 0x18, 0x25, 0x01, 0x83, 0x6e, 0xb5, 0xb9, 0x1b,
        0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    };
    static const uint8_t webp[] = {
        0x52, 0x49, 0x46, 0x46, 0x58, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50,
        0x38, 0x58, 0x0a, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
        0x00, 0x00, 0x41, 0x4c, 0x50, 0x48, 0x0a, 0x00, 0x00, 0x00, 0x01, 0x07, 0x50, 0xc0,
        0x88, 0x08, 0x44, 0x44, 0xff, 0x03, 0x56, 0x50, 0x38, 0x20, 0x28, 0x00, 0x00, 0x00,
        0x90, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x04, 0x00, 0x04, 0x00, 0x07, 0x40, 0x96, 0x25,
        0xa0, 0x02, 0x74, 0xba, 0x00, 0x03, 0x98, 0x00, 0xfe, 0xe5, 0x0a, 0xf8, 0x27, 0xa9,
        0x72, 0x8f, 0xfe, 0x37, 0x8f, 0x02, 0xbc, 0x97, 0x63, 0xa0, 0x00, 0x00,
    };
    VipsImage *plain = NULL;
    void *jpeg = NULL;
    size_t jpeg_len = 0;
    if (vips_black(&plain, SIDE_MAX + 8, 16, "bands", 3, NULL) != 0)
        return false;
    vips_image_set_int(plain, VIPS_META_ORIENTATION, 6);
    plain->Type = VIPS_INTERPRETATION_sRGB;
    bool done = vips_jpegsave_buffer(plain, &jpeg, &jpeg_len, "profile", "srgb", NULL) == 0 &&
                convert_once((struct bytes){ jpeg, jpeg_len }) &&
                convert_once((struct bytes){ png, sizeof png }) &&
                convert_once((struct bytes){ webp, sizeof webp });
    g_free(jpeg);
    g_object_unref(plain);
    return done;
}

static bool filter_close(void)
{
    static const int allowed[] = {
        SCMP_SYS(read),
        SCMP_SYS(write),
        SCMP_SYS(lseek),
        SCMP_SYS(brk),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(madvise),
        SCMP_SYS(futex),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(sched_yield),
        SCMP_SYS(sched_getaffinity),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(clock_nanosleep),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(getrandom),
        SCMP_SYS(gettid),
        SCMP_SYS(getpid),
        SCMP_SYS(set_robust_list),
        SCMP_SYS(rseq),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return false;
    bool done = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        done = done && seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    /* Memory, but none that can be run; threads, but no processes. clone3 keeps its flags where a
     * filter can't see them: glibc falls back to clone. */
    struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    struct scmp_arg_cmp a_thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
    struct scmp_arg_cmp a_name = SCMP_A0(SCMP_CMP_MASKED_EQ, UINT64_MAX, PR_SET_NAME);
    done = done && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_code) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_code) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, a_thread) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, a_name) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_load(filter) == 0;
    seccomp_release(filter);
    return done;
}

static bool write_all(int fd, struct bytes b)
{
    for (const char *at = b.at; b.len > 0;) {
        ssize_t n = write(fd, at, b.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        b.len -= (size_t)n;
    }
    return true;
}

int main(int count, char **arguments)
{
    bool self_test = count == 2 && strcmp(arguments[1], "--self-test-open") == 0;
    if (count != 1 && !self_test) {
        fputs("usage: wesh-photo 0<photo 3>large.jpg 4>thumbnail.jpg\n", stderr);
        return USAGE;
    }
    struct bytes upload = { NULL, 0 }, large, thumbnail;
    if (!limits_set() || (!self_test && !upload_map(&upload)) || !vips_start(arguments[0]) ||
        !warm_up() || !filter_close()) {
        fprintf(stderr, "wesh-photo: not ready. %s\n", vips_error_buffer());
        return NOT_READY;
    }
    if (self_test) /* the filter must end us here */
        _exit(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 ? DONE : NOT_READY);
    enum result result = convert(upload, &large, &thumbnail);
    if (result == DONE && (!write_all(FD_LARGE, large) || !write_all(FD_THUMBNAIL, thumbnail)))
        result = NOT_READY;
    _exit((int)result); /* nothing is worth tidying up, and exit handlers are not ours */
}
