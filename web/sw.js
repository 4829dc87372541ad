// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// The service worker: what can be read without a network, and photos that are sent later.
//
// Reading: a page that carries data-kept (src/page/kept_copy.html) is kept for the person it was
// made for, and shown when the network is away or too slow. Nobody else's pages are kept, and all
// goes when somebody signs out or another person signs in.
// Sending: photos and handing in are written down here first, then sent, and crossed out once the
// server has them; each has its own key, so however often it is sent it counts once. Nothing else
// is ever sent later: least of all a payment.
"use strict";

const shell = [
  "{{asset tokens.css}}", "{{asset app.css}}", "{{asset app.mjs}}", "{{asset photo.mjs}}", "{{asset blur.mjs}}",
  "{{asset unsent.mjs}}", "{{asset till.mjs}}", "{{asset icons.svg}}", "{{asset mark.svg}}", "{{asset street.svg}}",
  "{{asset icon.svg}}", "{{asset icon-192.png}}", "{{asset manifest.webmanifest}}",
];
const langs = ["nl", "en", "de"];
const keptPath = /^\/(?:|claims|wallet|claims\/[0-9a-f-]{36})$/;
const handInPath = /^\/claims\/([0-9a-f-]{36})\/(evidence|submission)$/;
const copiesMax = 24;
const patienceMs = 3000; // then the last copy is shown
const handInMs = 20_000; // then the page goes on and the sending stays behind it
const uploadMs = 240_000; // the browser ends a worker's work after 300 s
const freshMs = 3_600_000;

// --- what is written down -------------------------------------------------------------------------

let opened;
function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("wesh", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("unsent", { keyPath: "id", autoIncrement: true });
      asked.result.createObjectStore("state");
    };
    asked.onsuccess = () => {
      asked.result.onclose = asked.result.onversionchange = () => { asked.result.close(); opened = undefined; };
      resolve(asked.result);
    };
    asked.onerror = () => { opened = undefined; reject(asked.error); };
  });
  return opened;
}

/** Runs one step on a store and gives its result once it is on disk. */
async function stored(name, step) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const tx = db.transaction(name, "readwrite", { durability: "strict" });
    const asked = step(tx.objectStore(name));
    tx.oncomplete = () => resolve(asked?.result);
    tx.onabort = tx.onerror = () => reject(tx.error);
  });
}
const unsent = () => stored("unsent", (store) => store.getAll());
const crossOut = (id) => stored("unsent", (store) => store.delete(id));
const recall = (key) => stored("state", (store) => store.get(key));
const remember = (key, value) => stored("state", (store) => store.put(value, key));

/** Runs steps one after the other. */
function queue() {
  let last = Promise.resolve();
  return (step) => {
    const turn = last.then(step);
    last = turn.catch(() => {});
    return turn;
  };
}
const keepInTurn = queue(); // no page is kept for the wrong person
const sendInTurn = queue(); // nothing is sent twice at once

// --- whose they are -------------------------------------------------------------------------------

/** A page was made for this person ("" for nobody). What is of somebody else goes. */
async function seen(person) {
  const before = await recall("person") ?? "";
  if (person !== before) await caches.delete("pages");
  if (person && person !== before) {
    for (const { id, person: owner } of await unsent()) if (owner !== person) await crossOut(id);
    await tell();
  }
  await remember("person", person);
}

async function forget() {
  await caches.delete("pages");
  await stored("unsent", (store) => store.clear());
  await stored("state", (store) => store.clear());
}

// --- reading --------------------------------------------------------------------------------------

async function install() {
  const cache = await caches.open("shell");
  await cache.addAll(shell);
  await Promise.all(langs.map(async (lang) => {
    const answer = await fetch("/offline", { credentials: "omit", cache: "no-store", headers: { Accept: "text/html", "Accept-Language": lang } });
    if (!answer.ok) throw new Error(`/offline: ${answer.status}`);
    await cache.put(`/offline?${lang}`, answer);
  }));
  await self.skipWaiting();
}

async function activate() {
  const cache = await caches.open("shell");
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (pathname !== "/offline" && !shell.includes(pathname)) await cache.delete(url);
  }
  await self.clients.claim();
}

/** A copy made by an older version asks for older files: those of today will do. */
async function asset(request) {
  const cache = await caches.open("shell");
  const found = await cache.match(request);
  if (found) return found;
  try {
    return await fetch(request);
  } catch (error) {
    const name = new URL(request.url).pathname.split("/").at(-1);
    const alike = shell.find((path) => path.endsWith(`/${name}`));
    if (alike) return await cache.match(alike);
    throw error;
  }
}

async function offlinePage() {
  const known = [await recall("lang"), ...navigator.languages.map((lang) => lang.slice(0, 2)), langs[0]];
  const page = await (await caches.open("shell")).match(`/offline?${known.find((lang) => langs.includes(lang))}`);
  return page ?? Response.error();
}

