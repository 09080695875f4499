// Logs a raw client in, with the client's half of the mechanisms.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type SaslAuthenticateResponse, saslAuthenticateApi } from "../../src/protocol/messages/sasl-authenticate.ts";
import { type SaslHandshakeResponse, saslHandshakeApi } from "../../src/protocol/messages/sasl-handshake.ts";
import type { HashName } from "../../src/runtime/crypto.ts";
import type { SaslMechanism } from "../../src/security/mechanism.ts";
import { plain } from "../../src/security/plain.ts";
import { type ScramUser, scram } from "../../src/security/scram.ts";
import type { RawClient } from "./raw-client.ts";
import { syncCrypto } from "./sync-crypto.ts";

export const asPlain = (username: string, password: string): SaslMechanism => plain({ username, password });

export const asScram = (hash: HashName, user: ScramUser): SaslMechanism =>
  scram(hash, user, { crypto: syncCrypto, entropy: { fill: (bytes) => bytes.set(randomBytes(bytes.length)) } });

export const handshake = (client: RawClient, mechanism: string, version = 1): Promise<SaslHandshakeResponse> =>
  client.request(saslHandshakeApi, { mechanism }, version);

export const token = (
  client: RawClient,
  authBytes: Uint8Array | string,
  version = 2,
): Promise<SaslAuthenticateResponse> =>
  client.request(
    saslAuthenticateApi,
    { authBytes: typeof authBytes === "string" ? Buffer.from(authBytes) : authBytes },
    version,
  );

/** The last answer of an exchange, which may be a refusal. */
export async function exchanged(
  client: RawClient,
  mechanism: SaslMechanism,
  version = 2,
): Promise<SaslAuthenticateResponse> {
  const exchange = mechanism.exchange({ host: "b", port: 1 });
  const first = await exchange.begin(0);
  const { errorCode } = await handshake(client, mechanism.name);
  assert.equal(errorCode, 0, `the handshake of ${mechanism.name}`);
  for (let message = first; ;) {
    const answer = await token(client, message, version);
    if (answer.errorCode !== 0) return answer;
    const step = await exchange.next(answer.authBytes);
    if (step.kind === "done") return answer;
    if (step.kind === "failed") throw step.error;
    message = step.bytes;
  }
}

/** Logs in, and returns the life of the session. */
export async function logIn(client: RawClient, username: string, password = username): Promise<number> {
  const { errorCode, errorMessage, sessionLifetimeMs } = await exchanged(client, asPlain(username, password));
  assert.equal(errorCode, 0, errorMessage ?? "");
  return sessionLifetimeMs;
}
