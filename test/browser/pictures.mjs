// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Takes the pictures of docs/pictures from a fresh demo town: node test/browser/pictures.mjs [FOLDER]

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { desk, newPerson, phone, signIn, startBrowser } from "./browser.mjs";
import { makeDemo, photoPath, root, startTown } from "./town.mjs";

const folder = process.argv[2] ?? join(root, "docs/pictures");

const demo = await makeDemo();
const town = await startTown(demo);
const browser = await startBrowser();
try {
  for (const { name, persona, path, size } of await makeVisits(town)) {
    const { context, page } = await newPerson(browser, town.url, { lang: "en", size, scale: size === phone ? 1.25 : 1 });
    if (persona) await signIn(page, persona);
    await page.goto(path);
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(folder, `${name}.jpg`), type: "jpeg", quality: size === phone ? 66 : 52 });
    await context.close();
  }
} finally {
  await browser.close();
  await town.stop();
  await demo.remove();
}

async function makeVisits({ call }) {
  const body = async (...words) => (await call(...words)).body;
  const home = (await body("resident", "GET", "/v1/people/me")).neighbourhood;
  const tasks = (await body(null, "GET", `/v1/tasks?state=open&neighbourhood=${home}`)).items;
  const task = tasks.find(({ category }) => category === "bench") ?? tasks[0];
  const claim = await body("resident2", "POST", `/v1/tasks/${task.id}/claims`, {});
  const form = new FormData();
  form.set("moment", "before");
  form.set("photo", new Blob([await readFile(photoPath(`${task.category}-before`))], { type: "image/jpeg" }), "before.jpg");
  await call("resident2", "POST", `/v1/claims/${claim.id}/evidence`, form);
  const queue = (await body("inspector", "GET", "/v1/review-queue")).items;
  const request = await body("cashier", "POST", "/v1/payment-requests", { amountCents: 350, description: "Coffee and cake" });
  const due = (await body("treasurer", "GET", "/v1/payouts/due")).items[0];
  const payout = await body("treasurer", "POST", "/v1/payouts", { issuer: due.issuer });
  const other = tasks.find(({ id, places, placesTaken }) => id !== task.id && places > placesTaken);
  return [
    { name: "home-phone", path: "/", size: phone },
    { name: "tasks-phone", path: `/tasks?neighbourhood=${home}`, size: phone },
    { name: "task-phone", persona: "resident", path: `/tasks/${other.id}`, size: phone },
    { name: "claim-phone", persona: "resident2", path: `/claims/${claim.id}`, size: phone },
    { name: "wallet-phone", persona: "resident", path: "/wallet", size: phone },
    { name: "till-phone", persona: "cashier", path: `/till/${request.id}`, size: phone },
    { name: "pay-phone", persona: "resident", path: `/pay/${request.id}`, size: phone },
    { name: "review-desk", persona: "inspector", path: `/desk/reviews/${queue[0].claim}`, size: desk },
    { name: "payouts-desk", persona: "treasurer2", path: `/desk/payouts/${payout.id}`, size: desk },
  ];
}
