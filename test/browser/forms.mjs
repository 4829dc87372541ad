// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Forms when things go otherwise: mistakes, no mouse, twice sent, gone back, signed out, not one's own.

import { newPerson, signIn } from "./browser.mjs";

const tabsMax = 60;

export async function forms(checks, browser, town) {
  const people = [];
  const person = async (persona, options) => {
    const one = await newPerson(browser, town.url, { lang: "en", ...options });
    people.push(one);
    one.page.on("dialog", (dialog) => dialog.accept());
    if (persona) await signIn(one.page, persona);
    return one.page;
  };
  const scene = { checks, town, person };
  for (const part of [mistakes, keyboard, twice, back, signedOut, language, notOnesOwn, oldForm]) {
    await checks.part(`forms, ${part.name}`, () => part(scene));
  }
  checks.none("forms: no console error and no CSP violation", people.flatMap(({ faults }) => faults));
  for (const { context } of people) await context.close();
}

const pathOf = (page) => new URL(page.url()).pathname;
const textOf = async (page, selector = "main") => (await page.locator(selector).allInnerTexts()).join("\n");

/** Sends the form as a browser would that checks nothing itself; gives the answer's status. */
async function send(page, selector) {
  const button = page.locator(selector);
  await button.evaluate((element) => { element.form.noValidate = true; });
  const [answer] = await Promise.all([page.waitForNavigation(), button.click()]);
  return answer.status();
}

async function asks(town, amountCents) {
  return (await town.call("cashier", "POST", "/v1/payment-requests", { amountCents })).body;
}

async function available(town, persona) {
  return Number((await town.call(persona, "GET", "/v1/wallets/me")).body.availableCents);
}

async function mistakes({ checks, town, person }) {
  const says = async (page, what, field, typed, status) => {
    checks.that(`forms: ${what}: status ${status} is a refusal`, status >= 400 && status < 500);
    checks.that(`forms: ${what}: the error stands beside the field`, (await textOf(page, `#${field}-error`)).length > 5, await textOf(page));
    checks.equal(`forms: ${what}: what was typed is still there`, await page.inputValue(`#${field}`), typed);
    checks.equal(`forms: ${what}: the summary leads to the field`, await page.locator(`.error-summary a[href="#${field}"]`).count(), 1);
    checks.that(`forms: ${what}: the field tells its error to a screen reader`,
      (await page.getAttribute(`#${field}`, "aria-describedby") ?? "").split(" ").includes(`${field}-error`));
  };
  const till = await person("cashier");
  await till.goto("/till");
  await till.fill("#amount", "abc");
  await till.fill("#description", "Two rolls");
  await says(till, "'abc' as an amount", "amount", "abc", await send(till, ".till-entry button[type=submit]"));
  checks.equal("forms: the other field keeps its words", await till.inputValue("#description"), "Two rolls");
  for (const amount of ["0", "-1", "1,234", "999999999999999999999"]) {
    await till.fill("#amount", amount);
    const status = await send(till, ".till-entry button[type=submit]");
    checks.that(`forms: '${amount}' as an amount is refused`, status === 400 && await till.inputValue("#amount") === amount, `status ${status}`);
  }

  const payer = await person("resident");
  await payer.goto("/pay");
  await payer.fill("#code", "ZZZ 999");
  await says(payer, "a code that isn't known", "code", "ZZZ 999", await send(payer, 'form[action="/pay"] button'));

  const inspector = await person("inspector");
  const claim = (await town.call("inspector", "GET", "/v1/review-queue")).body.items[0].claim;
  await inspector.goto(`/desk/reviews/${claim}`);
  await inspector.locator("details.more summary").click();
  await says(inspector, "rejecting without a reason", "reason", "", await send(inspector, 'button[value="rejected"]'));
  checks.that("forms: the field with the error can be seen", await inspector.locator("#reason").isVisible());

  const author = await person("author");
  await author.goto("/desk/tasks/new");
  await author.fill("#title", "Paint the fence");
  await author.selectOption("#category", "bench");
  await author.fill("#minutes", "soon");
  await says(author, "a task with half its fields", "minutes", "soon", await send(author, 'form[action="/desk/tasks/new"] .button--primary'));
  checks.that("forms: title and kind are kept", await author.inputValue("#title") === "Paint the fence" &&
    await author.inputValue("#category") === "bench");
  checks.that("forms: every empty field has its own error", await author.locator(".field-error").count() >= 5, await textOf(author, ".error-summary"));

  const payment = (await town.call("cashier", "GET", "/v1/payments")).body.items[0].id;
  await till.goto(`/payments/${payment}`);
  await till.fill("#amount", "9999");
  await till.fill("#reason", "Wrong bread");
  const status = await send(till, 'form[action$="/refunds"] button');
  checks.that("forms: giving back more than was paid is refused, and said", status >= 400 && await till.inputValue("#reason") === "Wrong bread" &&
    await till.locator(".error-summary").count() === 1, await textOf(till));
}

