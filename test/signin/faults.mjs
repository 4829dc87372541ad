// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Providers that lie, break, or take their time: one server, and below it a path for each fault.

import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";

import { register } from "./provider.mjs";
import { freePort } from "./visitor.mjs";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keys = [
  { ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa", use: "sig" },
  { ...ec.publicKey.export({ format: "jwk" }), kid: "ec", use: "sig", alg: "ES256" },
  { ...small.publicKey.export({ format: "jwk" }), kid: "small", use: "sig" },
  { ...other.publicKey.export({ format: "jwk" }), kid: "encrypt", use: "enc" },
];
const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const signers = {
  RS256: (text, key) => sign("sha256", Buffer.from(text), key),
  PS256: (text, key) => sign("sha256", Buffer.from(text), { key, padding: 6, saltLength: 32 }),
  ES256: (text, key) => sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }),
  HS256: (text, key) => createHmac("sha256", key).update(text).digest(),
  none: () => Buffer.alloc(0),
};

function tokenOf(claims, { alg = "RS256", kid = "rsa", key = rsa.privateKey, header = {} } = {}) {
  const text = `${encode({ alg, ...(kid ? { kid } : {}), ...header })}.${encode(claims)}`;
  return `${text}.${signers[alg](text, key).toString("base64url")}`;
}

const now = () => Math.floor(Date.now() / 1000);
const pem = rsa.publicKey.export({ format: "pem", type: "spki" });

/** How each fault changes the token's claims, and how it is signed; `ok` says it is none. */
const tokens = {
  "right": { ok: true },
  "right-es256": { sign: { alg: "ES256", kid: "ec", key: ec.privateKey }, ok: true },
  "right-ps256": { sign: { alg: "PS256" }, ok: true },
  "right-audiences": { claims: { aud: ["wesh", "another"], azp: "wesh" }, ok: true },
  "right-clock": { claims: { iat: now() + 20, exp: now() + 320 }, ok: true },
  "wrong-nonce": { claims: { nonce: "x".repeat(43) } },
  "no-nonce": { claims: { nonce: undefined } },
  "wrong-audience": { claims: { aud: "another" } },
  "two-audiences": { claims: { aud: ["wesh", "another"] } },
  "wrong-party": { claims: { azp: "another" } },
  "wrong-issuer": { claims: { iss: "https://another.example" } },
  "expired": { claims: { exp: now() - 120, iat: now() - 400 } },
  "no-expiry": { claims: { exp: undefined } },
  "expiry-as-text": { claims: { exp: String(now() + 300) } },
  "issued-tomorrow": { claims: { iat: now() + 86400, exp: now() + 86700 } },
  "issued-yesterday": { claims: { iat: now() - 86400 } },
  "not-before": { claims: { nbf: now() + 3600 } },
  "no-subject": { claims: { sub: "" } },
  "long-subject": { claims: { sub: "s".repeat(256) } },
  "subject-as-number": { claims: { sub: 7 } },
  "unsigned": { sign: { alg: "none" } },
  "unsigned-capitals": { raw: (claims) => `${encode({ alg: "NONE" })}.${encode(claims)}.` },
  "public-key-as-secret": { sign: { alg: "HS256", key: pem } },
  "unknown-key": { sign: { kid: "nobody" }, code: "oidc.key" },
  "anothers-key": { sign: { key: other.privateKey } },
  "key-for-encryption": { sign: { kid: "encrypt", key: other.privateKey }, code: "oidc.key" },
  "small-key": { sign: { kid: "small", key: small.privateKey }, code: "oidc.key" },
  "key-of-another-kind": { sign: { kid: "ec" }, code: "oidc.key" },
  "brings-its-key": { sign: { key: other.privateKey, header: { jwk: other.publicKey.export({ format: "jwk" }) } } },
  "critical-extension": { sign: { header: { crit: ["x"], x: 1 } } },
  "no-dots": { raw: () => "garbage" },
  "four-parts": { raw: (claims) => `${tokenOf(claims)}.x` },
  "not-json": { raw: () => { const text = `${encode({ alg: "RS256", kid: "rsa" })}.${encode("{")}`; return `${text}.${signers.RS256(text, rsa.privateKey).toString("base64url")}`; } },
  "huge-token": { raw: () => "a".repeat(40_000) },
};
const answers = {
  "no-token": { send: (response) => response.end("{}"), code: "oidc.token" },
  "garbage": { send: (response) => response.end("<html>"), code: "oidc.down" },
  "fails": { send: (response) => response.writeHead(500).end("{}"), code: "oidc.down" },
  "code-refused": { send: (response) => response.writeHead(400).end('{"error":"invalid_grant"}'), code: "oidc.refused" },
  "we-refused": { send: (response) => response.writeHead(401).end('{"error":"invalid_client"}'), code: "oidc.setup" },
  "elsewhere": { send: (response) => response.writeHead(302, { Location: "http://localhost:1/" }).end("{}"), code: "oidc.down" },
  "endless": { send: (response) => { for (let i = 0; i < 40; i++) response.write(`"${" ".repeat(16_384)}`); response.end(); }, code: "oidc.down" },
  "slow": { send: () => {}, code: "oidc.down", slow: true },
  "hangs-up": { send: (response) => response.destroy(), code: "oidc.down" },
};
const documents = {
  "other-issuer": (d) => ({ ...d, issuer: "https://another.example" }),
  "no-token-endpoint": (d) => ({ ...d, token_endpoint: undefined }),
  "endpoint-in-the-clear": (d) => ({ ...d, token_endpoint: "http://login.example.org/token" }),
  "endpoint-is-a-file": (d) => ({ ...d, jwks_uri: "file:///etc/passwd" }),
  "no-s256": (d) => ({ ...d, code_challenge_methods_supported: ["plain"] }),
};
const pages = {
  "a-page": (response) => response.end("<html>"),
  "a-list": (response) => response.end("[]"),
  "missing": (response) => response.writeHead(404).end("{}"),
};

