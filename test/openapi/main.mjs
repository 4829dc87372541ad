// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// The API's description against a running server: is it valid, does it follow the Dutch API Design
// Rules, and does the server do what it says? For the last, prism stands between the main job and
// the server and refuses every request and answer that the description doesn't allow.

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { Checks } from "../browser/checks.mjs";
import { makeDemo, root, startTown, uuid7 } from "../browser/town.mjs";

const run = promisify(execFile);
const require = createRequire(new URL("../browser/package.json", import.meta.url));
const programs = join(root, "test/browser/node_modules/.bin");
const dutchRules = join(root, "../shared/conformance/adr-spectral.yaml");
const prismMs = 60_000;
// Prism passes every body on as text, which breaks a photo; this WebP (64×61, green) is all ASCII.
const greenWebp = "RIFF\x16\0\0\0WEBPVP8L\x09\0\0\0/?\0\x0f\0(UD\x06\0";

const violation = /stoplight\.io\/prism/;

const checks = new Checks();
await checks.part("the API tests", async () => {
  const demo = await makeDemo();
  try {
    const town = await startTown(demo);
    await checks.part("openapi", () => openapi(town));
    await checks.end("openapi", town);
  } finally {
    await demo.remove();
  }
});
process.exit(checks.sum());

async function openapi(town) {
  const answer = await fetch(`${town.url}/v1/openapi.json`);
  checks.equal("the description is there", answer.status, 200);
  checks.that("it may be read from anywhere", answer.headers.get("access-control-allow-origin") === "*");
  const specification = join(town.home, "openapi.json");
  await writeFile(specification, await answer.text());

  const { Validator } = await import(require.resolve("@seriousme/openapi-schema-validator"));
  const validator = new Validator();
  const validity = await validator.validate(specification);
  checks.that("it is a valid OpenAPI description", validity.valid, JSON.stringify(validity.errors));
  checks.equal("of version 3.0", validator.version, "3.0");
  if (existsSync(dutchRules)) {
    const lint = await run(join(programs, "spectral"), ["lint", specification, "--ruleset", dutchRules, "--fail-severity", "error"])
      .catch((error) => error);
    checks.that("it follows the Dutch API Design Rules", !(lint instanceof Error), lint.stdout);
  } else {
    checks.skip("it follows the Dutch API Design Rules", "their linter's rules are not here");
  }
  await town.set("review.undo-seconds", 0);
  await seesMistakes(town, specification);
  const prism = await startPrism(specification, `${town.url}/v1`);
  try {
    await mainJob(town, prism.url);
  } finally {
    prism.stop();
  }
}

/** Prism between a wrong description and the server must complain: else the rest proves nothing. */
async function seesMistakes(town, specification) {
  const description = JSON.parse(await readFile(specification, "utf8"));
  description.components.schemas.Municipality.properties.name = { type: "integer" };
  const wrong = join(town.home, "wrong.json");
  await writeFile(wrong, JSON.stringify(description));
  const prism = await startPrism(wrong, `${town.url}/v1`);
  const answer = await fetch(`${prism.url}/municipalities`);
  prism.stop();
  checks.that("prism notices an answer that isn't as described", violation.test(await answer.text()), String(answer.status));
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

async function startPrism(specification, upstream) {
  const port = await freePort();
  const prism = spawn(join(programs, "prism"),
    ["proxy", specification, upstream, "--host", "127.0.0.1", "--port", String(port), "--errors"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  await new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`prism did not start: ${said}`)), prismMs);
    const hear = (bytes) => {
      said += bytes;
      if (!/is listening/.test(said)) return;
      clearTimeout(late);
      done();
    };
    prism.stdout.on("data", hear);
    prism.stderr.on("data", hear);
    prism.once("exit", () => fail(new Error(`prism ended: ${said}`)));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => prism.kill() };
}

