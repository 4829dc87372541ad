// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// The map: tasks and shops as marks, close ones as one mark with a number. It is one more way to see
// the list that stands below it. Words come from the page, marks from the API.

import "{{asset leaflet.js}}";
import "{{asset leaflet-cluster.js}}";

const { L } = window;
const nearestShown = 30; // of a list that begins with the nearest
const section = document.querySelector("[data-map]");
const { dataset: words } = section;
const canvas = section.querySelector(".map__canvas"), note = section.querySelector(".map__note");
section.hidden = false;

const element = (name, className, ...children) => {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
};

function iconOf(symbol) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${words.icons}#${symbol}`);
  svg.append(use);
  return svg;
}

const Mark = L.DivIcon.extend({
  options: { iconSize: [44, 44], iconAnchor: [22, 22], popupAnchor: [0, -18] },
  createIcon(old) {
    const made = L.DivIcon.prototype.createIcon.call(this, old);
    made.setAttribute("role", "button");
    made.setAttribute("aria-label", this.options.label);
    made.tabIndex = 0;
    return made;
  },
});

// Both kinds stand in one group, so that no mark hides another.
function labelOf(tasks, shops) {
  const parts = [[words.tasks, tasks], [words.shops, shops]].filter(([, count]) => count > 0).map(([what, count]) => `${what}: ${count}`);
  return parts.length === 1 ? parts[0] : `${tasks + shops}. ${parts.join(", ")}`;
}
const group = L.markerClusterGroup({
  maxClusterRadius: 72,
  showCoverageOnHover: false,
  animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  iconCreateFunction: (cluster) => {
    const marks = cluster.getAllChildMarkers(), shops = marks.filter(({ kind }) => kind === "shop").length;
    const kind = shops === 0 ? "task" : shops === marks.length ? "shop" : "both";
    return new Mark({ className: `mark mark--${kind} mark--several`, html: element("span", "", String(marks.length)), label: labelOf(marks.length - shops, shops) });
  },
});
const marks = { tasks: [], shops: [] };
const isShown = (kind) => section.querySelector(`[data-layer="${kind}"]`).checked;
function put(kind, some) {
  group.removeLayers(marks[kind]);
  marks[kind] = some;
  if (isShown(kind)) group.addLayers(some);
}

const coins = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 0 });
const amount = (cents) => cents % 100 === 0 ? coins.format(cents / 100)
  : new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2 }).format(cents / 100);

function markOf({ location, title, symbol, name, lines, url, open }) {
  const [longitude, latitude] = location.coordinates;
  const icon = new Mark({ className: `mark mark--${name}`, html: iconOf(symbol), label: [title, ...lines].join(", ") });
  const link = element("a", "map__open", open);
  link.href = url;
  const content = element("div", "map__popup", element("p", "strong", title), ...lines.map((line) => element("p", "muted small", line)), link);
  const mark = L.marker([latitude, longitude], { icon }).bindPopup(content, { maxWidth: 260, autoPanPadding: [16, 16] });
  mark.kind = name;
  mark.on("popupclose", () => comeBack(mark));
  return mark;
}
const taskMark = (task) => markOf({
  location: task.location, title: task.title, symbol: task.category, name: "task", url: `/tasks/${task.id}`, open: words.openTask,
  lines: [`${amount(task.rewardCents)} ${task.brand} · ${task.minutes} ${words.minutes}`, task.neighbourhoodName],
});
const shopMark = (shop) => markOf({
  location: shop.location, title: shop.name, symbol: "shop", name: "shop", url: `/shops/${shop.id}`, open: words.openShop,
  lines: [words.shop, `${shop.address}, ${shop.municipalityName}`],
});