/** Looks at a page that came: for whom it is, and keeps it when it may be kept. */
async function look(answer, name) {
  if (answer.status !== 200 || !answer.headers.get("Content-Type")?.startsWith("text/html")) return;
  const html = await answer.text();
  const [, lang = "", person = ""] = html.match(/<html lang="([a-z]+)"(?: data-person="([0-9a-f-]+)")?/) ?? [];
  await keepInTurn(async () => {
    await seen(person);
    await remember("lang", lang);
    if (!name || !html.includes(" data-kept=")) return;
    const headers = new Headers({ "Kept-At": String(Date.now()), "Kept-Lang": lang });
    for (const field of ["Content-Type", "Content-Security-Policy", "X-Content-Type-Options"]) headers.set(field, answer.headers.get(field));
    const cache = await caches.open("pages");
    await cache.delete(name); // so that the newest stands last
    await cache.put(name, new Response(html, { headers }));
    for (const old of (await cache.keys()).slice(0, -copiesMax)) await cache.delete(old);
  });
}

function clock(ms, lang) {
  const at = new Date(ms), today = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, today ? { timeStyle: "short" } : { dateStyle: "long", timeStyle: "short" }).format(at);
}

/** The last copy with its line shown, "offline" or "slow"; undefined when there is none. */
async function copyOf(name, why) {
  const kept = name && await (await caches.open("pages")).match(name);
  if (!kept) return undefined;
  const time = clock(Number(kept.headers.get("Kept-At")), kept.headers.get("Kept-Lang"));
  const html = (await kept.text())
    .replace(new RegExp(`( data-kept="${why}") hidden>([^<]*)\\{time\\}`), (_, start, text) => `${start}>${text}${time}`)
    .replace("<html ", "<html data-from-copy ");
  return new Response(html, { headers: kept.headers });
}

async function page(event, name) {
  const asked = fetch(event.request);
  const looked = asked.then((answer) => look(answer.clone(), name)).catch(() => {});
  event.waitUntil(looked);
  const slow = new Promise((resolve) => setTimeout(resolve, patienceMs)).then(() => copyOf(name, "slow"));
  try {
    return await (name ? Promise.race([asked, slow.then((copy) => copy ?? asked)]) : asked);
  } catch {
    return await copyOf(name, "offline") ?? offlinePage();
  }
}

