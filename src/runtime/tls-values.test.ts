import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import type { TlsOptions } from "./tls-options.ts";
import { changesPerConnect, isIpAddress, readTls } from "./tls-values.ts";

const block = (label: string, body = "MIIB"): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;
const CERT = block("CERTIFICATE");
const KEY = block("PRIVATE KEY");
const TARGET = { host: "b-1.example.com", port: 9093 };
const ADDRESS = "cannot connect to b-1.example.com:9093: ";

async function errorOf(tls: TlsOptions): Promise<KafkaError> {
  try {
    await readTls(tls, TARGET);
  } catch (error) {
    assert.ok(KafkaError.is(error));
    assert.equal(error.address, "b-1.example.com:9093");
    assert.equal(error.outcome, "notWritten");
    return error;
  }
  return assert.fail("the options were accepted");
}

test("values, bytes, lists, functions and promises give the same text", async () => {
  const forms: readonly TlsOptions[] = [
    { ca: CERT, cert: CERT, key: KEY, passphrase: "p" },
    { ca: [CERT], cert: [CERT], key: [KEY], passphrase: "p" },
    { ca: new TextEncoder().encode(`x\n${CERT}\ny`), cert: `${KEY}\n${CERT}`, key: `${CERT}\n${KEY}`, passphrase: "p" },
    {
      ca: () => CERT,
      cert: () => Promise.resolve(CERT),
      key: () => new TextEncoder().encode(KEY),
      passphrase: async () => Promise.resolve("p"),
    },
  ];
  for (const form of forms)
    assert.deepEqual(await readTls(form, TARGET), {
      ca: [CERT],
      cert: CERT,
      key: KEY,
      passphrase: "p",
      identity: "b-1.example.com",
      servername: "b-1.example.com",
      rejectUnauthorized: true,
    });
});

test("several authorities are several certificates; a chain is one text", async () => {
  const [one, two, three] = ["AAAA", "BBBB", "CCCC"].map((body) => block("CERTIFICATE", body));
  const { ca, cert } = await readTls(
    { ca: [`${one}\n${two}`, `${three}`], cert: [`${one}`, `${two}`], key: KEY },
    TARGET,
  );
  assert.deepEqual(ca, [one, two, three]);
  assert.equal(cert, `${one}\n${two}`);
});

test("the name is that of the option, a function or the host; an address is verified and not sent", async () => {
  const rows: readonly (readonly [TlsOptions["servername"], string, string, string | undefined])[] = [
    [undefined, "kafka", "kafka", "kafka"],
    [undefined, "10.0.0.1", "10.0.0.1", undefined],
    [undefined, "fe80::1", "fe80::1", undefined],
    ["name", "10.0.0.1", "name", "name"],
    ["10.0.0.9", "kafka", "10.0.0.9", undefined],
    [(host, port) => `${host}.${port}.test`, "kafka", "kafka.9093.test", "kafka.9093.test"],
  ];
  for (const [option, host, identity, servername] of rows) {
    const values = await readTls({ servername: option }, { host, port: 9093 });
    assert.deepEqual([values.identity, values.servername], [identity, servername]);
  }
  assert.deepEqual(
    ["10.0.0.1", "::1", "1.2.3.4.test", "a1"].map((host) => isIpAddress(host)),
    [true, true, false, false],
  );
});

test("a function that throws is a retriable error of the connection, with the cause and without its text", async () => {
  const cause = new Error("no secret-file");
  const failing = (): never => {
    throw cause;
  };
  for (const name of ["ca", "cert", "key", "passphrase", "pfx", "servername"] as const)
    for (const option of [failing, () => Promise.reject(cause)]) {
      if (name === "servername" && option !== failing) continue; // it is synchronous
      const error = await errorOf({ [name]: option });
      assert.deepEqual([error.kind, error.retriable, error.cause], ["connection", true, cause]);
      assert.equal(error.message, `${ADDRESS}the function tls.${name} failed; it is called again at the next attempt`);
    }
});

test("what a function returns is checked like an option, and is asked again", async () => {
  const rows: readonly (readonly [Record<string, () => unknown>, string])[] = [
    [{ ca: () => undefined }, "the function tls.ca returned nothing"],
    [{ ca: () => "" }, "tls.ca is empty: pass a certificate in PEM"],
    [{ ca: () => [CERT, 5] }, "tls.ca takes a certificate in PEM, as text or as the bytes of a file"],
    [
      { key: () => CERT },
      "tls.key contains no private key in PEM, but a certificate: are ca, cert and key in the right places?",
    ],
    [
      { key: () => KEY.replaceAll("PRIVATE", "ENCRYPTED PRIVATE") },
      "tls.key is encrypted, and passphrase is missing: set it to the password of the key",
    ],
    [
      { key: () => KEY.replace("MIIB", "Proc-Type: 4,ENCRYPTED\nMIIB") },
      "tls.key is encrypted, and passphrase is missing: set it to the password of the key",
    ],
    [{ passphrase: () => 5 }, "tls.passphrase takes a string"],
    [{ pfx: () => "text" }, "tls.pfx takes the bytes of a PKCS12 file"],
    [{ servername: () => "" }, "the function tls.servername must return a string that is not empty"],
  ];
  for (const [tls, says] of rows) {
    const error = await errorOf(tls);
    assert.deepEqual([error.kind, error.retriable, error.message], ["config", true, `${ADDRESS}${says}`]);
  }
  const fixed = await errorOf({ ca: "none" });
  assert.deepEqual([fixed.kind, fixed.retriable], ["config", false]);
});

test("functions that are still running are known, for the error of a timeout", async () => {
  const pending = new Set<string>();
  let finish: (text: string) => void = () => undefined;
  const reading = readTls(
    { ca: () => new Promise<string>((resolve) => (finish = resolve)), cert: () => CERT, key: () => KEY },
    TARGET,
    pending,
  );
  await new Promise(setImmediate);
  assert.deepEqual([...pending], ["ca"]);
  finish(CERT);
  await reading;
  assert.equal(pending.size, 0);
});

test("only certificates, keys and passphrases change with the connection", () => {
  assert.ok(changesPerConnect({ ca: () => CERT }));
  assert.ok(!changesPerConnect({ ca: CERT, servername: (host) => host, checkServerIdentity: () => undefined }));
});
