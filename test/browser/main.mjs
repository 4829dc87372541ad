// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// The browser tests: main.mjs [story|plain|pages|forms...]. WESH names the program (build/test/wesh).

import { startBrowser } from "./browser.mjs";
import { Checks } from "./checks.mjs";
import { camera } from "./camera.mjs";
import { forms } from "./forms.mjs";
import { light } from "./light.mjs";
import { offline } from "./offline.mjs";
import { pages } from "./pages.mjs";
import { story } from "./story.mjs";
import { makeDemo, startTown } from "./town.mjs";

const parts = {
  story: (checks, browser, town) => story(checks, browser, town, true),
  plain: (checks, browser, town) => story(checks, browser, town, false),
  pages,
  forms,
  offline,
  camera,
};
const alone = { light }; // measures, so nothing else may run beside it: only when asked for

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const checks = new Checks();
await checks.part("the browser tests", async () => {
  const demo = await makeDemo();
  const browser = await startBrowser();
  try {
    await Promise.all(wanted.map((name) => checks.part(name, async () => {
      const town = await startTown(demo);
      try {
        await { ...parts, ...alone }[name](checks, browser, town);
      } finally {
        await checks.end(name, town);
      }
    })));
  } finally {
    await browser.close();
    await demo.remove();
  }
});
process.exit(checks.sum());
