// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Without a network: own pages are read, photos and notes wait and are sent once, nothing stays for others.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { newPerson, signIn, startPhone } from "./browser.mjs";
import { startLine } from "./line.mjs";
import { photoPath } from "./town.mjs";

const run = promisify(execFile);
const waitMs = 15_000;

export async function offline(checks, browser, town) {
  for (const part of [installable, reading, closedBrowser, brokenUpload, lostAnswer, expired, signedOut, otherPerson, notPaid]) {
    const line = await startLine(town.url);
    await checks.part(`offline, ${part.name}`, () => part({ checks, browser, town, line }));
    await line.close();
  }
}

const textOf = async (page, selector = "main") => (await page.locator(selector).allInnerTexts()).join("\n");

async function until(tell, holds) {
  const end = Date.now() + waitMs;
  for (;;) {
    const found = await tell();
    if (holds(found) || Date.now() > end) return found;
    await new Promise((done) => { setTimeout(done, 200); });
  }
}

/** What the worker keeps: addresses of pages. */
const kept = (page) => page.evaluate(async () =>
  (await (await caches.open("pages")).keys()).map(({ url }) => new URL(url).pathname));
const ready = (page) => until(
  () => page.evaluate(() => Boolean(navigator.serviceWorker.controller)), Boolean);

/** A fresh claim of this persona; gives its path. The one before is given back, as 3 are the most. */
async function claims(town, persona) {
  const open = (await town.call(persona, "GET", "/v1/claims")).body.items;
  for (const { id, state } of open) if (state === "claimed") await town.call(persona, "POST", `/v1/claims/${id}/withdrawal`, {});
  const tasks = (await town.call(null, "GET", "/v1/tasks?state=open")).body.items;
  for (const { id } of tasks) {
    const made = await town.call(persona, "POST", `/v1/tasks/${id}/claims`, {});
    if (made.status === 201) return `/claims/${made.body.id}`;
  }
  throw new Error("no task can be claimed");
}
const claimOf = async (town, persona, path) => (await town.call(persona, "GET", `/v1${path}`)).body;

/** A phone with this persona signed in and the worker at work, on the page of a fresh claim. */
async function setOut({ browser, town, line }, persona = "resident") {
  const path = await claims(town, persona);
  const one = await newPerson(browser, line.url, { lang: "en" });
  one.page.on("dialog", (dialog) => dialog.accept());
  await signIn(one.page, persona);
  await ready(one.page);
  await one.page.goto(path);
  await until(() => kept(one.page), (names) => names.includes(path) && names.includes("/wallet"));
  return { ...one, path };
}

async function addPhoto(page, file = "bench-after") {
  await page.locator('input[name="moment"][value="after"]').check();
  await page.locator("#photo").setInputFiles(photoPath(file));
  await Promise.all([page.waitForEvent("load"), page.locator('form[action$="/evidence"] button[type="submit"]').click()]);
}
const waiting = (page) => page.locator("[data-unsent] > li").count();

async function installable({ checks, browser, line }) {
  const { context, page } = await newPerson(browser, line.url, { lang: "en" });
  await page.goto("/");
  await ready(page);
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // A context of its own is "incognito" to Chromium, where nothing is ever installed.
  const errors = installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito");
  checks.none("offline: nothing stands against installing", errors.map(({ errorId }) => errorId));
  const { errors: faults, data } = await session.send("Page.getAppManifest");
  checks.none("offline: the manifest has no faults", faults.map(({ message }) => message));
  checks.that("offline: there is a manifest", JSON.parse(data).icons.length > 1);
  await context.close();
}

async function reading(scene) {
  const { checks, browser, town, line } = scene;
  const { context, page, path, faults } = await setOut(scene);
  const claim = await claimOf(town, "resident", path);
  const balance = (await town.call("resident", "GET", "/v1/wallets/me")).body.availableCents;
  await page.goto("/claims");
  await page.goto("/tasks");
  line.cut();
  await page.goto("/claims");
  let text = await textOf(page);
  checks.that("offline: own tasks can be read", text.includes(claim.taskTitle), text);
  checks.that("offline: and say from when they are", /You are offline\. This is from \d\d:\d\d\./.test(text), text);
  await page.goto(path);
  checks.that("offline: what to do can be read", await page.locator(".instructions li").count() > 0, await textOf(page));
  await page.goto("/wallet");
  text = await textOf(page);
  const shown = String(balance % 100 ? (balance / 100).toFixed(2) : balance / 100);
  checks.that("offline: the last balance can be read", text.includes(shown) && /You are offline/.test(text), `${text}\nwanted ${shown}`);
  const look = await page.locator(".balance").evaluate((element) => getComputedStyle(element).backgroundColor);
  checks.that("offline: with its looks", look !== "rgba(0, 0, 0, 0)", look);
  await page.goto("/");
  checks.that("offline: so can the start page", /You are offline\. This is from/.test(await textOf(page)));
  await page.goto("/tasks");
  text = await textOf(page);
  checks.that("offline: another page says that it needs the internet", /This page needs the internet/.test(text), text);
  const odd = faults.filter((fault) => !/net::ERR_|Failed to load|The FetchEvent|network error/i.test(fault));
  checks.none("offline: no other console error", odd);
  await context.close();

  line.mend();
  const officer = await newPerson(browser, line.url, { lang: "de" });
  await signIn(officer.page, "inspector");
  await ready(officer.page);
  for (const at of ["/desk", "/desk/reviews", path, "/"]) await officer.page.goto(at);
  await new Promise((done) => { setTimeout(done, 500); });
  checks.none("offline: nothing of an officer is kept", await kept(officer.page));
  line.cut();
  await officer.page.goto("/desk");
  checks.that("offline: it is told in German", /Du bist offline/.test(await textOf(officer.page)), await textOf(officer.page));
  await officer.context.close();
}

