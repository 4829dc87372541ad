// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Every page that a person of the demo can reach, in each language, theme and width: whole, valid,
// translated, and readable for everybody.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";
import { desk, newPerson, phone, signIn } from "./browser.mjs";
import { photoPath, wesh } from "./town.mjs";

const langs = ["nl", "en", "de"];
const widthMin = 320; // WCAG 2.2, 1.4.10: no scrolling in two directions
const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  elements: ["html5"],
  rules: {
    "no-redundant-role": "off", // role="list" keeps lists without bullets lists in Safari
    "aria-label-misuse": ["error", { allowAnyNamable: true }], // a list of steps may have a name
    "meta-refresh": "off", // only in <noscript>, on the till, which must tell by itself that it is paid
    "long-title": "off", // titles hold people's own words
    "no-trailing-whitespace": "off", // a block of a template that is left out leaves its spaces
    "void-style": ["error", { style: "omit" }],
  },
});

// Words that a page in another language can't have. The tasks of the demo are in Dutch.
const englishWords = /\b(the|your|you|this|with|from|tasks?|sign in|sign out|paid|near|nothing|shops|hours?|minutes)\b/i;
const rawKey = /\b[a-z]+(?:\.[a-z-]+)*\.[a-z-]+:[a-z]/;

export async function pages(checks, browser, town) {
  const visits = await makeVisits(town);
  await covers(checks, visits);
  const axe = await readFile(axePath, "utf8");
  const found = new Map(visits.map(({ name }) => [name, []]));
  const personas = [...new Set(visits.map(({ persona }) => persona))];
  const rounds = personas.flatMap((persona) => langs.map((lang) => ({ persona, lang })));
  await Promise.all([0, 1].map(async () => {
    for (let round; (round = rounds.shift());) await walk(browser, town, { axe, visits, found, ...round });
  }));
  for (const [name, problems] of found) checks.none(`page ${name}`, [...new Set(problems)]);
}

/** One person's pages in one language. */
async function walk(browser, town, { persona, lang, visits, found, axe }) {
  const { context, page, faults } = await newPerson(browser, town.url, { lang });
  if (persona !== "anyone") await signIn(page, persona);
  for (const visit of visits.filter((one) => one.persona === persona)) {
    const problems = found.get(visit.name);
    const tell = (text) => problems.push(`${lang}: ${text}`);
    try {
      await look(page, visit, lang, axe, tell);
    } catch (error) {
      tell(error.message);
    }
    for (const fault of faults.splice(0)) tell(fault);
  }
  await context.close();
}

async function look(page, visit, lang, axe, tell) {
  await page.setViewportSize(phone);
  const answer = await page.goto(visit.path);
  const status = visit.status ?? 200;
  if (answer.status() !== status) tell(`status ${answer.status()}, not ${status}`);
  await validate(await answer.text(), tell);

  const seen = await page.evaluate(readPage);
  if (seen.lang !== lang) tell(`it is in ${seen.lang}`);
  if (seen.headings !== 1) tell(`${seen.headings} h1`);
  if (!/.+ · WESH$/.test(seen.title)) tell(`its title is '${seen.title}'`);
  const key = seen.words.match(rawKey);
  if (key) tell(`a text without a translation: ${around(seen.words, key)}`);
  const word = lang !== "en" && `${seen.title}\n${seen.words}`.match(englishWords);
  if (word) tell(`English: ${around(`${seen.title}\n${seen.words}`, word)}`);

  for (const size of [phone, desk]) {
    await page.setViewportSize(size);
    for (const theme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: theme });
      if (lang === "nl" && (size === phone || theme === "light")) await beFair(page, axe, `${size.width} ${theme}`, tell);
    }
    await fits(page, size.width, tell);
  }
  await page.setViewportSize({ width: widthMin, height: 640 });
  await fits(page, widthMin, tell);
}

/** Runs in the page: what it says, also to those who don't see it. */
function readPage() {
  const named = [...document.querySelectorAll("[aria-label], [alt], [placeholder], [data-label]")].flatMap((element) =>
    ["aria-label", "alt", "placeholder", "data-label"].map((name) => element.getAttribute(name) ?? ""));
  for (const menu of document.querySelectorAll(".menu [lang]")) menu.remove(); // the names of languages
  return {
    lang: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll("h1").length,
    words: [document.body.textContent, ...named].join("\n").replace(/\s+/g, " "),
  };
}

function around(text, found) {
  return `…${text.slice(Math.max(0, found.index - 40), found.index + 40)}…`;
}

async function validate(html, tell) {
  const report = await validator.validateString(html);
  for (const { messages } of report.results) {
    for (const { ruleId, message, line } of messages) tell(`html-validate ${ruleId}: ${message}, line ${line}`);
  }
}

