// SPDX-FileCopyrightText: 2026 WESH contributors
// SPDX-License-Identifier: EUPL-1.2
// <div data-passkey="sign-in|add|confirm" data-csrf data-next hidden>: a button, and a place for what
// went wrong. It shows itself where the browser knows passkeys; without it there are other ways in.

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const keys = (challenge) => challenge.credentials.map(({ id }) => ({ type: "public-key", id: toBytes(id) }));

async function call(box, path, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  if (box.dataset.csrf) headers["X-CSRF-Token"] = box.dataset.csrf;
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  return said;
}

async function add(box, challenge) {
  const made = await navigator.credentials.create({ publicKey: {
    challenge: toBytes(challenge.challenge),
    rp: { id: challenge.rpId, name: "WESH" },
    user: { id: toBytes(challenge.userId), name: challenge.userName, displayName: challenge.userName },
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: keys(challenge),
    authenticatorSelection: { residentKey: "required", userVerification: challenge.userVerification },
    attestation: "none",
  } });
  await call(box, "/v1/passkeys", {
    clientData: toText(made.response.clientDataJSON),
    authenticatorData: toText(made.response.getAuthenticatorData()),
    name: box.querySelector("input").value.trim() || challenge.rpId,
  });
  return "/me/access";
}

async function show(box, challenge) {
  const shown = await navigator.credentials.get({ publicKey: {
    challenge: toBytes(challenge.challenge),
    rpId: challenge.rpId,
    allowCredentials: keys(challenge),
    userVerification: challenge.userVerification,
  } });
  const { next } = await call(box, `/v1/passkeys/${box.dataset.passkey}s`.replace("confirms", "confirmations"), {
    id: toText(shown.rawId),
    clientData: toText(shown.response.clientDataJSON),
    authenticatorData: toText(shown.response.authenticatorData),
    signature: toText(shown.response.signature),
    ...(box.dataset.next ? { next: box.dataset.next } : {}),
  });
  return next;
}

for (const box of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const button = box.querySelector("button");
  const told = box.querySelector("[role=alert]");
  box.hidden = false;
  button.addEventListener("click", async () => {
    told.hidden = true;
    button.setAttribute("aria-disabled", "true");
    try {
      const purpose = box.dataset.passkey;
      const challenge = await call(box, "/v1/passkeys/challenges", { purpose });
      location.assign(await (purpose === "add" ? add : show)(box, challenge));
    } catch (problem) {
      // Closing the browser's own question is no mistake.
      if (problem.name !== "NotAllowedError" && problem.name !== "AbortError") {
        told.textContent = problem.message;
        told.hidden = false;
      }
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}