async function closedBrowser({ checks, town, line }) {
  const folder = await mkdtemp(join(tmpdir(), "wesh-phone-"));
  const path = await claims(town, "resident");
  const open = () => startPhone(folder, line.url);
  try {
    let { context, page } = await open();
    await signIn(page, "resident");
    await ready(page);
    await page.goto(path);
    await until(() => kept(page), (names) => names.includes(path));
    line.cut();
    await page.goto(path);
    checks.equal("offline: handing in waits for a photo", await page.locator('form[action$="/submission"]').count(), 0);
    await addPhoto(page, "bench-before");
    await page.locator("[data-unsent] img").first().waitFor();
    await addPhoto(page, "bench-after");
    await until(() => waiting(page), (count) => count === 2);
    checks.equal("offline: both photos are marked", await waiting(page), 2);
    const marks = await textOf(page, "[data-unsent]");
    checks.that("offline: the marks say 'Not sent yet'", /Not sent yet/.test(marks), marks);
    const line1 = await textOf(page, "[data-unsent-line]");
    checks.that("offline: the page counts them", /2 photos or notes are not sent yet/.test(line1), line1);
    await page.fill("#note", "Done.\nTwo coats.");
    await page.fill("#minutesWorked", "45");
    await Promise.all([page.waitForEvent("load"), page.locator('form[action$="/submission"] button').click()]);
    await until(() => waiting(page), (count) => count === 3);
    checks.that("offline: the note waits too", /Two coats/.test(await textOf(page, "[data-unsent]")), await textOf(page));
    await context.close();
    checks.equal("offline: the town has nothing yet", (await claimOf(town, "resident", path)).evidence.length, 0);

    line.mend();
    ({ context, page } = await open());
    await page.goto("/");
    const claim = await until(() => claimOf(town, "resident", path), ({ state }) => state === "submitted");
    checks.equal("offline: opened again, all is sent", claim.state, "submitted");
    checks.equal("offline: each photo once", claim.evidence.length, 2);
    checks.equal("offline: with the note", claim.note, "Done.\nTwo coats.");
    checks.equal("offline: and the minutes", claim.minutesWorked, 45);
    await until(() => page.locator("[data-unsent-line]").isHidden(), Boolean);
    await page.goto(path);
    checks.equal("offline: no mark is left", await waiting(page), 0);
    await context.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sends what waits, by the button; gives the claim as the town has it then. */
async function sendNow({ town, line }, page, path, holds) {
  line.mend();
  await page.locator("[data-send]").click();
  await until(async () => holds(await claimOf(town, "resident", path)), Boolean);
  return claimOf(town, "resident", path);
}

async function brokenUpload(scene) {
  const { checks, line } = scene;
  const { context, page, path } = await setOut(scene);
  line.cutAfter(20_000);
  await addPhoto(page);
  await page.locator("[data-unsent] > li").first().waitFor();
  checks.equal("offline: an upload that broke off waits", await waiting(page), 1);
  const claim = await sendNow(scene, page, path, ({ evidence }) => evidence.length > 0);
  checks.equal("offline: and is sent by the button, once", claim.evidence.length, 1);
  await until(() => page.locator(".photo-grid figure img").count(), (count) => count === 1);
  checks.equal("offline: then the page shows it as sent", await waiting(page), 0);
  await context.close();
}

async function lostAnswer(scene) {
  const { checks, line, town } = scene;
  const { context, page, path } = await setOut(scene);
  line.swallow();
  await addPhoto(page);
  await page.locator("[data-unsent] > li").first().waitFor();
  checks.equal("offline: a photo came but nobody heard it", (await claimOf(town, "resident", path)).evidence.length, 1);
  line.mend();
  // The browser's own wish to send later, without anybody pressing a button.
  const session = await context.newCDPSession(page);
  const versions = new Promise((resolve) => { session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations.length && resolve(registrations)); });
  await session.send("ServiceWorker.enable");
  const [{ registrationId }] = await versions;
  await session.send("ServiceWorker.dispatchSyncEvent", { origin: new URL(page.url()).origin, registrationId, tag: "unsent", lastChance: false });
  await until(() => waiting(page), (count) => count === 0);
  checks.equal("offline: Background Sync sends it", await waiting(page), 0);
  checks.equal("offline: and it is there once", (await claimOf(town, "resident", path)).evidence.length, 1);
  await context.close();
}

/** Puts the claim's end into the past, in the town's books. */
async function endTime(town, path) {
  const id = path.split("/").at(-1).replaceAll("-", "");
  await run("sqlite3", [join(town.home, "data/wesh.sqlite"), ".timeout 5000",
    `UPDATE claim SET deadline_at = 1 WHERE hex(id) = upper('${id}'); SELECT changes();`]).then(({ stdout }) => {
    if (stdout.trim() !== "1") throw new Error(`the claim's time was not ended: ${stdout}`);
  });
}

async function expired(scene) {
  const { checks, line, town } = scene;
  const { context, page, path } = await setOut(scene);
  line.cut();
  await page.goto(path);
  await addPhoto(page);
  await page.locator("[data-unsent] > li").first().waitFor();
  await endTime(town, path);
  line.mend();
  await page.goto(path);
  await page.locator("[data-refused]:visible").first().waitFor();
  const told = await textOf(page, "[data-unsent]");
  checks.that("offline: a task that ended meanwhile: the page says why it was not sent", /Could not be sent[\s\S]*(time for this task is over|can.t be done)/i.test(told), told);
  checks.that("offline: and counts it", /1 could not be sent/.test(await textOf(page, "[data-unsent-line]")), await textOf(page, "[data-unsent-line]"));
  await page.locator("[data-drop]").first().click();
  await until(() => waiting(page), (count) => count === 0);
  checks.equal("offline: it can be thrown away", await waiting(page), 0);
  await context.close();
}

const keptPrivate = async (page) => (await kept(page)).filter((name) => name !== "/");
const unsentCount = (page) => page.evaluate(() => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => resolve(data.length);
  navigator.serviceWorker.ready.then(({ active }) => active.postMessage({ type: "list" }, [port2]));
}));