async function beFair(page, axe, where, tell) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async (tags) => {
    const result = await window.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    return result.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  }, axeTags);
  for (const violation of violations) tell(`axe, ${where}: ${violation}`);
}

async function fits(page, width, tell) {
  const wide = await page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return null;
    const guilty = [...document.body.querySelectorAll("*")].filter((element) =>
      element.getBoundingClientRect().right > root.clientWidth + 1).map((element) => element.outerHTML.slice(0, 90));
    return `${root.scrollWidth} px: ${guilty.slice(0, 3).join(" | ")}`;
  });
  if (wide) tell(`scrolls sideways at ${width}: ${wide}`);
}

/* Pages in the middle of signing in, which only a code or a link of that moment opens: test/signin goes there. */
const inSignIn = ["/sign-in/code/{ticket}", "/sign-in/mail/{secret}", "/sign-up/{secret}", "/signed-out/{provider}"];

/** Each page of the routes is visited by at least one of those it is for. */
async function covers(checks, visits) {
  const routes = JSON.parse(await wesh("routes", "--json"));
  const pages = routes.filter(({ method, kind, path }) => method === "GET" && kind === "READ" && !path.startsWith("/v1/"));
  const missed = pages.filter(({ path }) => !inSignIn.includes(path)).filter(({ path }) => {
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
    return !visits.some((visit) => !visit.status && pattern.test(visit.path.split("?")[0]));
  });
  checks.none("every page of the routes is visited", missed.map(({ path }) => path));
}

