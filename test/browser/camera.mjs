// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Photos: no camera, a refused one, a file that is none; and faces hidden before anything is sent.

import { newPerson, phone, signIn } from "./browser.mjs";

const targetMin = 44;
const side = 800; // of the test's photo: stripes of 4 px, black and white

export async function camera(checks, browser, town) {
  for (const part of [refused, hidden]) await checks.part(`camera, ${part.name}`, () => part({ checks, browser, town }));
}

const textOf = async (page, selector = "main") => (await page.locator(selector).allInnerTexts()).join("\n");

async function setOut({ browser, town }, options) {
  const { items } = (await town.call(null, "GET", "/v1/tasks?state=open")).body;
  let path;
  for (const { id } of items) {
    const made = await town.call("resident2", "POST", `/v1/tasks/${id}/claims`, {});
    if (made.status === 201) { path = `/claims/${made.body.id}`; break; }
  }
  const one = await newPerson(browser, town.url, { lang: "en", ...options });
  one.page.on("dialog", (dialog) => dialog.accept());
  const asked = [];
  one.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await signIn(one.page, "resident2");
  await one.page.goto(path);
  await one.page.waitForFunction(() => Boolean(document.querySelector("[data-photo]")));
  await one.page.waitForLoadState("networkidle");
  return { ...one, path, asked };
}

async function refused(scene) {
  const { checks } = scene;
  const { context, page, faults } = await setOut(scene, { touch: true });
  const button = page.locator("[data-camera]");
  checks.that("camera: a phone has a button for the camera", await button.isVisible());
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), button.click()]);
  checks.equal("camera: it asks for the camera at the back", await page.getAttribute("#photo", "capture"), "environment");
  // What the browser tells when the camera is refused, missing, or closed without a photo.
  await page.locator("#photo").dispatchEvent("cancel");
  checks.that("camera: refused, the page says what else can be done", /choose one that is on this phone/.test(await textOf(page, "[data-no-photo]")), await textOf(page, ".photo-drop"));
  checks.equal("camera: and the next choice is free", await page.getAttribute("#photo", "capture"), null);
  await chooser.setFiles([]);

  await page.locator("#photo").setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from("this is no photo") });
  await Promise.all([page.waitForEvent("load"), page.locator('form[action$="/evidence"] button[type="submit"]').click()]);
  checks.that("camera: a file that is no photo: said beside the form", /photo/i.test(await textOf(page, ".error-summary, .field-error")), await textOf(page));
  checks.equal("camera: and does not wait to be sent", await page.locator("[data-unsent] > li").count(), 0);
  checks.none("camera: no console error and no CSP violation", faults);
  await context.close();
}

/** A PNG of stripes, made by the page. */
async function stripes(page, size = side) {
  const bytes = await page.evaluate(async (px) => {
    const canvas = new OffscreenCanvas(px, px), context = canvas.getContext("2d");
    for (let x = 0; x < px; x++) {
      context.fillStyle = x % 8 < 4 ? "#000" : "#fff";
      context.fillRect(x, 0, 1, px);
    }
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer())];
  }, size);
  return { name: "stripes.png", mimeType: "image/png", buffer: Buffer.from(bytes) };
}

/** How much the stripes differ (0: one colour) around points, parts of the side; `source` is an address or a canvas. */
function contrasts(page, source, points) {
  return page.evaluate(async ({ from: place, points: spots }) => {
    const from = place.startsWith("/") ? await createImageBitmap(await (await fetch(place)).blob()) : document.querySelector(place);
    const { width, height } = from;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(from, 0, 0);
    return spots.map(([x, y]) => {
      const { data } = context.getImageData(Math.round(x * width) - 8, Math.round(y * height) - 4, 16, 8);
      const red = [...data].filter((_, i) => i % 4 === 0);
      return Math.max(...red) - Math.min(...red);
    });
  }, { from: source, points });
}

const canvasSelector = ".photo-drop canvas";

