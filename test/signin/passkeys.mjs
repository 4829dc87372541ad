// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Passkeys, with Chromium's virtual authenticator; and the same keys in hands that mean no good.

import { createHash, createPrivateKey, createSign, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { newPerson, startBrowser } from "../browser/browser.mjs";
import { newestMessage } from "./visitor.mjs";

const axe = await readFile(createRequire(new URL("../browser/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");

/** Pages that only someone on their way in gets to see. */
async function readable(checks, page, name) {
  await page.waitForLoadState("load");
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  checks.none(`axe finds nothing on the page ${name}`, violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`));
}

const text = (bytes) => Buffer.from(bytes).toString("base64url");

async function authenticatorOf(page, options = {}) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options: {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true, ...options,
  } });
  const credentials = async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  return { session, authenticatorId, credentials };
}

const cookieOf = async (page) => (await page.context().cookies()).find(({ name }) => name === "wesh")?.value;

async function addPasskey(page, name) {
  await page.goto("/me/access");
  await page.fill("#passkey-name", name);
  await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith("/v1/passkeys")),
    page.click('[data-passkey="add"] button'),
  ]);
  await page.waitForLoadState("load");
  await page.waitForSelector(`text=${name}`);
}

/** An assertion as an authenticator would make it, with whatever is to be wrong with it. */
function assertionOf(credential, challenge, url, wrong = {}) {
  const clientData = Buffer.from(JSON.stringify({
    type: wrong.type ?? "webauthn.get", challenge: wrong.challenge ?? challenge,
    origin: wrong.origin ?? url, crossOrigin: wrong.crossOrigin ?? false,
  }));
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(wrong.counter ?? 1000);
  const data = Buffer.concat([
    createHash("sha256").update(wrong.rpId ?? "localhost").digest(), Buffer.from([wrong.flags ?? 5]), counter,
  ]);
  const key = createPrivateKey({ key: Buffer.from(credential.privateKey, "base64"), format: "der", type: "pkcs8" });
  const signed = createSign("sha256").update(data).update(createHash("sha256").update(clientData).digest()).sign(key);
  if (wrong.signature) signed[signed.length - 1] ^= 1;
  return {
    id: wrong.id ?? text(Buffer.from(credential.credentialId, "base64")),
    clientData: text(clientData), authenticatorData: text(data), signature: text(signed),
  };
}

async function challengeOf(visitor, purpose = "sign-in") {
  const answer = await visitor.ask("POST", "/v1/passkeys/challenges", { json: { purpose } });
  return JSON.parse(answer.text).challenge;
}

async function enter(visitor, body) {
  const answer = await visitor.ask("POST", "/v1/passkeys/sign-ins", { json: body });
  return { ...answer, code: answer.status === 200 ? "" : JSON.parse(answer.text).code };
}

async function inTheBrowser(checks, place, browser) {
  const { context, page, faults } = await newPerson(browser, place.url, { lang: "en" });
  const { session, authenticatorId, credentials } = await authenticatorOf(page);
  await page.goto("/sign-up");
  await page.fill("#name", "Ann");
  await page.selectOption("#birthMonth", "5");
  await page.fill("#birthYear", "1980");
  await page.click('button:has-text("Make my account")');
  await page.waitForURL("**/me/recovery");
  const before = await cookieOf(page);
  await addPasskey(page, "My phone");
  checks.that("a passkey is added", (await credentials()).length === 1);
  checks.that("and the session goes on under a new secret", before && before !== await cookieOf(page));
  const old = place.visitor();
  old.cookies.set("wesh", before);
  checks.equal("the old one is worth nothing", (await old.get("/me/access")).status, 303);
  await page.click('[data-passkey="add"] button');
  await page.waitForTimeout(500);
  checks.equal("the same device is not added twice", (await credentials()).length, 1);

  await page.context().clearCookies();
  await page.goto("/sign-in?next=/wallet");
  await page.click('[data-passkey="sign-in"] button');
  await page.waitForURL("**/wallet");
  checks.that("the passkey signs in, and back to where they were", (await page.locator(".menu__name").first().textContent()) === "Ann");

  await page.goto("/me/access");
  await readable(checks, page, "of one's ways in");
  checks.none("the console has nothing to say", faults);
  const [credential] = await credentials();
  await context.close();
  await session.detach().catch(() => {});
  return { credential, authenticatorId };
}

async function inBadHands(checks, place, { credential }) {
  const cases = [
    ["a signature of another site", { origin: "http://evil.example" }],
    ["of another port", { origin: place.url.replace(/\d+$/, "1") }],
    ["for another host's key", { rpId: "evil.example" }],
    ["in a frame of another site", { crossOrigin: true }],
    ["of a registration", { type: "webauthn.create" }],
    ["with nobody there", { flags: 4 }],
    ["that doesn't hold", { signature: true }],
    ["for a challenge of one's own making", { challenge: text(randomBytes(32)) }],
    ["for a short challenge", { challenge: text(randomBytes(16)) }],
  ];
  for (const [what, wrong] of cases) {
    const eve = place.visitor();
    const answer = await enter(eve, assertionOf(credential, await challengeOf(eve), place.url, wrong));
    checks.equal(`refused: ${what}`, `${answer.status} ${answer.code}`, "403 passkey.refused");
    checks.that("and nobody is signed in", !eve.signedIn);
  }
  const eve = place.visitor();
  const unknown = await enter(eve, assertionOf(credential, await challengeOf(eve), place.url, { id: text(randomBytes(16)) }));
  checks.equal("an unknown passkey is told", unknown.code, "passkey.unknown");
  const other = place.visitor();
  await challengeOf(other);
  checks.equal("a challenge is for the browser that asked",
    (await enter(other, assertionOf(credential, await challengeOf(eve), place.url))).code, "passkey.refused");
  for (const body of [{}, { id: "x", clientData: "e30", authenticatorData: "AA", signature: "AA" },
    { id: "AA", clientData: text("{"), authenticatorData: "AA", signature: "AA" }]) {
    checks.that("nonsense is refused", (await enter(eve, body)).status >= 400);
  }

  const ann = place.visitor();
  const challenge = await challengeOf(ann);
  const good = assertionOf(credential, challenge, place.url, { counter: 2000 });
  checks.equal("the same key, used right, gets in", (await enter(ann, good)).status, 200);
  const again = place.visitor();
  again.cookies.set("wesh-steps", ann.cookies.get("wesh-steps"));
  checks.equal("an assertion works once", (await enter(again, good)).code, "passkey.refused");

  const clone = place.visitor();
  const cloned = await enter(clone, assertionOf(credential, await challengeOf(clone), place.url, { counter: 1999 }));
  checks.equal("a counter that goes back is a copy", `${cloned.status} ${cloned.code}`, "403 passkey.cloned");
  const later = place.visitor();
  checks.equal("refused from then on", (await enter(later, assertionOf(credential, await challengeOf(later), place.url, { counter: 9000 }))).code, "passkey.cloned");
  const page = await ann.get("/me/access");
  checks.that("and its person is told", page.text.includes("there seems to be a copy of it"));
  const removal = page.text.match(/action="(\/me\/passkeys\/[0-9a-f-]+\/removal)"/)[1];
  checks.equal("it can be removed", (await ann.post(removal)).status, 303);
  checks.equal("once", (await ann.post(removal)).status, 404);
}

async function lastWayIn(checks, place, browser) {
  const { context, page } = await newPerson(browser, place.url, { lang: "en" });
  await authenticatorOf(page);
  await page.goto("/sign-in");
  await page.fill("#email", "pia@example.org");
  await page.click('button:has-text("Send me a code")');
  const { code } = await newestMessage(place.visitor(), "pia@example.org");
  await readable(checks, page, "for the code");
  await page.fill("#code", code);
  await page.click('main button:has-text("Sign in")');
  await page.waitForURL("**/sign-up/**");
  await readable(checks, page, "to sign up");
  await page.fill("#name", "Pia");
  await page.selectOption("#birthMonth", "5");
  await page.fill("#birthYear", "1980");
  await page.click('button:has-text("Make my account")');
  await page.waitForURL("**/tasks");
  await addPasskey(page, "Laptop");
  checks.that("who has an address is told of a new passkey",
    (await newestMessage(place.visitor(), "pia@example.org")).text.includes("A new passkey"));
  await context.close();

  const jan = await newPerson(browser, place.url, { lang: "en" });
  await authenticatorOf(jan.page);
  await jan.page.goto("/sign-up");
  await jan.page.fill("#name", "Jan");
  await jan.page.selectOption("#birthMonth", "5");
  await jan.page.fill("#birthYear", "1980");
  await jan.page.click('button:has-text("Make my account")');
  await jan.page.waitForURL("**/me/recovery");
  await readable(checks, jan.page, "with the recovery code");
  const recovery = await jan.page.textContent("#recovery-code");
  await addPasskey(jan.page, "Only one");
  await jan.page.click('button:has-text("Remove Only one")');
  await jan.page.waitForLoadState("load");
  checks.that("with a recovery code the passkey may go", !(await jan.page.textContent("main")).includes("Added on"));
  checks.that("(the code was there)", recovery?.length === 24);
  await jan.context.close();
}

/** Officers, where two factors are asked for. */
async function officers(checks, place, browser) {
  await place.set("sign-in.officers-need-two-factors", "1");
  const weak = place.visitor();
  await weak.post("/demo/sign-in", { persona: "treasurer2" });
  const desk = await weak.get("/desk/payouts");
  checks.that("one factor opens no officer's page", desk.status === 303 && desk.location === "/confirm?next=%2Fdesk%2Fpayouts", `${desk.status} ${desk.location}`);
  checks.equal("but the residents' pages", (await weak.get("/tasks")).status, 200);
  const token = await place.town.call("treasurer2", "POST", "/v1/payouts/01a1f071-fc1c-7e9f-bfe8-bd5cb156e849/approvals", {});
  checks.equal("a program's token can't step up", `${token.status} ${token.body.code}`, "403 step-up");

  const { context, page } = await newPerson(browser, place.url, { lang: "en" });
  const { credentials } = await authenticatorOf(page);
  await page.goto("/sign-in");
  await page.click('[data-persona="treasurer2"]');
  await page.waitForURL((at) => !at.pathname.startsWith("/sign-in"));
  await page.goto("/me/access");
  await page.click('[data-passkey="add"] button');
  await page.waitForSelector('[data-passkey="add"] [role=alert]:not([hidden])');
  checks.that("an officer's first passkey is not for who has one factor",
    (await page.textContent('[data-passkey="add"] [role=alert]')).includes("Confirm with your passkey"));
  const link = (await place.command("user", "link", "Anja Kessels")).trim();
  await page.context().clearCookies();
  await page.goto(link);
  await page.click('main button[type="submit"]');
  await page.waitForLoadState("load");
  await addPasskey(page, "Anja's key");
  await page.goto("/desk/payouts");
  checks.that("an operator's link and a passkey do", new URL(page.url()).pathname === "/desk/payouts");

  await page.context().clearCookies();
  await page.goto("/sign-in");
  await page.click('[data-persona="treasurer2"]');
  await page.waitForURL((at) => !at.pathname.startsWith("/sign-in"));
  await page.goto("/desk/payouts");
  await page.waitForURL("**/confirm?next=**");
  const before = await cookieOf(page);
  await readable(checks, page, "to confirm");
  await page.click('[data-passkey="confirm"] button');
  await page.waitForURL("**/desk/payouts");
  checks.that("confirming leads back, under a new secret", before !== await cookieOf(page));

  const [key] = await credentials();
  const present = place.visitor();
  const entered = await enter(present, assertionOf(key, await challengeOf(present), place.url, { flags: 1, counter: 5000 }));
  checks.that("present but not verified is one factor", entered.status === 200 && (await present.get("/desk/payouts")).location?.startsWith("/confirm"));
  const verified = place.visitor();
  await enter(verified, assertionOf(key, await challengeOf(verified), place.url, { counter: 6000 }));
  checks.equal("verified is two", (await verified.get("/desk/payouts")).status, 200);
  const approval = await verified.post("/desk/payouts/01a1f071-fc1c-7e9f-bfe8-bd5cb156e849/approval", {});
  checks.that("and fresh enough to approve", approval.status !== 303, `${approval.status} ${approval.location}`);
  await context.close();
}

export async function passkeys(checks, place) {
  const browser = await startBrowser();
  try {
    const made = await inTheBrowser(checks, place, browser);
    await inBadHands(checks, place, made);
    await lastWayIn(checks, place, browser);
    await officers(checks, place, browser);
  } finally {
    await browser.close();
  }
}
