// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// Messages by SMTP, on an installation that is no demo: to a server that takes them, one that says
// later, one that says never, and one that can't be trusted.

import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";

import { makeReal, startPlace } from "./visitor.mjs";

const run = promisify(execFile);
const waitMs = 15_000;

/** A server whose `answer` decides on each recipient; it keeps what came. */
function mailServer(answer, wrap = createServer) {
  const kept = { messages: [], logins: [], recipients: [], connections: 0 };
  const server = wrap((socket) => {
    let data = null;
    let asked = false;
    let rest = "";
    kept.connections++;
    socket.on("error", () => {});
    socket.write("220 test ESMTP\r\n");
    socket.on("data", (bytes) => {
      rest += bytes.toString("latin1");
      for (let end; (end = rest.indexOf("\r\n")) >= 0;) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data !== null && line !== ".") data.push(line.replace(/^\./, ""));
        else if (data !== null) {
          kept.messages.push(data.join("\n"));
          data = null;
          socket.write("250 taken\r\n");
        } else if (/^EHLO/i.test(line)) socket.write("250-test\r\n250 AUTH PLAIN\r\n");
        else if (/^AUTH PLAIN$/i.test(line)) {
          asked = true;
          socket.write("334 \r\n");
        } else if (asked) {
          asked = false;
          kept.logins.push(Buffer.from(line, "base64").toString());
          socket.write("235 welcome\r\n");
        } else if (/^RCPT/i.test(line)) {
          kept.recipients.push(line);
          socket.write(`${answer(line)}\r\n`);
        } else if (/^DATA/i.test(line)) {
          data = [];
          socket.write("354 go on\r\n");
        } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
        else socket.write("250 fine\r\n");
      }
    });
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => done({ kept, port: server.address().port, stop: () => server.close() }));
  });
}

async function until(holds) {
  for (const end = Date.now() + waitMs; Date.now() < end;) {
    if (await holds()) return true;
    await new Promise((done) => { setTimeout(done, 100); });
  }
  return false;
}

async function selfSigned(folder) {
  await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
    "-keyout", join(folder, "tls.key"), "-out", join(folder, "tls.crt"), "-days", "1", "-subj", "/CN=localhost"]);
  return { key: await readFile(join(folder, "tls.key")), cert: await readFile(join(folder, "tls.crt")) };
}

async function sends(checks, real) {
  const answers = (line) => line.includes("never@") ? "550 nobody here" : line.includes("later@") ? "451 not now" : "250 fine";
  const server = await mailServer(answers);
  const secret = join(dirname(real.data), "password");
  await writeFile(secret, "pass word\n", { mode: 0o600 });
  const place = await startPlace(real, {
    WESH_SMTP: `smtp://127.0.0.1:${server.port}`, WESH_SMTP_USER: "wesh", WESH_SMTP_PASSWORD_FILE: secret,
    WESH_MAIL_FROM: "coins@example.org",
  });
  try {
    const ann = place.visitor();
    checks.equal("the demo's page is not there", (await ann.get("/demo/mail")).status, 404);
    for (const email of ["ann@example.org", "later@example.org", "never@example.org"]) {
      checks.equal(`${email} may ask`, (await ann.post("/sign-in/email", { email })).status, 303);
    }
    checks.that("the message arrives", await until(() => server.kept.messages.length === 1));
    const message = server.kept.messages[0] ?? "";
    checks.that("from us, to them", message.includes("From: WESH <coins@example.org>") && message.includes("To: <ann@example.org>"));
    const code = message.replace(/=\n/g, "").match(/code is (\d{6})/)?.[1];
    checks.that("with its code", code);
    checks.that("we signed in with the password of the file", server.kept.logins.includes("\0wesh\0pass word"), server.kept.logins.join());
    checks.that("the others were tried", await until(() => server.kept.recipients.length >= 3));
    checks.that("the operator hears of what is given up", await until(async () =>
      /job=send-mail error=mail\.given-up detail="[^"]*SMTP 550/.test(await place.town.log())), await place.town.log());
    checks.that("and of what is tried again", /error=mail\.not-sent detail="[^"]*SMTP 451/.test(await place.town.log()));
    checks.that("without any address", !/@example\.org/.test(await place.town.log()));
    await new Promise((done) => { setTimeout(done, 2500); });
    checks.equal("nothing is tried again at once", server.kept.recipients.length, 3);
  } finally {
    await checks.end("smtp", place.town);
    server.stop();
  }
}

async function refuses(checks, real, what, variables, wanted) {
  const place = await startPlace(real, { WESH_MAIL_FROM: "coins@example.org", ...variables });
  try {
    await place.visitor().post("/sign-in/email", { email: "bea@example.org" });
    checks.that(`${what}: the operator is told`, await until(async () => wanted.test(await place.town.log())), await place.town.log());
  } finally {
    await checks.end(what, place.town);
  }
}

export async function smtp(checks) {
  const real = await makeReal();
  try {
    const silent = await startPlace(real);
    checks.equal("without a mail server nobody may ask", (await silent.visitor().post("/sign-in/email", { email: "ann@example.org" })).status, 409);
    checks.that("and the page doesn't offer it", !(await silent.visitor().get("/sign-in")).text.includes("/sign-in/email"));
    await checks.end("without mail", silent.town);
    await sends(checks, real);
    const tls = await selfSigned(dirname(real.data));
    const server = await mailServer(() => "250 fine", (on) => createTlsServer(tls, on));
    await refuses(checks, real, "a server nobody vouches for", { WESH_SMTP: `smtps://localhost:${server.port}` }, /mail\.not-sent/);
    checks.equal("a server nobody vouches for gets nothing", server.kept.recipients.length, 0);
    server.stop();
    await refuses(checks, real, "a server that is away", { WESH_SMTP: "smtp://127.0.0.1:1" }, /mail\.not-sent detail="Couldn't connect/);
    await refuses(checks, real, "an address of another kind", { WESH_SMTP: "http://127.0.0.1" }, /mail\.setup/);
    const open = join(dirname(real.data), "open");
    await writeFile(open, "secret");
    await chmod(open, 0o644);
    await refuses(checks, real, "a password others can read", { WESH_SMTP: "smtp://127.0.0.1:1", WESH_SMTP_PASSWORD_FILE: open }, /mail\.setup/);
  } finally {
    await real.remove();
  }
}
