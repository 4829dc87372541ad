// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// How light the pages are, by Chromium's own measures on a slow phone: 4 × slower processor, slow 4G.
// node test/browser/light.mjs [OUT.json] prints a row a page; main.mjs light checks the limits.

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { newPerson, signIn, startBrowser } from "./browser.mjs";
import { makeDemo, startTown } from "./town.mjs";

const weightMax = 60 * 1024; // of the first page, with all it needs, as it travels
const usableMsMax = 1500;
const shiftMax = 0;
const processor = 4;
const slow4g = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8, connectionType: "cellular4g" };
const quietMs = 1500;
const rounds = 5; // the middle one counts

const visits = [
  { name: "home", path: "/", isFirst: true },
  { name: "tasks", path: "/tasks" },
  { name: "shops", path: "/shops" },
  { name: "home signed in", path: "/", persona: "resident" },
  { name: "claims", path: "/claims", persona: "resident" },
  { name: "wallet", path: "/wallet", persona: "resident" },
  { name: "till", path: "/till", persona: "cashier" },
];

/** Runs in the page from its start. */
function watch() {
  window.seen = { shift: 0, shifted: [], paint: 0, largest: 0, busyUntil: 0 };
  const observe = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  observe("layout-shift", ({ value, hadRecentInput, sources }) => {
    if (hadRecentInput) return;
    window.seen.shift += value;
    window.seen.shifted.push(...sources.map(({ node }) => node?.className || node?.nodeName));
  });
  observe("paint", ({ name, startTime }) => { if (name === "first-contentful-paint") window.seen.paint = startTime; });
  observe("largest-contentful-paint", ({ startTime }) => { window.seen.largest = startTime; });
  observe("longtask", ({ startTime, duration }) => { window.seen.busyUntil = startTime + duration; });
}

async function measure(browser, town, { path, persona }) {
  const { context, page } = await newPerson(browser, town.url, { lang: "nl" });
  try {
    if (persona) await signIn(page, persona);
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.clearBrowserCache");
    const asked = new Map();
    let bytes = 0, isDone = false;
    session.on("Network.requestWillBeSent", ({ requestId, request }) => { if (!isDone) asked.set(requestId, request.url); });
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => { if (asked.has(requestId)) bytes += encodedDataLength; });
    if (persona) { // as someone who comes for the first time: without the worker's store
      await session.send("Storage.clearDataForOrigin", { origin: new URL(town.url).origin, storageTypes: "service_workers,cache_storage" });
      await page.goto("about:blank");
    }
    await page.addInitScript(watch);
    await session.send("Network.emulateNetworkConditions", slow4g);
    await session.send("Emulation.setCPUThrottlingRate", { rate: processor });
    await page.goto(path, { waitUntil: "load" });
    isDone = true; // what the worker fetches from now on is for later
    await page.waitForTimeout(quietMs);
    const seen = await page.evaluate(() => ({
      ...window.seen, ready: performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
    }));
    // Usable: all that is large is there, scripts have run, and the processor is free for a thumb.
    const busy = seen.busyUntil < seen.ready + quietMs ? seen.busyUntil : 0;
    const strange = [...asked.values()].filter((url) => !url.startsWith("data:") && !url.startsWith("blob:") && new URL(url).origin !== town.url);
    return {
      bytes, requests: asked.size, paintMs: Math.round(seen.paint), largestMs: Math.round(seen.largest),
      usableMs: Math.round(Math.max(seen.paint, seen.largest, seen.ready, busy)), shift: Math.round(seen.shift * 1000) / 1000, shifted: seen.shifted, strange,
    };
  } finally {
    await context.close();
  }
}

async function measureAll(browser, town) {
  const rows = [];
  await measure(browser, town, visits[1]); // a browser that was just started is slower than any phone
  for (const visit of visits) {
    const measured = [];
    for (let round = 0; round < rounds; round++) measured.push(await measure(browser, town, visit));
    measured.sort((a, b) => a.usableMs - b.usableMs);
    rows.push({ page: visit.name, isFirst: Boolean(visit.isFirst), ...measured[Math.floor(rounds / 2)] });
  }
  return rows;
}

const rowText = (row) => `${row.page.padEnd(16)} ${(row.bytes / 1024).toFixed(1).padStart(6)} KiB ${String(row.requests).padStart(3)} requests` +
  `  paint ${String(row.paintMs).padStart(5)} ms  largest ${String(row.largestMs).padStart(5)} ms  usable ${String(row.usableMs).padStart(5)} ms  shift ${row.shift}`;

export async function light(checks, browser, town) {
  for (const row of await measureAll(browser, town)) {
    console.log(`     ${rowText(row)}`);
    checks.none(`light: ${row.page} asks no other site`, row.strange);
    checks.that(`light: nothing moves on ${row.page}`, row.shift <= shiftMax, `${row.shift}: ${row.shifted.join()}`);
    if (!row.isFirst) continue;
    checks.that(`light: the first page is at most ${weightMax / 1024} KiB`, row.bytes <= weightMax, `${row.bytes} bytes`);
    checks.that(`light: and usable within ${usableMsMax} ms on a slow phone`, row.usableMs < usableMsMax, `${row.usableMs} ms`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const demo = await makeDemo();
  const town = await startTown(demo);
  const browser = await startBrowser();
  try {
    const rows = await measureAll(browser, town);
    for (const row of rows) console.log(rowText(row));
    const out = rows.map(({ shifted, strange, isFirst, ...row }) => ({ ...row, otherSites: strange.length }));
    if (process.argv[2]) await writeFile(process.argv[2], `${JSON.stringify(out, null, 2)}\n`);
  } finally {
    await browser.close();
    await town.stop();
    await demo.remove();
  }
}