/** What the demo lacks is made over the API, so that each page is seen in its states. */
async function makeVisits({ call, set, people }) {
  const get = async (persona, path) => (await call(persona, "GET", path)).body;
  const post = async (persona, path, body) => {
    const answer = await call(persona, "POST", path, body);
    if (answer.status >= 300) throw new Error(`${persona} POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await set("review.undo-seconds", 0);
  const heerlen = (await get("anyone", "/v1/municipalities")).items.find(({ code }) => code === "GM0917");
  const tasks = (await get("anyone", `/v1/tasks?state=open&municipality=${heerlen.id}&limit=20`)).items;
  const claims = (await get("resident", "/v1/claims")).items;
  const withPhotos = async (persona, task) => {
    const claim = await post(persona, `/v1/tasks/${task}/claims`, {});
    for (const moment of ["before", "after"]) {
      const form = new FormData();
      form.set("moment", moment);
      form.set("photo", new Blob([await readFile(photoPath(`bin-${moment}`))], { type: "image/jpeg" }), "photo.jpg");
      await post(persona, `/v1/claims/${claim.id}/evidence`, form);
    }
    return claim.id;
  };
  const had = [...claims, ...(await get("resident2", "/v1/claims")).items].map(({ taskId }) => taskId);
  const free = tasks.filter(({ id, places, placesTaken }) => places > placesTaken && !had.includes(id)).map(({ id }) => id);
  const withdrawn = (await post("resident", `/v1/tasks/${free[4]}/claims`, {})).id;
  await post("resident", `/v1/claims/${withdrawn}/withdrawal`, {});
  const handIn = async (persona, task) => {
    const claim = await withPhotos(persona, task);
    await post(persona, `/v1/claims/${claim}/submission`, { note: "Klaar. Het deksel klemt nog.", minutesWorked: 40 });
    return claim;
  };
  const rework = await handIn("resident", free[1]);
  const rejected = await handIn("resident", free[2]);
  const waiting = await handIn("resident2", free[3]);
  const doing = await withPhotos("resident", free[0]);
  await post("inspector", `/v1/claims/${rework}/reviews`, { outcome: "rework", reason: "De achterkant is nog vuil." });
  await post("inspector", `/v1/claims/${rejected}/reviews`, { outcome: "rejected", reason: "Dit is een andere bak." });

  const place = await get("anyone", `/v1/tasks/${free[0]}`);
  const draft = await post("author", "/v1/tasks", {
    title: "Verf het hek bij de kinderboerderij", description: "Het hek bladdert.", instructions: "Schuur.\nVerf.", category: "other",
    minutes: 60, rewardCents: 500, places: 2, location: place.location, neighbourhood: place.neighbourhood, extraWorkReason: "De gemeente doet dit eens per tien jaar.",
  });
  const request = (body) => post("cashier", "/v1/payment-requests", body);
  const open = await request({ amountCents: 350, description: "Koffie en taart" });
  const paid = await request({ amountCents: 125 });
  const cancelled = await request({ amountCents: 200 });
  await post("cashier", `/v1/payment-requests/${cancelled.id}/cancellation`, {});
  const payment = await post("resident", "/v1/payments", { paymentRequestId: paid.id });
  await post("cashier", `/v1/payments/${payment.id}/refunds`, { amountCents: 25, reason: "Te veel gerekend" });
  const due = await get("treasurer", "/v1/payouts/due");
  const payout = await post("treasurer", "/v1/payouts", { issuer: due.items[0].issuer });
  const shop = (await get("anyone", "/v1/shops")).items[0].id;
  const done = claims.find(({ state }) => state === "approved").id;
  const secret = new URL(people.author.signInUrl).pathname;
  const category = tasks[0].category;

  const visits = [];
  const visit = (persona, name, path, status) => visits.push({ persona, name: `${persona} ${name}`, path, status });
  for (const [name, path] of [["start", "/"], ["tasks", "/tasks"], ["tasks of a kind", `/tasks?category=${category}`],
    ["tasks of a place", `/tasks?neighbourhood=${place.neighbourhood}`], ["no tasks", `/tasks?category=night-watch&neighbourhood=${place.neighbourhood}`],
    ["task", `/tasks/${free[0]}`], ["shops", "/shops"], ["shop", `/shops/${shop}`], ["tasks by filter", "/tasks?light=true&minutesMax=60&category=litter,social"],
    ["tasks on the map", "/tasks/map"], ["shops on the map", "/shops/map"], ["poster", `/tasks/${free[0]}/poster`], ["window sign", `/shops/${shop}/sign`],
    ["about", "/about"], ["design", "/design"], ["sign-in", "/sign-in"], ["offline", "/offline"], ["sign-in link", secret],
    ["sign-up", "/sign-up"], ["recovery", "/sign-in/recovery"], ["demo mail", "/demo/mail"],
    ["payment request", `/pay/${open.id}`]]) visit("anyone", name, path);
  visit("anyone", "page that isn't there", "/tasks/nowhere", 404);
  for (const [name, path] of [["start", "/"], ["task", `/tasks/${free[5]}`], ["task being done", `/tasks/${free[0]}`], ["claims", "/claims"],
    ["claim in hand", `/claims/${doing}`], ["claim to improve", `/claims/${rework}`], ["claim rejected", `/claims/${rejected}`],
    ["claim withdrawn", `/claims/${withdrawn}`], ["claim approved", `/claims/${done}`], ["giving back", `/claims/${doing}/withdrawal`],
    ["wallet", "/wallet"], ["pay", "/pay"], ["payment request", `/pay/${open.id}`], ["request paid", `/pay/${paid.id}`],
    ["request cancelled", `/pay/${cancelled.id}`], ["payment", `/payments/${payment.id}`], ["profile", "/me"],
    ["ways in", "/me/access"], ["recovery code", "/me/recovery"], ["confirm", "/confirm"]]) visit("resident", name, path);
  visit("resident", "page for officers", "/desk", 403);
  visit("resident2", "claim handed in", `/claims/${waiting}`);
  visit("steward", "desk", "/desk");
  visit("steward", "queue", "/desk/reviews");
  for (const [name, path] of [["start", "/"], ["desk", "/desk"], ["queue", "/desk/reviews"], ["check", `/desk/reviews/${waiting}`],
    ["checked", `/desk/reviews/${rejected}`], ["claim", `/claims/${done}`], ["profile", "/me"]]) visit("inspector", name, path);
  for (const [name, path] of [["desk", "/desk"], ["drafts", "/desk/tasks"], ["new task", "/desk/tasks/new"], ["own draft", `/tasks/${draft.id}`]]) visit("author", name, path);
  for (const [name, path] of [["drafts", "/desk/tasks"], ["draft", `/tasks/${draft.id}`], ["withdrawal", `/tasks/${draft.id}/withdrawal`],
    ["open task", `/tasks/${free[5]}`]]) visit("manager", name, path);
  for (const [name, path] of [["start", "/"], ["till", "/till"], ["request", `/till/${open.id}`], ["paid request", `/till/${paid.id}`],
    ["cancelled request", `/till/${cancelled.id}`], ["payment", `/payments/${payment.id}`]]) visit("cashier", name, path);
  visit("owner", "till", "/till");
  for (const [name, path] of [["desk", "/desk"], ["payouts", "/desk/payouts"], ["payout", `/desk/payouts/${payout.id}`]]) visit("treasurer", name, path);
  visit("treasurer2", "payout", `/desk/payouts/${payout.id}`);
  visit("auditor", "desk", "/desk");
  visit("auditor", "payouts", "/desk/payouts");
  visit("auditor", "payout", `/desk/payouts/${payout.id}`);
  return visits;
}