/** Goes on with Tab until this has the focus. */
async function tabTo(page, selector) {
  for (let i = 0; i < tabsMax; i++) {
    await page.keyboard.press("Tab");
    const there = await page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
    if (there) return true;
  }
  return false;
}

async function keyboard({ checks, town, person }) {
  const page = await person("resident");
  await page.goto("/tasks");
  await page.keyboard.press("Tab");
  checks.that("forms: the first Tab shows the way to the content", await page.locator(".skip-link").isVisible() &&
    await page.evaluate(() => document.activeElement.className === "skip-link"));
  await page.keyboard.press("Enter");
  checks.equal("forms: which leads into the content", await page.evaluate(() => document.activeElement.id), "main");
  const to = async (selector, name) => {
    if (!checks.that(`forms: the keyboard reaches ${name}`, await tabTo(page, selector), await page.title())) throw new Error(`no way to ${selector}`);
    checks.that(`forms: ${name} shows that it has the focus`, await page.evaluate(() => {
      const seen = [document.activeElement, null, "::after"].slice(0, 1);
      return [...seen.map((element) => getComputedStyle(element)), getComputedStyle(document.activeElement, "::after")]
        .some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
    }));
  };
  const enter = () => Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  await to('.card-link[href^="/tasks/"]', "a task");
  await enter();
  await to('form[action$="/claims"] button', "claiming");
  await enter();
  checks.that("forms: a task is claimed by keyboard alone", /^\/claims\//.test(pathOf(page)), page.url());

  const request = await asks(town, 100);
  await page.goto("/pay");
  await to("#code", "the code");
  await page.keyboard.type(request.code);
  await enter();
  await to('.sheet form[action^="/pay/"] button', "paying");
  await enter();
  checks.that("forms: a payment is made by keyboard alone", /^\/payments\//.test(pathOf(page)), page.url());
}

async function twice({ checks, town, person }) {
  const page = await person("resident");
  const before = await available(town, "resident");
  const request = await asks(town, 60);
  await page.goto(`/pay/${request.id}`);
  const form = await page.locator('.sheet form[action^="/pay/"]').evaluate((element) => Object.fromEntries(new FormData(element)));
  checks.that("forms: the payment form carries a key of its own", /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(form.idempotencyKey), JSON.stringify(form));
  const post = () => page.context().request.post(`/pay/${request.id}`, { form, maxRedirects: 0 });
  const [one, two] = await Promise.all([post(), post()]);
  const three = await post();
  checks.equal("forms: sent at the same moment twice, both are answered", `${one.status()} ${two.status()}`, "303 303");
  checks.that("forms: with the same payment, also later", one.headers().location === two.headers().location &&
    one.headers().location === three.headers().location, [one, two, three].map((answer) => answer.headers().location).join(" "));
  checks.equal("forms: and it is paid once", before - await available(town, "resident"), 60);

  const second = await asks(town, 40);
  await page.goto(`/pay/${second.id}`);
  await page.locator('.sheet form[action^="/pay/"] button').dblclick({ noWaitAfter: true });
  await page.waitForURL(/\/payments\//);
  checks.equal("forms: a double click pays once", before - await available(town, "resident"), 100);
}

async function back({ checks, town, person }) {
  const page = await person("resident");
  const before = await available(town, "resident");
  const request = await asks(town, 30);
  await page.goto(`/pay/${request.id}`);
  await Promise.all([page.waitForURL(/\/payments\//), page.click('.sheet form[action^="/pay/"] button')]);
  const payment = pathOf(page);
  await page.goBack({ waitUntil: "load" });
  const button = page.locator('.sheet form[action^="/pay/"] button');
  if (await button.count() > 0) await Promise.all([page.waitForURL(/\/payments\//), button.click()]);
  checks.that("forms: going back after paying offers no second payment", pathOf(page) === payment || /paid already/i.test(await textOf(page)), await textOf(page));
  checks.equal("forms: and takes nothing more", before - await available(town, "resident"), 30);
}

async function signedOut({ checks, person }) {
  const page = await person("cashier");
  const other = await page.context().newPage();
  await page.goto("/till");
  await page.fill("#amount", "3");
  await other.goto("/");
  await other.locator(".menu summary:has(.menu__name)").click();
  await Promise.all([other.waitForEvent("load"), other.locator('form[action="/sign-out"] button').click()]);
  checks.equal("forms: signing out leads to the start page with the way in", await other.locator('header a[href="/sign-in"]').count(), 1);
  const cookies = (await page.context().cookies()).filter(({ name }) => name.includes("wesh") && !name.includes("lang"));
  checks.that("forms: and takes the session's cookie away", cookies.every(({ value }) => value === ""), JSON.stringify(cookies));
  await Promise.all([page.waitForEvent("load"), page.click(".till-entry button[type=submit]")]);
  checks.equal("forms: a form sent after that asks to sign in", pathOf(page), "/sign-in");
  await Promise.all([page.waitForEvent("load"), page.click('[data-persona="cashier"]')]);
  checks.equal("forms: and leads back to the form", pathOf(page), "/till");
}

async function language({ checks, person }) {
  const page = await person(null, { lang: "de" });
  const lang = () => page.getAttribute("html", "lang");
  await page.goto("/shops");
  checks.equal("forms: the browser's language is taken", await lang(), "de");
  await page.locator(".menu summary").first().click();
  await Promise.all([page.waitForEvent("load"), page.click('button[name="lang"][value="en"]')]);
  checks.equal("forms: another language can be chosen", await lang(), "en");
  checks.equal("forms: on the same page", pathOf(page), "/shops");
  await page.goto("/tasks");
  checks.equal("forms: and it stays", await lang(), "en");
}

async function notOnesOwn({ checks, town, person }) {
  const page = await person("resident2");
  const claim = (await town.call("resident", "GET", "/v1/claims")).body.items[0].id;
  const payment = (await town.call("resident", "GET", "/v1/wallets/me/movements")).body.items.find(({ payment: id }) => id).payment;
  for (const path of [`/claims/${claim}`, `/claims/${claim}/withdrawal`, `/payments/${payment}`, "/tasks/01920000-0000-7000-8000-000000000000"]) {
    const answer = await page.goto(path);
    checks.that(`forms: what is another's can't be found: ${path.replace(/[0-9a-f-]{36}/, "…")}`, answer.status() === 404 &&
      await page.locator("h1").count() === 1 && !/cookie|stack|sql/i.test(await textOf(page)), `${answer.status()} ${await textOf(page)}`);
  }
  const answer = await page.goto("/desk/reviews");
  checks.that("forms: a page for others says so, and who one is", answer.status() === 403 && /Jos Peters/.test(await textOf(page)), await textOf(page));
}

async function oldForm({ checks, town, person }) {
  const page = await person("resident");
  const before = await available(town, "resident");
  const request = await asks(town, 20);
  await page.goto(`/pay/${request.id}`);
  await page.locator('.sheet form[action^="/pay/"] input[name="csrf"]').evaluate((field) => { field.value = field.value.replace(/^..../, "AAAA"); });
  const status = await send(page, '.sheet form[action^="/pay/"] button');
  checks.that("forms: a form of another session is refused, and the page says what to do", status === 403 && /open the page again/i.test(await textOf(page)), `${status} ${await textOf(page)}`);
  checks.equal("forms: and nothing happened", await available(town, "resident"), before);
}
