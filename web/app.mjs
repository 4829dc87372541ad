// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Comfort on top of pages that work without it: no double sending, questions before big steps,
// copying, closing menus. What not every page needs is loaded by those that do.

// A second tap on a slow network must not send twice. A page brought back by "back" is free again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = (event.submitter ?? form).dataset.confirm;
  if (form.dataset.sending || (question && !window.confirm(question))) {
    event.preventDefault();
    return;
  }
  if (form.method === "get") return;
  form.dataset.sending = "true";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// <button data-copy="text" data-copied="Copied" hidden>
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const words = button.textContent;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied ?? "✓";
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}

// <button data-print hidden>
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// <select data-submit>: changing it sends its form; the form's own button remains for all others.
for (const field of document.querySelectorAll("[data-submit]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.activeElement?.closest("details.menu[open]")?.querySelector("summary").focus();
  closeMenus(null);
});

if (document.querySelector("input[data-photo]")) import("{{asset photo.mjs}}");

// Reading without a network, and photos sent later: once the page itself is there.
if (navigator.serviceWorker) {
  const start = () => setTimeout(() => import("{{asset unsent.mjs}}").catch(() => {}));
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
}
