// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// A real provider, npm's oidc-provider, as a municipality would have one.

import { execFile } from "node:child_process";
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { freePort } from "./visitor.mjs";

const require = createRequire(new URL("../browser/package.json", import.meta.url));
const { Provider } = await import(require.resolve("oidc-provider"));

const signingKey = (kid) => ({ ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" });

/** Adds it to WESH; gives what WESH printed of its key. */
export async function register(place, slug, issuer, ...more) {
  const path = join(dirname(place.data), `${slug}.pem`);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(path, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
  const said = await place.command("oidc", "add", slug, "--label", `The ${slug}`, "--issuer", issuer,
    "--client-id", "wesh", "--key", path, ...more);
  return { path, jwks: JSON.parse(said.split("\n").find((line) => line.startsWith("{"))) };
}

/** A provider where everybody who comes is `account`, without being asked. */
async function startProvider(place, slug, jwks, port, keys) {
  const issuer = `http://localhost:${port}`;
  const account = { id: "ann", name: "Ann Janssen", amr: undefined, acr: undefined };
  const seen = [];
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "wesh", redirect_uris: [`${place.url}/sign-in/with/${slug}/callback`],
      post_logout_redirect_uris: [`${place.url}/`], response_types: ["code"], grant_types: ["authorization_code"],
      token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "RS256",
      id_token_signed_response_alg: "RS256", subject_type: "pairwise", jwks,
    }],
    jwks: { keys },
    subjectTypes: ["pairwise"],
    pairwiseIdentifier: (_, id, client) => createHash("sha256").update(`${client.clientId} ${id}`).digest("hex"),
    claims: { openid: ["sub", "acr", "amr"], profile: ["name"] },
    acrValues: ["high"],
    conformIdTokenClaims: false,
    clientAuthMethods: ["private_key_jwt"],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    ttl: { IdToken: 300, AuthorizationCode: 60, Session: 600, Grant: 600, Interaction: 600, AccessToken: 300 },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: account.name }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ accountId: ctx.oidc.session.accountId, clientId: ctx.oidc.client.clientId });
      grant.addOIDCScope("openid profile");
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  const server = createServer(async (request, response) => {
    seen.push(request.url);
    if (!request.url.startsWith("/interaction/")) return callback(request, response);
    const { id, amr, acr } = account;
    return provider.interactionFinished(request, response, id
      ? { login: { accountId: id, ...(amr ? { amr } : {}), ...(acr ? { acr } : {}) } }
      : { error: "access_denied", error_description: "not today" }, { mergeWithLastSubmission: false });
  });
  await new Promise((done) => { server.listen(port, "localhost", done); });
  return { issuer, account, seen, stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}

async function firstTime(checks, place, real) {
  const ann = place.visitor();
  const page = await ann.get("/sign-in?next=/wallet");
  checks.that("the page has its button", page.text.includes('href="/sign-in/with/town?next=/wallet"') || page.text.includes("/sign-in/with/town?next=%2Fwallet"));
  const start = await ann.get("/sign-in/with/town?next=/wallet");
  const asked = new URL(start.location);
  const parameters = Object.fromEntries(asked.searchParams);
  checks.equal("on to the provider", `${start.status} ${asked.origin}`, `303 ${real.issuer}`);
  checks.that("with the code flow, PKCE, state and nonce", parameters.response_type === "code" &&
    parameters.code_challenge_method === "S256" && parameters.code_challenge.length === 43 &&
    parameters.state.length === 43 && parameters.nonce.length === 43 && parameters.scope === "openid profile");
  checks.equal("and one redirect URI", parameters.redirect_uri, `${place.url}/sign-in/with/town/callback`);
  const back = await ann.follow(start.location, {});
  checks.that("back and unknown: sign up, with the name they gave", back.at.startsWith("/sign-up/") && back.text.includes('value="Ann Janssen"'), `${back.at} ${back.status}`);
  const made = await ann.post(back.at, { name: "Ann", birthMonth: 5, birthYear: 1980, language: "en" });
  checks.equal("then to where they wanted to be", made.location, "/wallet");
  return ann;
}

async function nextTimes(checks, place, real, ann) {
  const jars = {};
  const again = place.visitor();
  const home = await again.follow("/sign-in/with/town?next=/wallet", jars);
  checks.equal("the next time they are known", home.at, "/wallet");
  checks.that("as the same person", home.text.includes("Ann"));
  const callback = home.seen.find((at) => at.includes("/callback"));
  checks.equal("an answer works once", (await again.get(callback)).status, 410);
  const stolen = place.visitor();
  await stolen.get("/sign-in/with/town");
  checks.equal("and in its own browser only", (await stolen.get(callback)).status, 410);

  const start = await again.get("/sign-in/with/town?next=//evil.example");
  const open = await again.follow(start.location, jars);
  checks.equal("no open redirect", open.at, "/tasks");
  const out = await again.post("/sign-out");
  checks.that("signing out names the provider", /^\/signed-out\/[0-9a-f-]{36}$/.test(out.location ?? ""), out.location);
  const bye = await again.get(out.location);
  checks.that("and how to sign out there", bye.text.includes("/sign-in/with/town/sign-out"));
  const there = await again.get("/sign-in/with/town/sign-out");
  checks.that("at its end-session endpoint", there.location?.startsWith(`${real.issuer}/session/end?client_id=wesh&post_logout_redirect_uri=`), there.location);
  const asks = await again.follow(there.location, jars);
  checks.equal("which takes it", asks.status, 200);

  real.account.id = "";
  const refused = await place.visitor().follow("/sign-in/with/town");
  checks.that("who stops there is told so, and can choose another way", refused.status === 403 && refused.text.includes("was stopped") && refused.text.includes("/sign-in/email"), `${refused.status}`);
  real.account.id = "bob";
  const taken = await ann.follow("/sign-in/with/town?next=/me/access");
  checks.that("a second account there can be linked too, if nobody has it", taken.at === "/me/access", taken.at);
}