/** Own tasks and the balance, before they are needed where there is no network. */
async function fetchAhead(mine) {
  const cache = await caches.open("pages");
  const since = Math.max(Date.now() - freshMs, await recall("changedAt") ?? 0);
  const renew = async (name) => {
    const kept = await cache.match(name);
    if (Number(kept?.headers.get("Kept-At") ?? 0) < since)
      await look(await fetch(name, { headers: { Accept: "text/html" }, redirect: "manual" }), name);
    return await (await caches.open("pages")).match(name);
  };
  await renew("/");
  if (!mine) return;
  await renew("/wallet");
  const claims = await renew("/claims");
  const names = new Set((await claims?.text())?.match(/\/claims\/[0-9a-f-]{36}(?=")/g) ?? []);
  for (const name of [...names].slice(0, 5)) await renew(name);
}

// --- sending --------------------------------------------------------------------------------------

/** A key of its own for each, with the time of the form's key: that one is by the server's clock. */
function keyLike(formKey) {
  const random = crypto.randomUUID();
  return `${formKey.slice(0, 13)}-7${random.slice(15)}`;
}

async function written(request, claim, kind) {
  const form = await request.formData();
  const photo = form.get("photo"), key = form.get("idempotencyKey");
  if (!key || (kind === "evidence" && !(photo?.size && form.get("moment")))) return undefined;
  const entry = {
    claim, kind, key: keyLike(key), csrf: form.get("csrf"), person: await recall("person") ?? "", at: Date.now(),
    ...(kind === "evidence"
      ? { moment: form.get("moment"), photo: new Blob([await photo.arrayBuffer()], { type: photo.type }) }
      : { note: form.get("note")?.replaceAll("\r\n", "\n") ?? "", minutesWorked: form.get("minutesWorked")?.trim() ?? "" }),
  };
  return stored("unsent", (store) => store.add(entry));
}

function bodyOf(entry) {
  if (entry.kind === "evidence") {
    const form = new FormData();
    form.set("moment", entry.moment);
    form.set("photo", entry.photo, "photo.jpg");
    return form;
  }
  const { note, minutesWorked } = entry;
  return JSON.stringify({
    ...(note && { note }),
    ...(minutesWorked && { minutesWorked: /^\d{1,4}$/.test(minutesWorked) ? Number(minutesWorked) : minutesWorked }),
  });
}

async function post(entry) {
  const headers = { Accept: "application/json", "X-CSRF-Token": entry.csrf, "Idempotency-Key": entry.key };
  if (entry.kind === "submission") headers["Content-Type"] = "application/json";
  const answer = await fetch(`/v1/claims/${entry.claim}/${entry.kind}`, { method: "POST", headers, body: bodyOf(entry), signal: AbortSignal.timeout(uploadMs) });
  const told = await answer.json().catch(() => ({}));
  return { status: answer.status, ...told };
}

/** "sent", "later", "sign-in", or what is wrong with it, in words of the server. */
async function send(entry) {
  try {
    let answer = await post(entry);
    if (answer.status === 403 && answer.code === "csrf") { // signed in anew since then
      const session = await fetch("/session", { cache: "no-store" });
      if (session.status === 401) return { now: "sign-in" };
      if (!session.ok) return { now: "later" };
      const { person, csrf } = await session.json();
      if (entry.person && person !== entry.person) return { now: "sign-in" };
      answer = await post({ ...entry, csrf });
    }
    if (answer.status < 300) return { now: "sent" };
    if (answer.status === 401) return { now: "sign-in" };
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return { now: "later" };
    return { now: "refused", problem: answer.errors?.[0]?.message ?? answer.detail ?? String(answer.status) };
  } catch {
    return { now: "later" };
  }
}

/** Unless it was thrown away in the meantime. */
function note(entry, problem) {
  return stored("unsent", (store) => {
    store.get(entry.id).onsuccess = ({ target }) => target.result && store.put({ ...entry, problem });
  });
}

/** All that waits, oldest first; nothing of a task before what was made for it earlier. */
async function sendAll() {
  const stuck = new Set(), outcomes = new Map();
  for (const entry of await unsent()) {
    if (entry.problem || stuck.has(entry.claim)) {
      stuck.add(entry.claim);
      continue;
    }
    const { now, problem } = await send(entry);
    outcomes.set(entry.id, now);
    if (now === "sent") await crossOut(entry.id);
    else stuck.add(entry.claim);
    if (problem) await note(entry, problem);
    if (now === "sent" || problem) await tell({ sent: now === "sent" ? entry.claim : undefined });
    if (now === "later" || now === "sign-in") break; // the rest would fare alike
  }
  if (outcomes.size) await remember("changedAt", Date.now());
  return outcomes;
}

async function tell(more = {}) {
  for (const client of await self.clients.matchAll()) client.postMessage({ type: "unsent", ...more });
}

/** A form with a photo, or handing in: written down, then sent; the page goes on as without us. */
async function handIn(event, claim, kind) {
  const original = event.request.clone();
  const id = await written(event.request, claim, kind).catch(() => undefined);
  if (id === undefined) return fetch(original); // nothing to keep, or no room: as without us
  const sending = sendInTurn(sendAll);
  event.waitUntil(sending.then(later));
  const outcomes = await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, handInMs))]);
  const now = outcomes?.get(id);
  if (now === "refused") { // the server's page tells it best, beside the field
    await crossOut(id);
    return fetch(original).catch(offlinePage);
  }
  return Response.redirect(now === "sign-in" ? `/sign-in?next=/claims/${claim}` : `/claims/${claim}`, 303);
}

/** Asks the browser to wake us when there is a network again, where it can. */
async function later() {
  if ((await unsent()).some(({ problem }) => !problem)) await self.registration.sync?.register("unsent").catch(() => {});
}

async function synced() {
  await sendInTurn(sendAll);
  if ((await unsent()).some(({ problem }) => !problem)) throw new Error("not all is sent"); // tried again
}

async function write(event) {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(remember("changedAt", Date.now()));
    return answer;
  } catch {
    return offlinePage();
  }
}

// --- events ---------------------------------------------------------------------------------------

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("sync", (event) => event.waitUntil(synced()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "GET" && pathname.startsWith("/assets/")) event.respondWith(asset(request));
  if (request.mode !== "navigate") return;
  if (request.method === "GET") {
    event.respondWith(page(event, !search && keptPath.test(pathname) ? pathname : undefined));
  } else if (pathname === "/sign-out") {
    event.waitUntil(keepInTurn(forget)); // and the server's Clear-Site-Data does the rest
    if (!navigator.onLine) event.respondWith(offlinePage());
  } else {
    const [, claim, kind] = pathname.match(handInPath) ?? [];
    event.respondWith(claim ? handIn(event, claim, kind) : write(event));
  }
});

const wishes = {
  hello: async ({ person, ahead, mine }) => {
    await keepInTurn(() => seen(person));
    await sendInTurn(sendAll);
    if (ahead) await fetchAhead(mine);
  },
  send: () => sendInTurn(sendAll),
  drop: async ({ id }) => { await crossOut(id); await tell(); await sendInTurn(sendAll); },
  list: async (_, port) => port.postMessage((await unsent()).map(({ csrf, key, ...shown }) => shown)),
};
self.addEventListener("message", (event) => {
  const wish = wishes[event.data?.type];
  if (wish) event.waitUntil(wish(event.data, event.ports[0]).then(later, () => {}));
});
