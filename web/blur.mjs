// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Hides what a finger, a mouse or the arrow keys point at: whole squares of the picture become one
// colour each, in the picture itself, so nothing can bring back what was there once it is sent.

const squares = 20; // along the longer side: a face that fills a third of it keeps seven
const reach = 1.6; // squares around the finger

/**
 * @param {HTMLCanvasElement} canvas holds the picture
 * @param {HTMLElement} spot stands where the keyboard points
 * @param tell {begun(), changed()}: a stroke began; the picture is another
 */
export function makeBlur(canvas, spot, tell) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const side = Math.max(4, Math.ceil(Math.max(canvas.width, canvas.height) / squares));
  const strokes = []; // each a Map of square → its pixels before
  let stroke, on = false;
  let at = { x: canvas.width / 2, y: canvas.height / 2 };

  function hideSquare(column, row) {
    const key = `${column},${row}`;
    const x = column * side, y = row * side;
    const width = Math.min(side, canvas.width - x), height = Math.min(side, canvas.height - y);
    if (column < 0 || row < 0 || width <= 0 || height <= 0 || stroke.has(key)) return;
    const pixels = context.getImageData(x, y, width, height);
    const sum = [0, 0, 0];
    for (let i = 0; i < pixels.data.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += pixels.data[i + c];
    const [red, green, blue] = sum.map((s) => Math.round(s / (width * height)));
    stroke.set(key, pixels);
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(x, y, width, height);
  }

  function hideAround({ x, y }) {
    const near = Math.ceil(reach);
    const column = Math.floor(x / side), row = Math.floor(y / side);
    for (let c = column - near; c <= column + near; c++) {
      for (let r = row - near; r <= row + near; r++) {
        if (Math.hypot((c + 0.5) * side - x, (r + 0.5) * side - y) <= reach * side) hideSquare(c, r);
      }
    }
  }

  function begin() {
    stroke = new Map();
    tell.begun();
  }
  function end() {
    if (!stroke) return;
    strokes.push(stroke);
    stroke = undefined;
    tell.changed();
  }

  function pointOf(event) {
    const box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) * canvas.width / box.width, y: (event.clientY - box.top) * canvas.height / box.height };
  }
  /** A quick finger leaves gaps between two events: filled along the line. */
  function along(to) {
    const steps = Math.ceil(Math.hypot(to.x - at.x, to.y - at.y) / side) || 1;
    for (let i = 1; i <= steps; i++) hideAround({ x: at.x + (to.x - at.x) * i / steps, y: at.y + (to.y - at.y) * i / steps });
    at = to;
  }
  function showSpot() {
    spot.style.left = `${canvas.offsetLeft + at.x / canvas.width * canvas.clientWidth}px`;
    spot.style.top = `${canvas.offsetTop + at.y / canvas.height * canvas.clientHeight}px`;
    spot.style.width = spot.style.height = `${2 * reach * side / canvas.width * canvas.clientWidth}px`;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!on || event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    spot.hidden = true;
    at = pointOf(event);
    begin();
    hideAround(at);
  });
  canvas.addEventListener("pointermove", (event) => { if (stroke) along(pointOf(event)); });
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!on || !(event.key in moves || event.key === " " || event.key === "Enter")) return;
    event.preventDefault(); // the page must not scroll away, nor the form be sent
    if (event.key in moves) {
      const [x, y] = moves[event.key];
      at = {
        x: Math.min(canvas.width - 1, Math.max(0, at.x + x * side)),
        y: Math.min(canvas.height - 1, Math.max(0, at.y + y * side)),
      };
    } else {
      begin();
      hideAround(at);
      end();
    }
    spot.hidden = false;
    showSpot();
  });
  canvas.addEventListener("blur", () => { spot.hidden = true; });

  return {
    turn(isOn) {
      on = isOn;
      canvas.classList.toggle("photo-drop__preview--blur", on);
      canvas.setAttribute("role", on ? "application" : "img"); // then a screen reader lets the keys through
      if (on) {
        canvas.tabIndex = 0;
        canvas.setAttribute("aria-describedby", "blur-help");
      } else {
        canvas.removeAttribute("tabindex");
        canvas.removeAttribute("aria-describedby");
        spot.hidden = true;
      }
    },
    canUndo: () => strokes.length > 0,
    undo() {
      for (const [key, pixels] of strokes.pop() ?? []) {
        const [column, row] = key.split(",").map(Number);
        context.putImageData(pixels, column * side, row * side);
      }
    },
  };
}
