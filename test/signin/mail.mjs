// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Signing in and up by e-mail, the recovery code, and sessions.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { newestMessage, signUpPlain } from "./visitor.mjs";

const refusedAddresses = ["", "ann", "ann@", "@example.org", "ann@localhost", "a b@example.org",
  "ann@example.org\r\nBcc: eve@example.org", "ann@example.org,eve@example.org", "<ann@example.org>",
  "\u0430nn@example.org", "ann@ex\u00e4mple.org", `${"a".repeat(65)}@example.org`, "ann@127.0.0.1",
  "ann@example.org%0d%0aBcc:eve@example.org\n"];

async function askFor(visitor, email, next = "/wallet") {
  return visitor.post("/sign-in/email", { email, ...(next ? { next } : {}) });
}

async function signUp(checks, place) {
  const ann = place.visitor();
  const asked = await askFor(ann, " Ann@Example.org ");
  checks.that("asking leads to the page for the code", asked.status === 303 && asked.location.startsWith("/sign-in/code/"));
  const message = await newestMessage(ann, "ann@example.org");
  checks.that("the message holds a code and a link", message?.code && message.path);
  const wrong = message.code === "000000" ? "000001" : "000000";
  const missed = await ann.post(asked.location, { code: wrong });
  checks.that("a wrong code is told beside the field", missed.status === 403 && missed.text.includes("This code is not right"));
  const entered = await ann.post(asked.location, { code: ` ${message.code.slice(0, 3)} ${message.code.slice(3)}` });
  checks.that("the right one leads to signing up", entered.location?.startsWith("/sign-up/"));
  checks.that("nobody is signed in yet", !ann.signedIn);
  const again = await ann.post(asked.location, { code: message.code });
  checks.equal("a code works once", again.status, 410);
  const byLink = await ann.post(message.path);
  checks.equal("and uses the link up", byLink.status, 410);

  const year = new Date().getFullYear();
  const right = { name: "Ann", birthMonth: 5, birthYear: 1980, language: "en" };
  for (const [what, form, status, said] of [
    ["a child", { ...right, birthMonth: 1, birthYear: year - 10 }, 403, "Ask at the counter"],
    ["who turns 16 this month", { ...right, birthMonth: new Date().getMonth() + 1, birthYear: year - 16 }, 403, "Ask at the counter"],
    ["born next year", { ...right, birthYear: year + 1 }, 400, "can&#39;t be the month"],
    ["without a birth month", { ...right, birthMonth: "" }, 400, "can&#39;t be the month"],
    ["a name in two scripts", { ...right, name: "\u0410nn" }, 400, "one kind of letters"],
    ["a name turned around", { ...right, name: "Ann\u202egro" }, 400, "one kind of letters"],
    ["an unknown neighbourhood", { ...right, neighbourhood: "01a1f071-fc1c-7e9f-bfe8-bd5cb156e849" }, 400, "know this neighbourhood"],
  ]) {
    const refused = await ann.post(entered.location, form);
    checks.that(`no account for ${what}`, refused.status === status && refused.text.replaceAll("'", "&#39;").includes(said),
      `${refused.status} ${refused.text.match(/error-summary[\s\S]{0,400}/)?.[0]}`);
  }
  const made = await ann.post(entered.location, right);
  checks.equal("then back to where they wanted to be", made.location, "/wallet");
  checks.equal("and signed in there", (await ann.get("/wallet")).status, 200);
  checks.equal("signing up works once", (await place.visitor().get(entered.location)).status, 410);
  const folder = join(place.data, "mail");
  const look = async () => (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".eml"));
  let files = await look();
  for (let i = 0; files.length === 0 && i < 100; i++) { // an errand brings it there
    await new Promise((done) => { setTimeout(done, 100); });
    files = await look();
  }
  checks.that("the message also lies in the folder", files.length > 0);
  const raw = await readFile(join(folder, files[0]), "utf8");
  checks.that("as mail is written", /^From: WESH <[^>]+>\r\nTo: <ann@example\.org>\r\nSubject: /.test(raw));
  return ann;
}

