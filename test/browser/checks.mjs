// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Counts what holds and what doesn't: one line a check, and the sum as the last line.

export class Checks {
  passed = 0;
  failed = 0;
  skipped = 0;

  /** `told` says what was found instead. */
  that(name, holds, told = "") {
    if (holds) this.passed++;
    else this.failed++;
    console.log(`${holds ? "ok  " : "FAIL"} ${name}${holds || !told ? "" : `\n     ${indented(told)}`}`);
    return Boolean(holds);
  }

  equal(name, found, wanted) {
    return this.that(name, found === wanted, `found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  }

  none(name, problems) {
    return this.that(name, problems.length === 0, problems.join("\n"));
  }

  skip(name, why) {
    this.skipped++;
    console.log(`skip ${name}: skipped, ${why}`);
  }

  /** A part that breaks off has failed once; the others still run. */
  async part(name, tell) {
    try {
      await tell();
    } catch (error) {
      this.that(`${name} comes to its end`, false, error.stack);
    }
  }

  /** The town's end belongs to the test: its exit status, sanitizers and books. */
  async end(name, town) {
    const end = await town.stop();
    this.equal(`${name}: the server stops with status 0`, end.status, 0);
    this.that(`${name}: no sanitizer or assertion spoke`, end.clean, end.log.slice(-4000));
    this.that(`${name}: wesh verify finds nothing`, !(end.verified instanceof Error), String(end.verified.stdout));
  }

  sum() {
    console.log(`${this.passed} passed, ${this.failed} failed${this.skipped ? `, ${this.skipped} skipped` : ""}`);
    return this.failed || !this.passed ? 1 : 0;
  }
}

function indented(told) {
  return String(told).trimEnd().replaceAll("\n", "\n     ");
}
