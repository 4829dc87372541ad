// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// A browser reduced to what matters here: cookies, forms and redirects, each step to be looked at.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startTown, wesh } from "../browser/town.mjs";

export async function freePort() {
  const server = createServer();
  await new Promise((done) => { server.listen(0, "127.0.0.1", done); });
  const { port } = server.address();
  await new Promise((done) => { server.close(done); });
  return port;
}

/** A town under http://localhost, as passkeys want a name: the demo, or an installation of its own. */
export async function startPlace(demo, variables = {}) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const town = await startTown(demo, { port, words: ["--base-url", url], variables });
  return {
    town,
    url,
    data: town.data,
    visitor: () => new Visitor(url),
    command: (...words) => wesh(...words, "--data", town.data),
    set: town.set,
  };
}

/** An installation that is no demo. */
export async function makeReal() {
  const home = await mkdtemp(join(tmpdir(), "wesh-real-"));
  const data = join(home, "data");
  await wesh("init", "--data", data);
  return { data, remove: () => rm(home, { recursive: true, force: true }) };
}

export class Visitor {
  cookies = new Map();

  constructor(url) {
    this.url = url;
  }

  /** One request; redirects are not followed. Gives { status, text, location, headers }. */
  async ask(method, path, { form, json, headers = {} } = {}) {
    const address = path.startsWith("http") ? path : this.url + path;
    const answer = await fetch(address, {
      method,
      redirect: "manual",
      headers: {
        Accept: json ? "application/json" : "text/html",
        "Accept-Language": "en",
        ...(this.cookies.size ? { Cookie: [...this.cookies].map((pair) => pair.join("=")).join("; ") } : {}),
        ...(json ? { "Content-Type": "application/json" } : {}),
        ...headers,
      },
      body: json ? JSON.stringify(json) : form ? new URLSearchParams(form) : undefined,
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    const location = answer.headers.get("location");
    return {
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
      location: location && new URL(location, address).href.replace(this.url, ""),
    };
  }

  get = (path, more) => this.ask("GET", path, more);

  /** Sends a form, with the token that its page holds. */
  async post(path, form = {}, page = "/language") {
    const shown = this.signedIn ? await this.get(page === "/language" ? "/me/access" : page) : { text: "" };
    const csrf = shown.text.match(/name="csrf" value="([^"]+)"/)?.[1];
    return this.ask("POST", path, { form: { ...form, ...(csrf ? { csrf } : {}) } });
  }

  get signedIn() {
    return this.cookies.has("wesh");
  }

  /** Follows redirects from an address to its end, through other places too; others have jars of their own. */
  async follow(path, jars = {}) {
    const seen = [];
    for (let at = path, step = 0; step < 20; step++) {
      const other = at.startsWith("http") ? new URL(at).origin : "";
      const who = other ? (jars[other] ??= new Visitor(other)) : this;
      const answer = await who.get(at);
      seen.push(at);
      if (answer.status < 300 || answer.status >= 400) return { ...answer, at, seen };
      at = other && answer.location.startsWith("/") ? other + answer.location : answer.location;
      if (at.startsWith(this.url)) at = at.slice(this.url.length);
    }
    throw new Error(`it goes round: ${seen.join(" ")}`);
  }
}

/** The newest message to an address on the page of the demo: { text, code, path }. */
export async function newestMessage(visitor, address) {
  const { text } = await visitor.get("/demo/mail");
  const item = text.split('<li class="row">').slice(1).find((one) => one.includes(`To ${address},`));
  if (!item) return null;
  return {
    text: item,
    code: item.match(/code is (\d{6})/)?.[1],
    path: item.match(/class="button" href="([^"]+)"/)?.[1],
  };
}

/** Signs up without e-mail; gives the recovery code. */
export async function signUpPlain(visitor, name = "Ann") {
  const made = await visitor.post("/sign-up", { name, birthMonth: 5, birthYear: 1980, language: "en" });
  if (made.status !== 303) throw new Error(`no sign-up: ${made.status}`);
  const page = await visitor.get("/me/recovery");
  return page.text.match(/id="recovery-code">([^<]+)</)?.[1];
}
