// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Starts the service worker (web/sw.js) and shows what it has not sent yet: a line on every page,
// and the photos and the note themselves on the page of their task. All words are in the markup.

const { person = "", fromCopy } = document.documentElement.dataset;
const line = document.querySelector("[data-unsent-line]");
const here = document.querySelector("[data-unsent]");
const pictures = new Map(); // id of an entry: address of its photo

const worker = () => navigator.serviceWorker.controller;
const wish = (words, ports = []) => worker()?.postMessage(words, ports);

function list() {
  return new Promise((resolve) => {
    if (!worker()) return resolve([]);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    wish({ type: "list" }, [port2]);
  });
}

const counted = (element, name, n) => element.dataset[n === 1 ? `${name}One` : `${name}Many`].replace("{n}", n);

function showLine(entries) {
  if (!line) return;
  const refused = entries.filter(({ problem }) => problem), waiting = entries.length - refused.length;
  const words = [];
  if (waiting) words.push(counted(line, "waiting", waiting));
  if (refused.length) words.push(counted(line, "refused", refused.length));
  line.hidden = entries.length === 0;
  line.querySelector("[data-words]").textContent = words.join(" ");
  line.querySelector("[data-send]").hidden = waiting === 0;
  const link = line.querySelector("[data-look]");
  link.hidden = entries.length === 0 || entries[0].claim === here?.dataset.unsent;
  if (entries.length) link.href = `/claims/${(refused[0] ?? entries[0]).claim}`;
  const signOut = document.querySelector('form[action="/sign-out"] button');
  if (signOut && entries.length) signOut.dataset.confirm = line.dataset.signOut;
  else if (signOut) delete signOut.dataset.confirm;
}

function itemOf(entry) {
  const item = document.querySelector(`template[data-of="${entry.kind}"]`).content.cloneNode(true).firstElementChild;
  if (entry.photo) {
    if (!pictures.has(entry.id)) pictures.set(entry.id, URL.createObjectURL(entry.photo));
    item.querySelector("img").src = pictures.get(entry.id);
    for (const word of item.querySelectorAll("[data-moment]")) word.hidden = word.dataset.moment !== entry.moment;
  } else {
    item.querySelector("[data-note]").textContent = entry.note;
  }
  item.querySelector("[data-waiting]").hidden = Boolean(entry.problem);
  item.querySelector("[data-refused]").hidden = !entry.problem;
  item.querySelector("[data-problem]").textContent = entry.problem ?? "";
  item.querySelector("[data-drop]").addEventListener("click", ({ currentTarget }) => {
    if (window.confirm(currentTarget.dataset.question)) wish({ type: "drop", id: entry.id });
  });
  return item;
}

function showHere(entries) {
  if (!here) return;
  const own = entries.filter(({ claim }) => claim === here.dataset.unsent);
  here.replaceChildren(...own.map(itemOf));
  here.hidden = own.length === 0;
  // A photo from after the work need not be sent yet for handing in, only made.
  const handIn = document.querySelector("template[data-hand-in]");
  if (handIn && own.some(({ moment }) => moment === "after")) {
    handIn.previousElementSibling.remove();
    handIn.replaceWith(handIn.content);
  }
  for (const form of document.querySelectorAll('form[action$="/submission"]')) form.hidden = own.some(({ kind }) => kind === "submission");
}

async function show() {
  const entries = await list();
  showLine(entries);
  showHere(entries);
}

/** The page as the server has it now, unless something is being filled in. */
function renew() {
  const touched = [...document.querySelectorAll("main textarea, main input")].some((field) =>
    field.type === "file" ? field.files.length > 0 : field.type !== "radio" && field.type !== "checkbox" && field.value !== field.defaultValue);
  if (!touched) location.reload();
}

navigator.serviceWorker.addEventListener("message", ({ data }) => {
  if (data.type !== "unsent") return;
  show();
  if (data.sent && data.sent === here?.dataset.unsent) renew();
});
line?.querySelector("[data-send]").addEventListener("click", () => wish({ type: "send" }));
window.addEventListener("online", () => (fromCopy === undefined ? wish({ type: "send" }) : renew()));
navigator.serviceWorker.addEventListener("controllerchange", show);

await navigator.serviceWorker.register("/sw.js");
await navigator.serviceWorker.ready;
await show();
if (fromCopy === undefined) {
  const mine = Boolean(document.querySelector('.nav a[href="/claims"]'));
  wish({ type: "hello", person, ahead: !navigator.connection?.saveData, mine });
}
