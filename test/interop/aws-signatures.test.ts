// Our signatures for Amazon MSK, byte by byte those of AWS's own libraries: the token of npm's
// aws-msk-iam-sasl-signer-js at a fixed clock, and the message of Maven's aws-msk-iam-auth at the time that it has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeCrypto } from "../../src/platform/node/crypto.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import type { AwsCredentials } from "../../src/security/aws-credentials.ts";
import { awsMsk } from "../../src/security/aws-msk.ts";
import { awsMskIam } from "../../src/security/aws-msk-iam.ts";
import type { OAuthToken, TokenContext } from "../../src/security/token.ts";
import { type Peer, PeerProgram } from "./peers.ts";

const ODD = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const CREDENTIALS: Readonly<Record<string, AwsCredentials>> = {
  permanent: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  "of a session": { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "s", sessionToken: "FwoGZXIvYXdzEBYaD//////////+=" },
  "with odd characters": { accessKeyId: `AK${ODD}`, secretAccessKey: `s${ODD} s`, sessionToken: `t${ODD} t` },
  "beyond ASCII": { accessKeyId: "AKé", secretAccessKey: "sé😀\u0001s", sessionToken: "té😀\u0001t" },
  "with a long token": { accessKeyId: "A", secretAccessKey: "s".repeat(200), sessionToken: "x/".repeat(1000) },
};

const REGIONS = [
  "eu-west-1",
  "us-east-1",
  "cn-north-1",
  "cn-northwest-1",
  "us-gov-west-1",
  "us-gov-east-1",
  "eusc-de-east-1",
];

const INSTANTS: readonly number[] = [
  Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  Date.UTC(2028, 1, 29, 23, 59, 59, 999),
  Date.UTC(1999, 11, 31, 0, 0, 0, 0),
];

/** Brokers of several regions. AWS's library takes the region from the name. */
const HOSTS = [
  "b-1.demo.abc123.c4.kafka.eu-west-1.amazonaws.com",
  "boot-x.c2.kafka-serverless.us-east-2.amazonaws.com",
  "b-2.demo.abc123.c4.kafka.cn-north-1.amazonaws.com.cn",
  "b-3.demo.abc123.c4.kafka.cn-northwest-1.amazonaws.com.cn",
  "b-1.demo.abc123.c4.kafka.us-gov-west-1.amazonaws.com",
  "b-1.demo.abc123.c4.kafka.us-gov-east-1.amazonaws.com",
];

/** Undefined: the library's own. */
const AGENTS = ["odradek", undefined];

const CAPABILITIES = { entropy: { fill: () => undefined }, environment: () => undefined, crypto: nodeCrypto() };

/** The lines that a program prints for these lines of JSON. */
async function answers(peer: Peer, args: readonly string[], asked: readonly object[]): Promise<readonly string[]> {
  const input = asked.map((one) => `${JSON.stringify(one)}\n`).join("");
  const program = new PeerProgram(peer, args, { input });
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  assert.equal(program.lines.length, asked.length);
  return program.lines;
}

test("a token for MSK has the bytes of AWS's library for JavaScript, but for the name of the library", async () => {
  const lives = [undefined, 900_000, 899_000, 120_000, 1000, 86_400_000];
  const asked = INSTANTS.flatMap((nowMs) =>
    REGIONS.flatMap((region) =>
      Object.values(CREDENTIALS).flatMap((credentials) =>
        lives.map((lifeMs) => ({
          ...{ region, nowMs, ...credentials },
          ...(lifeMs === undefined ? {} : { expiresAtMs: nowMs + lifeMs }),
        })),
      ),
    ),
  );
  const theirs = await answers("aws-signer", [], asked);
  for (const [i, { region, nowMs, ...credentials }] of asked.entries()) {
    const context: TokenContext = { ...CAPABILITIES, nowMs, signal: new Cancellation() };
    const ours = (await awsMsk({ region, credentials })(context)) as OAuthToken;
    const { token, expiryTime } = JSON.parse(theirs[i] ?? "") as {
      readonly token: string;
      readonly expiryTime: number;
    };
    // The name of the library is not signed: the broker only logs it. All else must be the same.
    const url = Buffer.from(token, "base64url").toString();
    const agent = "&User-Agent=aws-msk-iam-sasl-signer-js%2F1.0.3";
    assert.equal(url.split(agent).length, 2, url);
    const renamed = Buffer.from(url.replace(agent, "&User-Agent=odradek")).toString("base64url");
    assert.equal(ours.value, renamed);
    assert.equal(ours.expiresAtMs, expiryTime);
  }
});

test("a message of AWS_MSK_IAM has the bytes of AWS's library for Java, in another order of its fields", async () => {
  const asked = HOSTS.flatMap((host) =>
    Object.values(CREDENTIALS).flatMap((credentials) =>
      AGENTS.map((userAgent) => ({ host, ...credentials, ...(userAgent === undefined ? {} : { userAgent }) })),
    ),
  );
  const theirs = await answers("java", ["aws-payloads"], asked);
  for (const [i, { host, userAgent, ...credentials }] of asked.entries()) {
    // Java's JSON has letters beyond the basic plane as escapes, which is the same text.
    const text = (theirs[i] ?? "").replace(/\\u(D[89A-F]..)/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    const fields = fieldsOf(text);
    assert.equal(text, `{${fields.join(",")}}`);
    const stamp = /"x-amz-date":"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z"/.exec(text) ?? [];
    const [year = 0, month = 0, ...rest] = stamp.slice(1).map(Number);
    const nowMs = Date.UTC(year, month - 1, ...(rest as [number, number, number, number]));
    const exchange = awsMskIam({ credentials }, CAPABILITIES).exchange({ host, port: 9098 });
    const ours = fieldsOf(new TextDecoder().decode(await exchange.begin(nowMs, new Cancellation())));
    // Only the name of the library differs, which is not signed, unless the library was given our name.
    const agent = userAgent ?? /"user-agent":"(aws-msk-iam-auth\/2\.3\.0\/[^"]+)"/.exec(text)?.[1];
    assert.ok(agent !== undefined, text);
    const renamed = ours.map((field) => (field === '"user-agent":"odradek"' ? `"user-agent":"${agent}"` : field));
    assert.deepEqual(renamed.sort(), [...fields].sort());
    if (agent === "odradek") assert.deepEqual(ours.sort(), [...fields].sort());
  }
});

/** The fields of a JSON object of texts, each with its bytes as they are. */
function fieldsOf(json: string): string[] {
  return json.match(/"(?:[^"\\]|\\.)*":"(?:[^"\\]|\\.)*"/g) ?? [];
}
