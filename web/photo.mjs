// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// <input type="file" data-photo> with src/page/photo_tools.html beside it: the photo is shown before
// it is sent, made small for a slow network, and faces and plates can be hidden in it (blur.mjs).

const sideMax = 1600; // the server keeps no more
const quality = 0.85;

function jpeg(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no JPEG"))), "image/jpeg", quality);
  });
}

function put(input, blob) {
  const files = new DataTransfer();
  files.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
  input.files = files.files; // tells no "change"
}

function preview(drop, bitmap) {
  const work = drop.querySelector("template[data-preview]").content.cloneNode(true).firstElementChild;
  const canvas = work.querySelector("canvas");
  const scale = Math.min(1, sideMax / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  drop.querySelector("input").before(work);
  return { canvas, isSmaller: scale < 1 };
}

function start(input) {
  const drop = input.closest(".photo-drop");
  const part = (name) => drop.querySelector(`[data-${name}]`);
  let busy; // until the file in the input is the one on the canvas
  let blur;

  async function chosen() {
    const file = input.files[0];
    drop.querySelector(".photo-drop__work")?.remove();
    part("no-photo").textContent = "";
    blur = undefined;
    part("blur-tools").hidden = true;
    part("blur").setAttribute("aria-pressed", "false");
    part("blur-undo").hidden = part("blur-help").hidden = true;
    if (!file) return;
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    if (input.files[0] !== file) return;
    const { canvas, isSmaller } = preview(drop, bitmap);
    bitmap.close();
    part("blur-tools").hidden = false;
    if (!isSmaller && file.size < 1_000_000) return;
    const blob = await jpeg(canvas);
    if (blob.size < file.size && input.files[0] === file) put(input, blob);
  }

  /** What was rubbed out must never leave the phone: sending waits, and without a JPEG nothing is sent. */
  function changed(canvas) {
    const turn = jpeg(canvas).then((blob) => { if (busy === turn) put(input, blob); }, () => { input.value = ""; });
    busy = turn;
    turn.then(() => { if (busy === turn) busy = undefined; });
    part("blur-undo").disabled = !blur.canUndo();
  }

  async function toggleBlur() {
    const on = part("blur").getAttribute("aria-pressed") !== "true";
    if (!blur) {
      const canvas = drop.querySelector("canvas");
      const { makeBlur } = await import("{{asset blur.mjs}}");
      blur = makeBlur(canvas, drop.querySelector(".photo-drop__spot"), {
        begun: () => { busy ??= Promise.resolve(); },
        changed: () => { part("blur-said").textContent = part("blur-said").dataset.hidden; changed(canvas); },
      });
    }
    blur.turn(on);
    part("blur").setAttribute("aria-pressed", String(on));
    part("blur-undo").hidden = part("blur-help").hidden = !on;
  }

  input.addEventListener("change", () => {
    input.removeAttribute("capture");
    // A photo the browser can't read is sent as it is: the server knows more kinds, and says so if not.
    const turn = chosen().catch(() => {}).then(() => { if (busy === turn) busy = undefined; });
    busy = turn;
  });
  input.addEventListener("cancel", () => {
    if (!input.hasAttribute("capture")) return;
    input.removeAttribute("capture");
    part("no-photo").textContent = part("no-photo").dataset.words;
  });
  input.form.addEventListener("submit", async (event) => {
    if (!busy) return;
    event.preventDefault();
    event.stopPropagation();
    while (busy) await Promise.all([busy, new Promise((resolve) => setTimeout(resolve, 50))]);
    input.form.requestSubmit(event.submitter);
  });
  part("blur").addEventListener("click", toggleBlur);
  part("blur-undo").addEventListener("click", () => {
    blur.undo();
    part("blur-said").textContent = part("blur-said").dataset.undone;
    changed(drop.querySelector("canvas"));
  });
  const camera = part("camera");
  camera.hidden = !window.matchMedia("(pointer: coarse)").matches; // a phone or tablet
  camera.addEventListener("click", () => {
    input.setAttribute("capture", "environment");
    input.click();
  });
  if (input.files.length) input.dispatchEvent(new Event("change"));
}

for (const input of document.querySelectorAll("input[data-photo]")) start(input);
