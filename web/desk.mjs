// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Keys for those who check a lot: what has data-shortcut="a" is pressed by the key a. They can be
// turned off (WCAG 2.1.4), and are remembered so on this device.

const line = document.querySelector("[data-shortcuts]");
const box = line?.querySelector("input");
const stored = "wesh-shortcuts";

function remember(value) {
  try { localStorage.setItem(stored, value); } catch { /* a private window may refuse */ }
}
function isOff() {
  try { return localStorage.getItem(stored) === "off"; } catch { return false; }
}

if (line && matchMedia("(hover: hover)").matches) { // a phone has no keys
  line.hidden = false;
  box.checked = !isOff();
  box.addEventListener("change", () => remember(box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    const wanted = document.querySelector(`[data-shortcut="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!wanted) return;
    event.preventDefault();
    const details = wanted.closest("details");
    if (details && !details.open) details.open = true;
    if (wanted.matches("textarea, input")) wanted.focus();
    else wanted.click();
  });
}