// What belongs to the map stands beside it, so that it covers no mark.
const map = L.map(canvas, { zoomControl: false, attributionControl: false, minZoom: 6, maxZoom: 19 });
const zoom = L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map).getContainer();
for (const [i, title] of [words.zoomIn, words.zoomOut].entries()) zoom.children[i].setAttribute("aria-label", title);
section.querySelector(".map__tools").append(zoom);
// Marks out of sight, or cut off by the edge, are no place for a finger or for Tab.
function hideCutOff() {
  const edge = 12, size = map.getSize();
  map.eachLayer((layer) => {
    const icon = layer.getElement?.();
    if (!icon?.classList.contains("mark")) return;
    const { x, y } = map.latLngToContainerPoint(layer.getLatLng());
    icon.style.visibility = x < edge || y < edge || x > size.x - edge || y > size.y - edge ? "hidden" : "";
  });
}
// Both keys press a mark, as with any button.
canvas.addEventListener("keydown", (event) => {
  if (event.key === "Escape") map.closePopup();
  if (!event.target.classList.contains("mark") || (event.key !== "Enter" && event.key !== " ")) return;
  event.preventDefault();
  event.stopPropagation();
  event.target.click();
}, true);
let byKeys = false; // a mark was opened from it: there the focus returns
map.on("popupopen", ({ popup }) => {
  const shown = popup.getElement(), close = shown.querySelector(".leaflet-popup-close-button");
  byKeys = document.activeElement.classList.contains("mark");
  close?.setAttribute("aria-label", words.close);
  close?.setAttribute("role", "button");
  if (byKeys) shown.querySelector("a.map__open").focus({ preventScroll: true });
});
function comeBack(mark) {
  if (!byKeys) return;
  byKeys = false;
  const icon = mark.getElement();
  (icon && icon.style.visibility !== "hidden" ? icon : canvas).focus({ preventScroll: true });
}

function say(text) {
  if (!note.textContent.includes(text)) note.textContent = `${note.textContent} ${text}`.trim();
}

function showBackground() {
  if (!words.tiles) {
    say(words.plain);
    return;
  }
  L.tileLayer(words.tiles, { maxZoom: 19 }).once("tileerror", () => say(words.plain)).addTo(map);
}

async function ask(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// All tasks when they are few enough; else those of the part that is in sight, each time it moves.
let asked = 0;
async function showTasks(box) {
  const number = ++asked;
  const url = new URL(words.marks, location.href);
  if (box) url.searchParams.set("bbox", box.map((degrees) => degrees.toFixed(5)).join(","));
  const { items, nextCursor } = await ask(url);
  if (number !== asked) return null;
  put("tasks", items.map(taskMark));
  if (nextCursor && box) say(words.more);
  if (!nextCursor) note.textContent = note.textContent.replace(words.more, "").trim();
  return { items, more: Boolean(nextCursor) };
}

const clamp = (degrees, most) => Math.max(-most, Math.min(most, degrees));
function boxInSight() {
  const bounds = map.getBounds();
  return [clamp(bounds.getWest(), 180), clamp(bounds.getSouth(), 90), clamp(bounds.getEast(), 180), clamp(bounds.getNorth(), 90)];
}

// A few that lie far away must not make all the others small.
function middle(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b), cut = sorted.length > 20 ? Math.floor(sorted.length / 10) : 0;
  return [sorted[cut], sorted[sorted.length - 1 - cut]];
}

function look(points) {
  if (points.length === 0) {
    map.setView([50.888, 5.98], 12, { animate: false });
    return;
  }
  const [west, east] = middle(points.map(({ location }) => location.coordinates[0]));
  const [south, north] = middle(points.map(({ location }) => location.coordinates[1]));
  map.fitBounds([[south, west], [north, east]], { padding: [40, 40], maxZoom: 16, animate: false });
}

async function begin() {
  const [tasks, shops] = await Promise.all([showTasks(), ask("/v1/shops")]);
  put("shops", shops.items.map(shopMark));
  const first = words.first === "shops" ? shops.items : words.place ? tasks.items.slice(0, nearestShown) : tasks.items;
  look(first.length > 0 ? first : shops.items);
  if (!tasks.more) return;
  let waiting;
  map.on("moveend", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => showTasks(boxInSight()).catch(() => say(words.failed)), 250);
  });
  await showTasks(boxInSight());
}

for (const box of section.querySelectorAll("[data-layer]")) {
  box.addEventListener("change", () => put(box.dataset.layer, marks[box.dataset.layer]));
}
group.addTo(map);
group.on("animationend", hideCutOff);
map.on("moveend layeradd", hideCutOff);
look([]);
showBackground();
begin().catch(() => say(words.failed));
