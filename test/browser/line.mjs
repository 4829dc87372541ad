// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// The line between a phone and the town, which can break: as a network does, not as a test tool does.

import { connect, createServer } from "node:net";

/** { url, cut, mend, cutAfter, swallow, close }: `url` is the town's behind the line. */
export async function startLine(town) {
  const far = Number(new URL(town).port);
  const sockets = new Set();
  let state = { open: true, bytes: Infinity, deaf: false };

  function drop() {
    state = { open: false, bytes: 0, deaf: false };
    for (const socket of sockets) socket.destroy();
  }
  const server = createServer((near) => {
    if (!state.open) return near.destroy();
    const there = connect(far, "127.0.0.1");
    for (const socket of [near, there]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => { sockets.delete(socket); near.destroy(); there.destroy(); });
    }
    near.on("data", (bytes) => {
      state.bytes -= bytes.length;
      if (state.bytes < 0) drop();
      else there.write(bytes);
    });
    there.on("data", (bytes) => {
      if (state.deaf && /^HTTP\/1\.1 201/.test(bytes.toString("latin1"))) drop();
      else near.write(bytes);
    });
  });
  await new Promise((done) => { server.listen(0, "127.0.0.1", done); });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut: drop,
    mend() { state = { open: true, bytes: Infinity, deaf: false }; },
    /** Breaks in the middle of what is sent. */
    cutAfter(bytes) { state = { open: true, bytes, deaf: false }; },
    /** Breaks when the town says that something was made: it was, but nobody hears it. */
    swallow() { state = { open: true, bytes: Infinity, deaf: true }; },
    close() {
      drop();
      return new Promise((done) => { server.close(done); });
    },
  };
}
