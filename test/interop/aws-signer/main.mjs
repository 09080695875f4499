// AWS's signer of tokens for MSK, at a fixed clock: reads a line of JSON for each token, and prints the token and when
// it ends.
import { createInterface } from "node:readline";

let nowMs = 0;
const HostDate = Date;
// The signer reads the clock by `new Date()` and `Date.now()`.
globalThis.Date = class extends HostDate {
  constructor(...given) {
    if (given.length === 0) super(nowMs);
    else super(...given);
  }
  static now() {
    return nowMs;
  }
};

const { generateAuthTokenFromCredentialsProvider } = await import("aws-msk-iam-sasl-signer-js");

for await (const line of createInterface({ input: process.stdin })) {
  const { region, accessKeyId, secretAccessKey, sessionToken, expiresAtMs, ...clock } = JSON.parse(line);
  nowMs = clock.nowMs;
  const expiration = expiresAtMs === undefined ? undefined : new HostDate(expiresAtMs);
  const { token, expiryTime } = await generateAuthTokenFromCredentialsProvider({
    region,
    awsCredentialsProvider: async () => ({ accessKeyId, secretAccessKey, sessionToken, expiration }),
  });
  process.stdout.write(`${JSON.stringify({ token, expiryTime })}\n`);
}
