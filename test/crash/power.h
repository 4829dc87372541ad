/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A disk under SQLite that can fill up, fail, or lose its power.
 *
 * It remembers what was written to the database and its WAL since each was last synced. When the
 * power comes back, all of that may be gone, or some writes are there and others are not, and some
 * only in part. It holds nothing else back: making and removing a file is taken to last. */
#ifndef WESH_TEST_CRASH_POWER_H
#define WESH_TEST_CRASH_POWER_H

#include "base/source.h"

enum power_fault {
    POWER_FINE,
    POWER_FULL,  /* the disk is full: from the n-th write on, until it is fine again */
    POWER_ERROR, /* the n-th write or sync and all after it fail */
    POWER_CUT    /* the same, and reading too: the machine is off */
};
enum power_loss { POWER_KEEP_ALL, POWER_LOSE_ALL, POWER_LOSE_SOME };

void power_install(void); /* as SQLite's default; before any store is opened */
/* What is in the folder now counts as synced. */
void power_watch(const char *folder);
/* The fault comes with the n-th write or sync from now on (1: the next). */
void power_arm(enum power_fault fault, int64_t n);
bool power_struck(void);   /* since it was armed */
int64_t power_calls(void); /* writes and syncs since it was armed */
/* Everything is closed. Takes away what was not synced, and is fine from here on. */
void power_back(enum power_loss loss, struct random_source chance);

#endif
