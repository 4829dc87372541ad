// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Chromium, and people in it: each person is a context of their own, signed in through the page.

import { chromium } from "playwright-core";

export const phone = { width: 390, height: 844 };
export const desk = { width: 1280, height: 800 };
const actionMs = 10_000;

const chromiumOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
};

export function startBrowser() {
  return chromium.launch(chromiumOptions);
}

/** A browser of its own that keeps in `folder` what it knows, so that it can be closed and opened again. */
export async function startPhone(folder, url, lang = "en") {
  const context = await chromium.launchPersistentContext(folder, {
    ...chromiumOptions, baseURL: url, viewport: phone, locale: lang, reducedMotion: "reduce",
  });
  context.setDefaultTimeout(actionMs);
  return { context, page: context.pages()[0] ?? await context.newPage() };
}

/** A context; `faults` collects what its pages' consoles complain about, CSP violations too. */
export async function newPerson(browser, url, options = {}) {
  const { lang = "nl", theme = "light", size = phone, javascript = true, scale = 1, touch = false } = options;
  const context = await browser.newContext({
    baseURL: url,
    viewport: size,
    deviceScaleFactor: scale,
    hasTouch: touch,
    isMobile: touch,
    locale: lang,
    colorScheme: theme,
    javaScriptEnabled: javascript,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(actionMs);
  const faults = [];
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    // Chromium tells every 4xx page as an error of its own; statuses are checked where they matter.
    if (/the server responded with a status of 4\d\d/.test(message.text())) return;
    faults.push(`${message.page()?.url()}: ${message.text()}`);
  });
  context.on("weberror", (error) => faults.push(`${error.page()?.url()}: ${error.error()}`));
  const page = await context.newPage();
  return { context, page, faults };
}

/** Signs in as a persona of the demo, by the button on the page. */
export async function signIn(page, persona, next = "") {
  await page.goto(`/sign-in${next ? `?next=${encodeURIComponent(next)}` : ""}`);
  await page.click(`[data-persona="${persona}"]`);
  await page.waitForURL((at) => !at.pathname.startsWith("/sign-in"));
}