/** Calls through prism. Each says what it must answer; what prism has to say is a failure. */
async function mainJob(town, proxy) {
  const call = async (persona, method, path, wanted, body, headers = {}) => {
    const sent = { Accept: "application/json, application/problem+json", ...headers };
    if (persona) sent.Authorization = `Bearer ${town.people[persona].token}`;
    if (body && !(body instanceof FormData)) sent["Content-Type"] = "application/json";
    if (method === "POST") sent["Idempotency-Key"] = uuid7();
    const answer = await fetch(proxy + path, { method, headers: sent, body: body && !(body instanceof FormData) ? JSON.stringify(body) : body });
    const text = await answer.text();
    const told = `${answer.status}: ${text.slice(0, 1500)}`;
    const violated = violation.test(text) || answer.headers.has("sl-violations");
    const name = `${persona ?? "anyone"} ${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…")}`;
    checks.that(`${name}: ${wanted}, as described`, answer.status === wanted && !violated,
      violated ? `${told}\n${answer.headers.get("sl-violations") ?? ""}` : told);
    return /json/.test(answer.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
  };
  const get = (persona, path, wanted = 200) => call(persona, "GET", path, wanted);
  const post = (persona, path, wanted, body = {}) => call(persona, "POST", path, wanted, body);

  await get(null, "/municipalities");
  const heerlen = (await get(null, "/municipalities")).items.find(({ code }) => code === "GM0917").id;
  const place = (await get(null, `/neighbourhoods?municipality=${heerlen}`)).items[0];
  await get(null, "/issuers");
  await get(null, "/shops");
  await get(null, "/summary");
  await get("resident", "/people/me");
  const tasks = await get(null, `/tasks?state=open&municipality=${heerlen}&limit=5`);
  await get(null, `/tasks?near=50.8976,5.9751&limit=2`);
  await get(null, `/tasks?bbox=5.9,50.8,6.1,51&category=bench`);
  if (tasks.nextCursor) await get(null, `/tasks?limit=5&cursor=${encodeURIComponent(tasks.nextCursor)}`);
  const draft = await post("author", "/tasks", 201, {
    title: "Paint the bench by the pond", description: "The paint comes off.", instructions: "Clean it.\nPaint it.", category: "bench", minutes: 60,
    rewardCents: 500, places: 1, location: { type: "Point", coordinates: [5.9751, 50.8976] }, neighbourhood: place.id, extraWorkReason: "The city does this every five years.",
  });
  await post("author", `/tasks/${draft.id}/sign-off`, 409);
  await post("manager", `/tasks/${draft.id}/sign-off`, 200);
  await get(null, `/tasks/${draft.id}`);
  await get("manager", "/task-batches");

  const claim = await post("resident", `/tasks/${draft.id}/claims`, 201);
  await post("resident2", `/tasks/${draft.id}/claims`, 409);
  const form = new FormData();
  form.set("moment", "after");
  form.set("photo", new Blob([greenWebp], { type: "image/webp" }), "after.webp");
  await call("resident", "POST", `/claims/${claim.id}/evidence`, 201, form);
  await post("resident", `/claims/${claim.id}/submission`, 200, { note: "Two coats.", minutesWorked: 55 });
  await get("resident", `/claims/${claim.id}`);
  await get("resident", "/claims");
  await get("inspector", "/review-queue");
  await get("inspector", "/reviews");
  await post("inspector", `/claims/${claim.id}/reviews`, 400, { outcome: "rework", reason: "" });
  await post("inspector", `/claims/${claim.id}/reviews`, 201, { outcome: "approved", reason: "Lovely." });
  await get("resident", `/claims/${claim.id}/reviews`);
  await get("resident", "/wallets/me");
  await get("resident", "/wallets/me/movements");

  const request = await post("cashier", "/payment-requests", 201, { amountCents: 425, description: "Bread and a coffee" });
  await get(null, `/payment-requests/${request.id}`);
  await get("resident", `/payment-requests?code=${encodeURIComponent(request.code)}`);
  const payment = await post("resident", "/payments", 201, { paymentRequestId: request.id });
  await get("resident", `/payments/${payment.id}`);
  await get("cashier", "/payments");
  await post("cashier", `/payments/${payment.id}/refunds`, 201, { amountCents: 125, reason: "One roll too many" });
  await post("cashier", `/payments/${payment.id}/refunds`, 409, { amountCents: 999, reason: "Too much" });
  await get("cashier", `/payments/${payment.id}/refunds`);
  await get("cashier", "/tills/me");
  const other = await post("cashier", "/payment-requests", 201, { amountCents: 100 });
  await post("cashier", `/payment-requests/${other.id}/cancellation`, 200);

  const due = await get("treasurer", "/payouts/due");
  const payout = await post("treasurer", "/payouts", 201, { issuer: due.items[0].issuer });
  await post("treasurer", `/payouts/${payout.id}/approvals`, 409);
  await post("treasurer2", `/payouts/${payout.id}/approvals`, 201);
  await get("treasurer", `/payouts/${payout.id}`);
  await get("treasurer", "/payouts");
  await call("treasurer2", "GET", `/payouts/${payout.id}/pain001`, 200, undefined, { Accept: "*/*" });
  await get("inspector", "/desk");

  await get("resident2", `/claims/${claim.id}`, 404);
  await get("resident", "/review-queue", 403);
  await get(null, "/tasks/01920000-0000-7000-8000-000000000000", 404);
}