async function twoFactors(checks, place, real) {
  await place.set("sign-in.officers-need-two-factors", "1");
  Object.assign(real.account, { id: "officer", name: "Karin", amr: ["pwd"] });
  const karin = place.visitor();
  const page = await karin.follow("/sign-in/with/staff");
  checks.that("staff are not asked when they were born", page.at.startsWith("/sign-up/") && !page.text.includes("birthYear"), page.at);
  await karin.post(page.at, { name: "Karin", language: "nl" });
  const weak = place.visitor();
  await weak.follow("/sign-in/with/staff");
  checks.that("a provider that doesn't assert two factors opens no officer's page",
    (await weak.get("/desk/payouts")).location?.startsWith("/confirm"));
  real.account.amr = ["pwd", "mfa"];
  const strong = place.visitor();
  await strong.follow("/sign-in/with/staff");
  checks.equal("one that does, does", (await strong.get("/desk/payouts")).status, 200);
  real.account.amr = undefined;
  real.account.acr = "high";
  const byClass = place.visitor();
  await byClass.follow("/sign-in/with/staff");
  checks.equal("also by its class (acr)", (await byClass.get("/desk/payouts")).status, 200);
  const confirmed = await weak.follow("/sign-in/with/staff?next=/desk/payouts");
  checks.that("and it serves to confirm, with a fresh sign-in there", confirmed.at === "/desk/payouts" && confirmed.seen.some((at) => at.includes("max_age=600")), confirmed.seen.join("\n"));
  await place.set("sign-in.officers-need-two-factors", "0");
}

async function downAndBack(checks, place, real, restart) {
  Object.assign(real.account, { id: "ann", name: "Ann Janssen", acr: undefined });
  await real.stop();
  const start = await place.visitor().get("/sign-in/with/town");
  checks.equal("while it is kept in mind where it is, people are sent on", start.status, 303);
  const rotated = await restart();
  const ann = place.visitor();
  const back = await ann.follow("/sign-in/with/town?next=/wallet");
  checks.equal("after it changed its keys, people get in", back.at, "/wallet");
  return rotated;
}

async function commands(checks, place, path) {
  const fails = async (what, ...words) => {
    const said = await place.command("oidc", ...words).then(() => null, (error) => error.stderr);
    checks.that(`wesh oidc: ${what}`, said !== null && !/usage|Sanitizer/.test(said) && said.startsWith("wesh: oidc:"), String(said));
  };
  const right = ["--label", "X", "--issuer", "https://login.example.org", "--client-id", "x", "--key", path];
  const without = (name, value) => right.map((word, i) => right[i - 1] === name ? value : word);
  await fails("http elsewhere", "add", "x", ...without("--issuer", "http://login.example.org"));
  await fails("an issuer with a query", "add", "x", ...without("--issuer", "https://login.example.org/?a=b"));
  await fails("a key that is not there", "add", "x", ...without("--key", "/nowhere"));
  await fails("a bad short name", "add", "X y", ...right);
  await fails("an unknown role", "add", "x", ...right, "--role", "king");
  await fails("a role of nowhere", "add", "x", ...right, "--role", "treasurer");
  await fails("an unknown municipality", "add", "x", ...right, "--municipality", "GM9999");
  await chmod(path, 0o644);
  await fails("a key that others can read", "add", "x", ...right);
  await chmod(path, 0o600);
  await place.command("oidc", "add", "x", ...right);
  checks.that("wesh oidc: list", (await place.command("oidc", "list")).includes("x  https://login.example.org  x  X"));
  await place.command("oidc", "remove", "x");
  await fails("removing what is not there", "remove", "x");
  await fails("removing what people use", "remove", "town");
}

export async function provider(checks, place) {
  const [port, staffPort] = [await freePort(), await freePort()];
  const town = await register(place, "town", `http://localhost:${port}`, "--municipality", "GM0917");
  const staff = await register(place, "staff", `http://localhost:${staffPort}`, "--municipality", "GM0917",
    "--role", "treasurer", "--two-factors-acr", "high");
  let real = await startProvider(place, "town", town.jwks, port, [signingKey("one")]);
  const office = await startProvider(place, "staff", staff.jwks, staffPort, [signingKey("a"), signingKey("b")]);
  try {
    const ann = await firstTime(checks, place, real);
    await nextTimes(checks, place, real, ann);
    await twoFactors(checks, place, office);
    real = await downAndBack(checks, place, real, () => startProvider(place, "town", town.jwks, port, [signingKey("two")]));
    await commands(checks, place, town.path);
    checks.equal("an unknown provider", (await ann.get("/sign-in/with/nobody")).status, 404);
  } finally {
    await real.stop();
    await office.stop();
  }
}
