// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// "Use my location" in a form with a place: the phone is asked only when the button is pressed, is
// told to be no more exact than a street, and the answer is kept nowhere: it leaves the address bar
// (so also the history, and links that are shared) as soon as the page is there.

const decimals = 3; // about 100 metres

const address = new URL(location.href);
if (address.searchParams.has("near")) {
  address.searchParams.delete("near");
  history.replaceState(history.state, "", address);
}

function place(form, { coords }) {
  const near = `${coords.latitude.toFixed(decimals)},${coords.longitude.toFixed(decimals)}`;
  const query = new URLSearchParams(new FormData(form));
  query.delete("around");
  query.set("near", near);
  for (const [name, value] of [...query]) if (value === "") query.delete(name);
  location.replace(`${form.getAttribute("action")}?${query}`);
}

for (const button of document.querySelectorAll("[data-near]")) {
  if (!navigator.geolocation) {
    button.hidden = true;
    continue;
  }
  const form = button.form, note = form.querySelector(".filter__note");
  button.addEventListener("click", () => {
    note.textContent = "";
    button.setAttribute("aria-disabled", "true");
    navigator.geolocation.getCurrentPosition((position) => place(form, position), () => {
      button.removeAttribute("aria-disabled");
      note.textContent = button.dataset.refused;
      form.elements.around?.focus();
    }, { enableHighAccuracy: false, timeout: 10_000, maximumAge: 60_000 });
  });
}