function claimsOf(issuer, nonce, subject, changes = {}) {
  return { iss: issuer, aud: "wesh", sub: subject, nonce, iat: now(), exp: now() + 300, auth_time: now(), ...changes };
}

async function startFaults(port) {
  const base = `http://localhost:${port}`;
  const requests = new Map(); // by code: the authorization request
  const server = createServer((request, response) => {
    const url = new URL(request.url, base);
    const [, name, ...rest] = url.pathname.split("/");
    const issuer = `${base}/${name}`;
    response.setHeader("Content-Type", "application/json");
    if (rest.join("/") === ".well-known/openid-configuration") {
      if (pages[name]) return pages[name](response);
      const document = { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`, code_challenge_methods_supported: ["S256"] };
      return response.end(JSON.stringify(documents[name]?.(document) ?? document));
    }
    if (rest[0] === "auth") {
      const code = createHash("sha256").update(url.search).digest("hex");
      requests.set(code, Object.fromEntries(url.searchParams));
      const back = new URL(url.searchParams.get("redirect_uri"));
      back.searchParams.set("code", code);
      back.searchParams.set("state", url.searchParams.get("state"));
      if (name === "mix-up") back.searchParams.set("iss", "https://another.example");
      return response.writeHead(303, { Location: back.href }).end();
    }
    if (rest[0] === "jwks") return response.end(name === "keys-garbage" ? "garbage" : JSON.stringify({ keys }));
    let body = "";
    request.on("data", (bytes) => { body += bytes; });
    request.on("end", () => {
      const form = new URLSearchParams(body);
      const asked = requests.get(form.get("code"));
      const verifier = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
      if (!asked || verifier !== asked.code_challenge) return response.writeHead(400).end('{"error":"invalid_grant"}');
      if (answers[name]) return answers[name].send(response);
      const fault = tokens[name] ?? {};
      const claims = claimsOf(issuer, asked.nonce, `at ${name}`, fault.claims ?? (name === "old-session" ? { auth_time: now() - 3600 } : {}));
      const token = fault.raw ? fault.raw(claims) : tokenOf(claims, fault.sign);
      return response.end(JSON.stringify({ access_token: "x", token_type: "Bearer", id_token: token }));
    });
  });
  await new Promise((done) => { server.listen(port, "localhost", done); });
  return { base, stop: () => { server.closeAllConnections(); server.close(); } };
}

const codeTexts = {
  "oidc.token": "was not right", "oidc.key": "a key we don", "oidc.down": "does not answer",
  "oidc.refused": "was stopped", "oidc.setup": "not set up the right way",
};

export async function faults(checks, place) {
  const port = await freePort();
  const server = await startFaults(port);
  const add = (name) => register(place, name, `${server.base}/${name}`);
  const told = (answer, code) => answer.at.includes("/sign-in/with/") && answer.text.includes(codeTexts[code]);
  try {
    for (const [name, { ok, code = "oidc.token" }] of Object.entries(tokens)) {
      const slug = `t-${name}`;
      await register(place, slug, `${server.base}/${name}`);
      const visitor = place.visitor();
      const answer = await visitor.follow(`/sign-in/with/${slug}`);
      if (ok) checks.that(`taken: ${name}`, answer.at.startsWith("/sign-up/"), `${answer.at} ${answer.status}`);
      else checks.that(`refused: ${name}`, told(answer, code) && !visitor.signedIn, `${answer.at} ${answer.status} ${answer.text.match(/error-summary[\s\S]{0,300}/)?.[0]}`);
    }
    for (const [name, { code, slow }] of Object.entries(answers)) {
      await add(name);
      const began = Date.now();
      const answer = await place.visitor().follow(`/sign-in/with/${name}`);
      checks.that(`the token endpoint ${name}: told`, told(answer, code), `${answer.at} ${answer.status} ${answer.text.match(/error-summary[\s\S]{0,300}/)?.[0]}`);
      if (slow) checks.that("within ten seconds", Date.now() - began < 10_000, String(Date.now() - began));
    }
    for (const name of [...Object.keys(documents), ...Object.keys(pages)]) {
      const slug = `d-${name}`;
      await register(place, slug, `${server.base}/${name}`);
      const answer = await place.visitor().get(`/sign-in/with/${slug}`);
      checks.that(`discovery ${name}: told, with the other ways`, [500, 502].includes(answer.status) && answer.text.includes("/sign-in/email"), `${answer.status}`);
    }
    await add("mix-up");
    checks.that("an answer in another's name", told(await place.visitor().follow("/sign-in/with/mix-up"), "oidc.token"));
    await add("keys-garbage");
    const broken = await place.visitor().follow("/sign-in/with/keys-garbage");
    checks.that("keys that are none", told(broken, "oidc.key"), `${broken.status} ${broken.text.match(/error-summary[\s\S]{0,300}/)?.[0]}`);

    await add("old-session");
    const ann = place.visitor();
    await ann.post("/demo/sign-in", { persona: "resident" });
    const stale = await ann.follow("/sign-in/with/old-session");
    checks.that("to confirm, a sign-in of an hour ago there is not enough", told(stale, "oidc.token"), `${stale.at} ${stale.status}`);
    const linked = await ann.follow("/sign-in/with/t-right?next=/me/access");
    checks.that("a fresh one links the account", linked.at === "/me/access" && linked.text.includes("In use"), linked.at);
    const bob = place.visitor();
    await bob.post("/demo/sign-in", { persona: "resident2" });
    const taken = await bob.follow("/sign-in/with/t-right");
    checks.that("that nobody else can have then", taken.status === 409 && taken.text.includes("belongs to somebody else"), `${taken.at} ${taken.status}`);

    await register(place, "away", "http://localhost:1");
    const away = await place.visitor().get("/sign-in/with/away");
    checks.that("a provider that is away", away.status === 502 && away.text.includes("does not answer"), `${away.status}`);
    for (const query of ["", "?code=x", "?state=x&code=y", `?state=${"a".repeat(43)}&code=y`, "?error=access_denied", `?state=${"a".repeat(101)}`]) {
      const answer = await place.visitor().get(`/sign-in/with/t-right/callback${query}`);
      checks.that(`a callback out of nowhere ${query}`, [400, 410].includes(answer.status), String(answer.status));
    }
  } finally {
    server.stop();
  }
}
