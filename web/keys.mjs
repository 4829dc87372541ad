// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Big number keys below an amount: <div class="keys needs-script" data-keys="id of the input"> with buttons
// that have data-key: a digit, "," or "back". Typing into the field stays possible.

for (const keys of document.querySelectorAll("[data-keys]")) {
  const field = document.getElementById(keys.dataset.keys);
  if (matchMedia("(pointer: coarse)").matches) field.inputMode = "none"; // these keys are the keyboard
  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    const [whole, cents] = field.value.replace(".", ",").split(",");
    if (key === "back") field.value = field.value.slice(0, -1);
    else if (key === ",") field.value += cents === undefined ? (whole === "" ? "0," : ",") : "";
    else if (cents === undefined ? whole.length < 5 : cents.length < 2) field.value = whole === "0" && cents === undefined ? key : field.value + key;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
