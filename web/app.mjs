// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Comfort on top of pages that work without it: no double sending, questions before big steps,
// copying, closing menus, and photos shown and made small before they travel.

const photoSideMax = 1600; // the server keeps no more

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

// The photo is drawn on a canvas: the preview, and, when it is large, the smaller file to send.
async function photoChosen(input) {
  const file = input.files[0];
  input.parentElement.querySelector(".photo-drop__preview")?.remove();
  if (!file || !window.createImageBitmap) return;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, photoSideMax / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.className = "photo-drop__preview";
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  input.before(canvas);
  if (scale === 1 && file.size < 1_000_000) return;
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
  if (!blob || blob.size >= file.size || input.files[0] !== file) return;
  const smaller = new DataTransfer();
  smaller.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
  input.files = smaller.files; // tells no "change"
}
for (const input of document.querySelectorAll("input[data-photo]")) {
  // A photo the browser can't read is sent as it is: the server knows more kinds, and says so if not.
  input.addEventListener("change", () => photoChosen(input).catch(() => {}));
}