async function hidden(scene) {
  const { checks, town } = scene;
  const { context, page, path, asked, faults } = await setOut(scene, { touch: true, size: phone });
  await page.locator('input[name="moment"][value="after"]').check();
  await page.locator("#photo").setInputFiles(await stripes(page));
  const blur = page.locator("[data-blur]");
  await blur.waitFor();
  checks.that("camera: hiding is loaded only when it is used", !asked.some((name) => name.endsWith("/blur.mjs")));
  await blur.click();
  await page.locator(".photo-drop__preview--blur").waitFor();
  checks.that("camera: then it is", asked.some((name) => name.endsWith("/blur.mjs")));
  for (const name of ["data-camera", "data-blur", "data-blur-undo"]) {
    const box = await page.locator(`[${name}]`).boundingBox();
    checks.that(`camera: ${name} is large enough for a thumb`, box.height >= targetMin && box.width >= targetMin, JSON.stringify(box));
  }
  const undo = page.locator("[data-blur-undo]");
  checks.that("camera: there is nothing to undo yet", await undo.isDisabled());

  await page.locator(canvasSelector).scrollIntoViewIfNeeded();
  const box = await page.locator(canvasSelector).boundingBox();
  const touch = await context.newCDPSession(page);
  const point = (x, y) => [{ x: box.x + x * box.width, y: box.y + y * box.height }];
  const scrolled = await page.evaluate(() => scrollY);
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: point(0.25, 0.25) });
  for (const y of [0.3, 0.35, 0.4]) await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: point(0.25, y) });
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  checks.equal("camera: rubbing does not move the page", await page.evaluate(() => scrollY), scrolled);
  const spots = [[0.25, 0.25], [0.25, 0.4], [0.5, 0.5], [0.8, 0.8]];
  let found = await contrasts(page, canvasSelector, spots);
  checks.that("camera: a finger hides what it rubs over, and nothing else", found[0] < 8 && found[1] < 8 && found[2] > 200 && found[3] > 200, found.join());

  await page.locator(canvasSelector).focus();
  await page.keyboard.press("Space");
  found = await contrasts(page, canvasSelector, spots);
  const keyboardSpot = await contrasts(page, canvasSelector, [[0.25, 0.4]]);
  checks.that("camera: the space bar hides too", keyboardSpot[0] < 8, found.join());
  for (let i = 0; i < 11; i++) await page.keyboard.press("ArrowRight");
  for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowDown");
  checks.that("camera: one sees where the keyboard points", await page.locator(".photo-drop__spot").isVisible());
  await page.keyboard.press("Space");
  found = await contrasts(page, canvasSelector, spots);
  checks.that("camera: the arrow keys move", found[3] < 8 && found[2] > 200, found.join());
  await undo.click();
  found = await contrasts(page, canvasSelector, spots);
  checks.that("camera: the last spot comes back", found[3] > 200 && found[0] < 8, found.join());
  checks.that("camera: it is told to a screen reader", /last spot is back/i.test(await page.locator("[data-blur-said]").textContent()));

  // Sent in the same breath as the last touch: still the hidden one.
  await page.locator(canvasSelector).focus();
  await page.keyboard.press("Space");
  await Promise.all([page.waitForEvent("load"), page.locator('form[action$="/evidence"] button[type="submit"]').click()]);
  const { evidence } = (await town.call("resident2", "GET", `/v1${path}`)).body;
  checks.equal("camera: the photo is sent once", evidence.length, 1);
  const stored = await contrasts(page, evidence[0].url, spots);
  checks.that("camera: what was hidden is gone from the stored photo", stored[0] < 24 && stored[1] < 24 && stored[3] < 24, stored.join());
  checks.that("camera: the rest is as it was", stored[2] > 150, stored.join());

  await page.locator("#photo").setInputFiles(await stripes(page, 2400));
  await page.locator("[data-blur]").waitFor();
  const size = await page.waitForFunction(() => {
    const file = document.querySelector("#photo").files[0];
    return document.querySelector(".photo-drop canvas")?.width === 1600 && file;
  }).then(() => page.locator(canvasSelector).evaluate((element) => element.width));
  checks.equal("camera: a large photo is made smaller before it is sent", size, 1600);
  checks.none("camera: no console error and no CSP violation", faults);
  await context.close();
}