async function signedOut(scene) {
  const { checks, line, town } = scene;
  const { context, page, path } = await setOut(scene);
  const asked = [];
  page.on("dialog", (dialog) => asked.push(dialog.message()));
  line.cutAfter(20_000);
  await addPhoto(page);
  await page.locator("[data-unsent] > li").first().waitFor();
  line.mend();
  await page.evaluate(() => document.querySelector('form[action="/sign-out"]').closest("details").setAttribute("open", ""));
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/sign-out"));
  await Promise.all([page.waitForEvent("load"), page.locator('form[action="/sign-out"] button').click()]);
  checks.that("offline: signing out asks, as something waits", asked.some((words) => /not sent yet/.test(words)), asked.join());
  checks.that("offline: the answer clears what the browser keeps", /"storage"/.test((await (await answered).allHeaders())["clear-site-data"] ?? ""));
  await ready(page);
  checks.none("offline: signed out, no page of theirs is kept", await keptPrivate(page));
  checks.equal("offline: nor a photo", await unsentCount(page), 0);
  line.cut();
  await page.goto("/wallet");
  checks.that("offline: nor can it be read", /This page needs the internet/.test(await textOf(page)), await textOf(page));
  checks.equal("offline: and it was not sent", (await claimOf(town, "resident", path)).evidence.length, 0);
  await context.close();
}

async function otherPerson(scene) {
  const { checks, line, town } = scene;
  const { context, page, path } = await setOut(scene);
  line.cutAfter(20_000);
  await addPhoto(page);
  await page.locator("[data-unsent] > li").first().waitFor();
  await context.clearCookies();
  line.mend();
  await signIn(page, "resident2");
  await until(() => kept(page), (names) => !names.includes(path));
  checks.that("offline: another person signs in: the first one's task is gone", !(await kept(page)).includes(path));
  checks.equal("offline: and the first one's photos", await unsentCount(page), 0);
  checks.equal("offline: which were not sent", (await claimOf(town, "resident", path)).evidence.length, 0);
  await context.close();
}

async function notPaid(scene) {
  const { checks, line, town } = scene;
  const { context, page } = await setOut(scene);
  const request = (await town.call("cashier", "POST", "/v1/payment-requests", { amountCents: 100 })).body;
  await page.goto(`/pay/${request.id}`);
  line.cut();
  await Promise.all([page.waitForEvent("load"), page.locator('.sheet form[action^="/pay/"] button').click()]);
  checks.that("offline: a payment says that it needs the internet", /Paying needs the internet/.test(await textOf(page)), await textOf(page));
  line.mend();
  await page.goto("/wallet");
  await until(() => unsentCount(page), (count) => count === 0);
  await new Promise((done) => { setTimeout(done, 1000); });
  const now = (await town.call("cashier", "GET", `/v1/payment-requests/${request.id}`)).body;
  checks.equal("offline: and is never made later", now.state, "open");
  await context.close();
}
