// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// The main job as people live it in a browser: from a task near home to euros at the shop's bank.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { newPerson, signIn } from "./browser.mjs";
import { photoPath, root } from "./town.mjs";

const run = promisify(execFile);
const paymentSchema = join(root, "../shared/conformance/pain.001.001.09.xsd");
const undoSeconds = 10, undoSecondsShort = 1;
const reviewMsMax = 5000; // until the background job has posted the verdict
const liveMsMax = 2000;
const reloadMsMax = 15_000;

export async function story(checks, browser, town, javascript) {
  const name = javascript ? "story" : "story without JavaScript";
  const people = {};
  const that = (what, holds, told) => checks.that(`${name}: ${what}`, holds, told);
  const person = async (persona) => {
    if (!people[persona]) {
      people[persona] = await newPerson(browser, town.url, { lang: "en", javascript });
      people[persona].page.on("dialog", (dialog) => dialog.accept());
      if (persona !== "resident") await signIn(people[persona].page, persona);
    }
    return people[persona].page;
  };
  const scene = { town, that, person, javascript, checks, name };
  await checks.part(name, async () => {
    await findsTask(scene);
    await doesTask(scene);
    await isChecked(scene);
    await getsCoins(scene);
    await pays(scene);
    await isRefunded(scene);
    await isPaidOut(scene);
    const faults = Object.values(people).flatMap(({ faults }) => faults);
    checks.none(`${name}: no console error and no CSP violation`, faults);
  });
  for (const { context } of Object.values(people)) await context.close();
}

const pathOf = (page) => new URL(page.url()).pathname;
const textOf = async (page, selector = "main") => (await page.locator(selector).allInnerTexts()).join("\n");

/** Presses a button and waits for the page behind it. */
async function press(page, selector) {
  await Promise.all([page.waitForEvent("load"), page.locator(selector).click()]);
}

