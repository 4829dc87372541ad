// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// A demo town in a temporary folder with its own server, for the tests that need one.

import { execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const program = resolve(process.env.WESH ?? join(root, "build/test/wesh"));
const environment = {
  WESH_PHOTO: join(dirname(program), "wesh-photo"),
  ...process.env,
};
const sanitizerWords = /AddressSanitizer|LeakSanitizer|runtime error:|Assertion .* failed/;
const startMs = 60_000;

const run = promisify(execFile);

/** Runs `wesh` with these words to its end; gives what it printed, throws when it failed. */
export async function wesh(...words) {
  const done = await run(program, words, { env: environment, cwd: root, maxBuffer: 16 << 20 });
  return done.stdout;
}

/** Fills a folder with the demo region once; towns start on copies of it. */
export async function makeDemo() {
  const home = await mkdtemp(join(tmpdir(), "wesh-demo-"));
  const data = join(home, "data");
  try {
    await wesh("demo", "--data", data);
    await wesh("set", "--data", data, "map.tiles", "off"); // tests ask no other site
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
  return { data, remove: () => rm(home, { recursive: true, force: true }) };
}

/** { url, people, set, call, stop }: `people` are the demo's, each with a bearer token. */
export async function startTown(demo, { port = 0, words = [], variables = {} } = {}) {
  const home = await mkdtemp(join(tmpdir(), "wesh-town-"));
  const data = join(home, "data");
  try {
    await cp(demo.data, data, { recursive: true });
    const server = spawn(program, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, "--unlimited", ...words],
      { env: { ...environment, ...variables }, cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    process.once("exit", () => server.kill("SIGKILL"));
    const logPath = join(home, "log");
    server.stderr.pipe(createWriteStream(logPath));
    const ended = new Promise((done) => { server.once("exit", done); });
    const url = await listening(server, logPath);
    const people = JSON.parse(await readFile(join(data, "demo-tokens.json"), "utf8").catch(() => "{}"));
    return {
      url,
      people,
      home,
      data,
      log: () => readFile(logPath, "utf8"),
      set: (name, value) => wesh("set", name, String(value), "--data", data),
      call: (persona, method, path, body) => call(url, people[persona], method, path, body),
      /** Ends the server; tells its exit status, whether its log is clean and its books are right. */
      async stop() {
        server.kill("SIGTERM");
        const status = await ended;
        const log = await readFile(logPath, "utf8");
        const verified = await wesh("verify", "--data", data).catch((error) => error);
        await rm(home, { recursive: true, force: true });
        return { status, clean: !sanitizerWords.test(log), log, verified };
      },
    };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

async function listening(server, logPath) {
  const late = setTimeout(() => server.kill("SIGKILL"), startMs);
  for await (const line of createInterface({ input: server.stdout })) {
    const found = line.match(/listening on (http:\S+)/);
    if (found) {
      clearTimeout(late);
      server.stdout.resume();
      return found[1];
    }
  }
  clearTimeout(late);
  throw new Error(`wesh serve did not start: ${await readFile(logPath, "utf8")}`);
}

/** One call to the API; gives { status, body }. A FormData goes as it is, all else as JSON. */
async function call(url, person, method, path, body) {
  const headers = {};
  if (person) headers.Authorization = `Bearer ${person.token}`;
  if (method === "POST") headers["Idempotency-Key"] = uuid7();
  if (body && !(body instanceof FormData)) headers["Content-Type"] = "application/json";
  const answer = await fetch(url + path, {
    method,
    headers,
    body: body && !(body instanceof FormData) ? JSON.stringify(body) : body,
  });
  const text = await answer.text();
  return { status: answer.status, body: /json/.test(answer.headers.get("content-type")) ? JSON.parse(text) : text };
}

/** A fresh UUIDv7, as an Idempotency-Key must be. */
export function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The photo of an after or before of this kind of work, from the demo's own. */
export function photoPath(name) {
  return join(root, "data/parkstad/photos", `${name}.jpg`);
}
