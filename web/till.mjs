// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Lives on <… id data-live data-events-url data-state>: when an event brings another state, the
// page is fetched again and what is inside the element is replaced, so all words come from the
// server. The element's role="status" part is kept in place, so that a screen reader says "Paid".
// data-live="page" loads the whole page again. Without data-events-url nothing can change any more.

const retryMs = 3000;

async function renew(live) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(live.id);
  if (!fresh) {
    location.reload();
    return;
  }
  const status = live.querySelector(':scope > [role="status"]');
  const nodes = [...fresh.childNodes];
  const at = nodes.findIndex((node) => node.matches?.('[role="status"]'));
  for (const node of [...live.childNodes]) if (node !== status) node.remove();
  if (status && at >= 0) {
    status.before(...nodes.slice(0, at));
    status.after(...nodes.slice(at + 1));
    status.replaceChildren(...nodes[at].childNodes);
  } else {
    live.replaceChildren(...nodes);
  }
  live.dataset.state = fresh.dataset.state;
  if (!fresh.dataset.eventsUrl) delete live.dataset.eventsUrl;
  document.title = page.title;
}

function listen(live) {
  if (!live.dataset.eventsUrl) return;
  const events = new EventSource(live.dataset.eventsUrl);
  const look = () => live.dataset.live === "page" ? location.reload() : renew(live).then(() => listen(live), () => setTimeout(look, retryMs));
  events.addEventListener("state", (event) => {
    const { state } = JSON.parse(event.data);
    if (!state || state === live.dataset.state) return;
    events.close();
    look();
  });
  events.onerror = () => { // the browser tries again by itself, unless the server refused
    if (events.readyState === EventSource.CLOSED) setTimeout(() => listen(live), retryMs);
  };
}

for (const live of document.querySelectorAll("[data-live]")) listen(live);