async function findsTask(scene) {
  const { that, person } = scene;
  const page = await person("resident");
  await page.goto("/");
  that("the start page says what this is", /do something good/i.test(await textOf(page, "h1")), await textOf(page, "h1"));
  await press(page, ".hero .button--primary");
  that("a visitor sees the tasks", pathOf(page) === "/tasks" && await page.locator(".task-card").count() > 5);
  await press(page, ".task-card .card-link >> nth=0");
  that("a visitor reads what to do and is asked to sign in",
    await page.locator(".instructions li").count() > 0 && await page.locator('.action-bar a[href^="/sign-in"]').count() === 1);
  await press(page, '.action-bar a[href^="/sign-in"]');
  await press(page, '[data-persona="resident"]');
  that("signing in leads back to the task", /^\/tasks\//.test(pathOf(page)), page.url());
  await press(page, ".brand");
  that("the resident is greeted, with tasks from their own neighbourhood",
    /Amina/.test(await textOf(page, "h1")) && /Grasbroek/.test(await textOf(page)), await textOf(page));
  await press(page, ".task-card .card-link >> nth=0");
  that("a task says who keeps the place and why it is extra", /who keeps this place[\s\S]*why this is extra/i.test(await textOf(page, ".facts")));
  scene.task = await textOf(page, "h1");
  await press(page, 'form[action$="/claims"] button');
  scene.claim = pathOf(page);
  that("claiming leads to the claim", /^\/claims\//.test(scene.claim), page.url());
  that("the claim has a deadline", /hand in before/i.test(await textOf(page, ".deadline")));
}

async function addPhoto(page, moment, file) {
  await page.locator(`input[name="moment"][value="${moment}"]`).check();
  await page.locator("#photo").setInputFiles(photoPath(file));
  await press(page, `form[action$="/evidence"] button[type="submit"]`);
}

async function doesTask({ that, person, claim }) {
  const page = await person("resident");
  that("handing in waits for a photo", await page.locator('form[action$="/submission"]').count() === 0);
  await addPhoto(page, "before", "bench-before");
  await addPhoto(page, "after", "bench-after");
  that("both photos are there", await page.locator(".photo-grid figure img").count() === 2, await textOf(page));
  const seen = await page.locator(".photo-grid img >> nth=0").evaluate((image) =>
    image.decode().then(() => image.naturalWidth, () => 0));
  that("and can be seen", seen > 0, `the first is ${seen} px wide`);
  await page.fill("#note", "Two coats of green, and the bolts are tight again.");
  await page.fill("#minutesWorked", "50");
  await press(page, 'form[action$="/submission"] button');
  that("it is handed in", pathOf(page) === claim && /you have handed it in/i.test(await textOf(page)), await textOf(page));
}

/** Loads the page again until its text has this; it may be loading itself again at that moment. */
async function reads(page, path, words, ms = reloadMsMax) {
  const until = Date.now() + ms;
  for (;;) {
    const text = await page.goto(path).then(() => textOf(page)).catch(() => "");
    if (words.test(text) || Date.now() > until) return { found: words.test(text), text };
    await page.waitForTimeout(250);
  }
}

async function isChecked({ town, that, person, claim, task, checks, name, javascript }) {
  const page = await person("inspector");
  const resident = await person("resident");
  const check = `/desk/reviews/${claim.split("/")[2]}`;
  await town.set("review.undo-seconds", undoSeconds);
  await page.goto("/desk/reviews");
  await press(page, `a[href="${check}"]`);
  that("the inspector sees photos, the note and what was asked",
    await page.locator(".photo-grid img").count() === 2 && /two coats of green/i.test(await textOf(page)) &&
    await page.locator(".instructions li").count() > 0, await textOf(page));
  await press(page, 'form:has(input[name="outcome"][value="approved"]) button');
  that("after approving, the queue offers to take it back", pathOf(page).startsWith("/desk/reviews") &&
    await page.locator('form[action$="/take-back"]').count() === 1, await textOf(page));
  await resident.goto(claim);
  that("the resident still reads that it is being checked", /you have handed it in/i.test(await textOf(resident)));
  await press(page, 'form[action$="/take-back"] button');
  await page.goto(check);
  that("a verdict taken back can be given again", await page.locator('textarea[name="reason"]').count() === 1, await textOf(page));

  await town.set("review.undo-seconds", undoSecondsShort);
  await page.locator("details.more summary").click();
  await page.fill("#reason", "The left armrest still shows bare wood.");
  await press(page, 'button[value="rework"]');
  const rework = await reads(resident, claim, /left armrest/);
  that("the resident reads what to improve", rework.found && /hand in before/i.test(rework.text), rework.text);
  await addPhoto(resident, "after", "bench-after");
  await press(resident, 'form[action$="/submission"] button');
  that("the resident hands in again", /you have handed it in/i.test(await textOf(resident)), await textOf(resident));

  await resident.goto("/wallet");
  const before = Number((await town.call("resident", "GET", "/v1/wallets/me")).body.availableCents);
  await page.goto(check);
  that("the inspector sees the first verdict", /left armrest/.test(await textOf(page)));
  await resident.goto(claim);
  await press(page, 'form:has(input[name="outcome"][value="approved"]) button');
  if (javascript) {
    const told = resident.locator(".notice--good").waitFor({ timeout: liveMsMax + 1000 * undoSecondsShort + reviewMsMax });
    that("the resident's page tells it by itself", await told.then(() => true, () => false), await textOf(resident));
  }
  const approved = await reads(resident, claim, /thank you/i);
  that("the resident reads what was done and what they got", approved.found && approved.text.includes(task) &&
    /is yours/.test(approved.text), approved.text);
  that("and the nearest shop that takes it", await resident.locator(".shop-card").count() === 1, approved.text);
  const reward = Number((await town.call("resident", "GET", `/v1${claim}`)).body.rewardCents);
  const after = Number((await town.call("resident", "GET", "/v1/wallets/me")).body.availableCents);
  checks.equal(`${name}: the wallet holds the reward more`, after - before, reward);
}

async function getsCoins({ that, person, task }) {
  const page = await person("resident");
  await press(page, '.button--primary[href="/wallet"]');
  const row = await textOf(page, ".row >> nth=0");
  that("the wallet's history begins with this task", row.includes(task) && /\+/.test(row), row);
}

async function pays(scene) {
  const { that, person, javascript } = scene;
  const till = await person("cashier");
  const page = await person("resident");
  await till.goto("/till");
  that("the till says what reaches the bank and when", /€ \d.*bank|paid out/i.test(await textOf(till, ".bank-line")), await textOf(till, ".bank-line"));
  await till.fill("#amount", "2,50");
  await till.fill("#description", "Bread");
  await press(till, ".till-entry button[type=submit]");
  const request = pathOf(till);
  that("the till shows a QR code and a short code", await till.locator("img.qr").count() === 1 &&
    /^[A-Z0-9]{3} ?[A-Z0-9]{3}$/.test((await textOf(till, ".code")).trim()), await textOf(till));
  const code = await textOf(till, ".code");
  await till.evaluate(() => { window.sameDocument = true; });
  await page.goto("/pay");
  await page.fill("#code", code.toLowerCase());
  await press(page, 'form[action="/pay"] button');
  that("the resident sees the shop and the amount", /2\.50/.test(await textOf(page)) && /Bread/.test(await textOf(page)), await textOf(page));

  const paid = till.locator('#till-live[data-state="paid"]').waitFor({ timeout: reloadMsMax }).then(() => Date.now());
  const began = Date.now();
  await press(page, '.sheet form[action^="/pay/"] button');
  scene.payment = pathOf(page);
  that("the resident reads that it is paid", /^\/payments\//.test(scene.payment) && /paid/i.test(await textOf(page, "h1")), page.url());
  const took = await paid - began;
  if (javascript) {
    that(`the till shows it live, in ${took} ms, without a reload`, took < liveMsMax &&
      await till.evaluate(() => window.sameDocument === true), `${took} ms`);
  } else {
    that(`the till shows it by its refresh, after ${took} ms`, took < reloadMsMax);
  }
  that("and it is the same page", pathOf(till) === request && /paid/i.test(await textOf(till, "h1")));
}

async function isRefunded({ that, person, payment }) {
  const till = await person("cashier");
  const page = await person("resident");
  await press(till, `#till-live a[href="${payment}"]`);
  await till.fill("#amount", "1");
  await till.fill("#reason", "One loaf too many");
  await press(till, 'form[action$="/refunds"] button');
  that("the refund is on the receipt", /one loaf too many/i.test(await textOf(till, ".receipt")), await textOf(till));
  await page.goto("/wallet");
  const row = await textOf(page, ".row >> nth=0");
  that("and in the resident's wallet", /given back/i.test(row) && /\+ ?1/.test(row), row);
}

async function isPaidOut({ town, that, person, checks, name }) {
  const first = await person("treasurer");
  const second = await person("treasurer2");
  await first.goto("/desk/payouts");
  await press(first, 'form[action="/desk/payouts"] button');
  const payout = pathOf(first);
  that("one who proposed a payout can't approve it", /^\/desk\/payouts\//.test(payout) &&
    await first.locator('form[action$="/approval"]').count() === 0, await textOf(first));
  await second.goto(payout);
  await press(second, 'form[action$="/approval"] button');
  await second.goto(payout);
  const [download] = await Promise.all([second.waitForEvent("download"), second.locator("a[download]").click()]);
  const file = join(town.home, "pain001.xml");
  await download.saveAs(file);
  that("a second officer approves and gets the bank file", /\.xml$/.test(download.suggestedFilename()), download.suggestedFilename());
  if (!existsSync(paymentSchema)) {
    checks.skip(`${name}: the bank file follows pain.001.001.09`, "the schema is not here");
    return;
  }
  const lint = await run("xmllint", ["--noout", "--nonet", "--schema", paymentSchema, file]).catch((error) => error);
  that("the bank file follows pain.001.001.09", !(lint instanceof Error), lint.stderr);
}