async function signInAgain(checks, place) {
  const phone = place.visitor();
  const desk = place.visitor();
  const known = await askFor(desk, "ann@example.org", "");
  const unknown = await askFor(place.visitor(), "nobody@example.org", "");
  checks.equal("known or not: the answer is the same",
    known.status + known.location.replace(/[^/]+$/, ""), unknown.status + unknown.location.replace(/[^/]+$/, ""));
  const pages = [];
  for (const asked of [known, unknown]) {
    pages.push((await desk.get(asked.location)).text.replaceAll(/ann@|nobody@/g, "").replaceAll(/value="[^"]*"|code\/[^"]*/g, ""));
  }
  checks.equal("and the page behind it too", pages[0], pages[1]);
  const message = await newestMessage(phone, "ann@example.org");
  const link = await phone.get(message.path);
  checks.that("looking at the link uses nothing up", link.status === 200 && link.text.includes("ann@example.org"));
  checks.equal("nor does looking twice", (await phone.get(message.path)).status, 200);
  checks.that("the link works on another device", (await phone.post(message.path)).status === 303 && phone.signedIn);
  checks.equal("once", (await phone.post(message.path)).status, 410);
  checks.equal("and uses the code up", (await desk.post(known.location, { code: message.code })).status, 410);

  const guesser = place.visitor();
  const asked = await askFor(guesser, "ann@example.org", "//evil.example");
  const target = await newestMessage(guesser, "ann@example.org");
  const statuses = [];
  for (let i = 0; i < 6; i++) {
    const guess = String((Number(target.code) + i + 1) % 1_000_000).padStart(6, "0");
    statuses.push((await guesser.post(asked.location, { code: guess })).status);
  }
  checks.equal("after five wrong codes it is over", statuses.join(), "403,403,403,403,410,410");
  checks.equal("also for the right one", (await guesser.post(asked.location, { code: target.code })).status, 410);
  checks.equal("but the link still lets its owner in, and goes nowhere else", (await guesser.post(target.path)).location, "/tasks");
  checks.equal("too many messages are refused", (await askFor(guesser, "ann@example.org")).status, 429);
  return phone;
}

async function refusals(checks, place) {
  const eve = place.visitor();
  for (const email of refusedAddresses) {
    const answer = await askFor(eve, email);
    checks.equal(`no message to ${JSON.stringify(email)}`, answer.status, 400);
  }
  for (const path of ["/sign-in/mail/x", `/sign-in/mail/${"a".repeat(43)}`, `/sign-in/code/${"a".repeat(43)}`, `/sign-up/${"a".repeat(43)}`]) {
    checks.equal(`${path} is nothing`, (await eve.get(path)).status, 410);
  }
  const cross = await eve.ask("POST", "/sign-in/email", { form: { email: "x@example.org" }, headers: { "Sec-Fetch-Site": "cross-site" } });
  checks.equal("other sites can't ask for a message", cross.status, 403);
}

async function recovery(checks, place) {
  const jan = place.visitor();
  const code = await signUpPlain(jan, "Jan");
  checks.that("without e-mail there is a code to print", /^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$/.test(code ?? ""));
  await jan.post("/me/recovery/seen");
  checks.that("once it is on paper it is shown no more", !(await jan.get("/me/recovery")).text.includes(code));
  const other = place.visitor();
  checks.equal("a wrong code is refused", (await other.post("/sign-in/recovery", { code: "AAAA-AAAA-AAAA-AAAA-AAAA" })).status, 403);
  const back = await other.post("/sign-in/recovery", { code: code.toLowerCase().replaceAll("-", " ") });
  checks.equal("the code lets them back in", back.location, "/me/recovery");
  checks.that("and is replaced", /id="recovery-code">/.test((await other.get("/me/recovery")).text));
  checks.equal("it works once", (await place.visitor().post("/sign-in/recovery", { code })).status, 403);
  checks.equal("the lost device is signed out", (await jan.get("/me/access")).status, 303);
}

async function sessions(checks, place, here) {
  const there = place.visitor();
  await askFor(there, "bea@example.org");
  const page = await here.get("/me/access");
  checks.that("sessions are listed, this one marked", page.status === 200 && page.text.includes("This device"));
  const ends = [...page.text.matchAll(/action="(\/me\/sessions\/[0-9a-f-]{36}\/end)"/g)].map((found) => found[1]);
  checks.that("the others can be ended", ends.length >= 1);
  checks.equal("one at a time", (await here.post(ends[0])).status, 303);
  checks.equal("not those of others", (await here.post("/me/sessions/01a1f071-fc1c-7e9f-bfe8-bd5cb156e849/end")).status, 404);
  checks.equal("or all", (await here.post("/me/sessions/end-others")).status, 303);
  checks.that("and this one stays", !(await here.get("/me/access")).text.includes("/end\""));
}

async function manySignUps(checks, place) {
  const statuses = [];
  for (let i = 0; i < 12; i++) {
    const made = await place.visitor().post("/sign-up", { name: "Ann", birthMonth: 5, birthYear: 1980 });
    statuses.push(made.status);
  }
  checks.that("one address can't make accounts without end", statuses.at(-1) === 429, statuses.join());
  const other = await place.visitor().ask("POST", "/sign-up", { form: { name: "Ann", birthMonth: 5, birthYear: 1980 }, headers: { "X-Forwarded-For": "192.0.2.7" } });
  checks.equal("another address still can", other.status, 303);
}

export async function mail(checks, place) {
  const ann = await signUp(checks, place);
  const phone = await signInAgain(checks, place);
  await refusals(checks, place);
  await recovery(checks, place);
  await sessions(checks, place, phone);
  checks.equal("signed out elsewhere means signed out", (await ann.get("/wallet")).status, 303);
  await manySignUps(checks, place);
  const contact = await ann.get("/.well-known/security.txt");
  checks.equal("no security.txt before there is someone to tell", contact.status, 404);
  await place.set("security.contact", "mailto:security@example.org");
  const told = await ann.get("/.well-known/security.txt");
  checks.that("then it names them", told.status === 200 && /^Contact: mailto:security@example\.org\nExpires: \d{4}-/.test(told.text));
}
