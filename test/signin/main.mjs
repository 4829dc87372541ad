// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// The tests of signing in: main.mjs [mail|passkeys|provider|faults...]. WESH names the program
// (build/test/wesh). Needs the npm packages of test/browser.

import { Checks } from "../browser/checks.mjs";
import { makeDemo } from "../browser/town.mjs";
import { faults } from "./faults.mjs";
import { mail } from "./mail.mjs";
import { passkeys } from "./passkeys.mjs";
import { provider } from "./provider.mjs";
import { smtp } from "./smtp.mjs";
import { startPlace } from "./visitor.mjs";

const parts = { mail, smtp, passkeys, provider, faults };
const onReal = new Set([smtp]); // on an installation that is no demo; it starts its own servers
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const checks = new Checks();
await checks.part("the tests of signing in", async () => {
  const demo = await makeDemo();
  try {
    for (const name of wanted) {
      await checks.part(name, async () => {
        if (onReal.has(parts[name])) return parts[name](checks);
        const place = await startPlace(demo);
        try {
          await parts[name](checks, place);
        } finally {
          await checks.end(name, place.town);
        }
      });
    }
  } finally {
    await demo.remove();
  }
});
process.exit(checks.sum());
