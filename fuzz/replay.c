/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Runs a fuzz target over every file of the folders given: what once was found stays mended. */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* False when the file can't be read. */
static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = 0;
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
        if (file != NULL)
            fclose(file);
        return 0;
    }
    rewind(file);
    /* Exactly as long as the content, so that a sanitizer sees a byte read too many. */
    uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
    int is_read = bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size;
    fclose(file);
    if (is_read)
        LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
    return is_read;
}

int main(int argc, char **argv)
{
    size_t passed = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            fprintf(stderr, "%s: can't be opened\n", argv[i]);
            failed++;
            continue;
        }
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[PATH_MAX];
            if (entry->d_name[0] == '.')
                continue;
            int len = snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            int is_read = len > 0 && (size_t)len < sizeof path && replay(path);
            if (!is_read)
                fprintf(stderr, "%s: can't be read\n", path);
            passed += (size_t)is_read;
            failed += (size_t)!is_read;
        }
        closedir(folder);
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
