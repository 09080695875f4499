import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KafkaError } from "../../../errors/kafka-error.ts";
import { proxyHandshake } from "./choose-handshake.ts";
import { parseProxy } from "./proxy-address.ts";

const bytes = (...parts: readonly (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.of(part))));

/** The course of a handshake: all bytes that are sent, and the bytes behind the proxy's answer or the error. */
function play(
  proxy: string,
  host: string,
  answers: readonly Uint8Array[],
): { readonly sent: Buffer; readonly rest?: Buffer; readonly error?: KafkaError } {
  let sent = Buffer.alloc(0);
  try {
    const handshake = proxyHandshake({ host, port: 9092, proxy: parseProxy(proxy) });
    sent = Buffer.from(handshake.first);
    let rest: Buffer | undefined;
    for (const answer of answers) {
      if (rest !== undefined) {
        rest = Buffer.concat([rest, answer]);
        continue;
      }
      const step = handshake.received(answer);
      if (step.send !== undefined) sent = Buffer.concat([sent, step.send]);
      if (step.rest !== undefined) rest = Buffer.from(step.rest);
    }
    return rest === undefined ? { sent } : { sent, rest };
  } catch (error) {
    assert.ok(KafkaError.is(error), String(error));
    return { sent, error };
  }
}

const REPLY = bytes(5, 0, 0, 1, 0, 0, 0, 0, 0, 0);
const NAME = bytes(5, 1, 0, 3, 5, "kafka", 35, 132);

test("SOCKS5: the bytes of each way to a tunnel", () => {
  for (const [what, proxy, host, answers, sent] of [
    ["a name", "socks5://p", "kafka", [bytes(5, 0), REPLY], bytes(5, 1, 0, NAME.toString("latin1"))],
    ["IPv4", "socks5://p", "10.0.0.7", [bytes(5, 0), REPLY], bytes(5, 1, 0, 5, 1, 0, 1, 10, 0, 0, 7, 35, 132)],
    [
      "IPv6",
      "socks5://p",
      "2001:db8::7",
      [bytes(5, 0), REPLY],
      bytes(5, 1, 0, 5, 1, 0, 4, 0x20, 1, 0x0d, 0xb8, ...Array<number>(11).fill(0), 7, 35, 132),
    ],
    [
      "IPv4 in IPv6",
      "socks5://p",
      "::ffff:10.0.0.7",
      [bytes(5, 0), REPLY],
      bytes(5, 1, 0, 5, 1, 0, 4, ...Array<number>(10).fill(0), 255, 255, 10, 0, 0, 7, 35, 132),
    ],
    [
      "a login",
      "socks5://me:p%40ss@p",
      "kafka",
      [bytes(5, 2), bytes(1, 0), REPLY],
      bytes(5, 2, 0, 2, 1, 2, "me", 4, "p@ss", NAME.toString("latin1")),
    ],
    [
      "a login that is not asked for",
      "socks5://me:x@p",
      "kafka",
      [bytes(5, 0), REPLY],
      bytes(5, 2, 0, 2, NAME.toString("latin1")),
    ],
    [
      "a bound name",
      "socks5h://p",
      "kafka",
      [bytes(5, 0), bytes(5, 0, 0, 3, 2, "ab", 1, 2)],
      bytes(5, 1, 0, NAME.toString("latin1")),
    ],
    [
      "a bound IPv6 address",
      "socks5://p",
      "kafka",
      [bytes(5, 0), bytes(5, 0, 0, 4, ...Array<number>(18).fill(9))],
      bytes(5, 1, 0, NAME.toString("latin1")),
    ],
  ] as const) {
    const end = play(proxy, host, [...answers, bytes("kafka")]);
    assert.equal(end.error, undefined, what);
    assert.deepEqual(end.sent, sent, what);
    assert.equal(end.rest?.toString(), "kafka", what);
  }
});

test("SOCKS5: each refusal has its kind, and whether it is retried", () => {
  for (const [answers, kind, retriable, says, login = ""] of [
    [[bytes(5, 0), bytes(5, 1)], "connection", true, /general failure/],
    [[bytes(5, 0), bytes(5, 2)], "connection", false, /rules do not allow this connection \(SOCKS reply 2\)/],
    [[bytes(5, 0), bytes(5, 3)], "connection", true, /network cannot be reached/],
    [[bytes(5, 0), bytes(5, 4)], "connection", true, /host cannot be reached/],
    [[bytes(5, 0), bytes(5, 5)], "connection", true, /connection was refused/],
    [[bytes(5, 0), bytes(5, 6)], "connection", true, /TTL expired/],
    [[bytes(5, 0), bytes(5, 7)], "connection", false, /command not supported/],
    [[bytes(5, 0), bytes(5, 8)], "connection", false, /form of address/],
    [[bytes(5, 0), bytes(5, 99)], "connection", true, /SOCKS reply 99/],
    [[bytes(5, 0), bytes(5, 0, 0, 9, 9)], "connection", false, /no SOCKS5/],
    [[bytes(5, 255)], "authentication", false, /requires a user name and a password/],
    [[bytes(5, 2)], "authentication", false, /requires a user name and a password/],
    [[bytes(5, 255)], "authentication", false, /takes neither/, "me:hunter2@"],
    [[bytes(5, 1)], "unsupported", false, /login method 1/],
    [
      [bytes(5, 2), bytes(1, 1)],
      "authentication",
      false,
      /user name or password are wrong \(status 1\)/,
      "me:hunter2@",
    ],
    [[bytes(5, 2), bytes(5, 0)], "connection", false, /no SOCKS5/, "me:hunter2@"],
    [[bytes("HTTP/1.1 400 Bad Request\r\n\r\n")], "connection", false, /no SOCKS5.*http:\/\//],
    [[bytes(4, 90)], "connection", false, /no SOCKS5/],
  ] as const) {
    const { error } = play(`socks5://${login}p:1`, "kafka", answers);
    assert.ok(error !== undefined, String(says));
    assert.deepEqual(
      [error.kind, error.retriable, error.outcome, error.address],
      [kind, retriable, "notWritten", "kafka:9092"],
    );
    assert.match(error.message, says);
    assert.match(error.message, /^cannot connect to kafka:9092 through the proxy socks5:\/\/p:1: /);
    assert.doesNotMatch(error.message, /hunter2/);
  }
});

const OK = "HTTP/1.1 200 Connection established\r\n\r\n";

test("CONNECT: the request, and the bytes behind the answer", () => {
  const request = (host: string, more = ""): string =>
    `CONNECT ${host}:9092 HTTP/1.1\r\nHost: ${host}:9092\r\n${more}\r\n`;
  for (const [what, proxy, host, answer, sent] of [
    ["a name", "http://p:3128", "kafka", OK, request("kafka")],
    ["IPv6", "http://p:3128", "2001:db8::7", OK, request("[2001:db8::7]")],
    ["a login", "http://me:p%3Ass@p", "kafka", OK, request("kafka", "Proxy-Authorization: Basic bWU6cDpzcw==\r\n")],
    ["no reason, headers", "https://p", "kafka", "HTTP/1.0 200\r\nVia: x\r\n\r\n", request("kafka")],
    ["an answer before", "http://p", "kafka", `HTTP/1.1 103 Early\r\nA: b\r\n\r\n${OK}`, request("kafka")],
  ] as const) {
    const end = play(proxy, host, [bytes(answer, "kafka")]);
    assert.equal(end.error, undefined, what);
    assert.equal(end.sent.toString(), sent, what);
    assert.equal(end.rest?.toString(), "kafka", what);
  }
});

test("CONNECT: each refusal has its kind, its status, and whether it is retried", () => {
  const basic = Buffer.from("me:hunter2").toString("base64");
  for (const [answer, kind, retriable, says, login = ""] of [
    ["HTTP/1.1 403 Forbidden by squid\r\n\r\n", "connection", false, /does not allow.*403 Forbidden by squid/],
    ["HTTP/1.1 400 Bad\r\n\r\n", "connection", false, /400 Bad/],
    ["HTTP/1.1 405 No\r\n\r\n", "connection", false, /does not allow CONNECT/],
    ["HTTP/1.1 302 Found\r\n\r\n", "connection", false, /302 Found/],
    ["HTTP/1.1 502 Bad Gateway\r\n\r\n", "connection", true, /cannot connect to the broker.*502/],
    ["HTTP/1.1 503 \r\n\r\n", "connection", true, /it answered 503\)/],
    ["HTTP/1.1 504 late\r\n\r\n", "connection", true, /did not answer the proxy/],
    ["HTTP/1.1 429 slow\r\n\r\n", "connection", true, /429 slow/],
    ["HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=x\r\n\r\n", "authentication", false, /requires a login/],
    ["HTTP/1.1 407 Login\r\n\r\n", "authentication", false, /refused the user name or the password/, "me:hunter2@"],
    [
      "HTTP/1.1 407 L\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Negotiate x\r\n\r\n",
      "unsupported",
      false,
      /NTLM, Negotiate/,
    ],
    [
      `HTTP/1.1 403 no hunter2 or ${basic}\u0007\u0085\r\n\r\n`,
      "connection",
      false,
      /403 no \[secret\] or \[secret\]\)/,
      "me:hunter2@",
    ],
    ["HTTP/2 200\r\n\r\n", "connection", false, /not that of an HTTP proxy/],
    ["HTTP/1.1 xyz\r\n\r\n", "connection", false, /not that of an HTTP proxy/],
    ["\u0005\u0000", "connection", false, /not that of an HTTP proxy.*socks5/],
    [`HTTP/1.1 200 ok\r\nA: ${"x".repeat(20_000)}`, "connection", false, /not that of an HTTP proxy/],
  ] as const) {
    const { error } = play(`http://${login}p:3128`, "kafka", [bytes(answer)]);
    assert.ok(error !== undefined, answer.slice(0, 60));
    assert.deepEqual(
      [error.kind, error.retriable, error.outcome],
      [kind, retriable, "notWritten"],
      answer.slice(0, 60),
    );
    assert.match(error.message, says);

    assert.doesNotMatch(error.message, /hunter2|[\u0000-\u001f\u0080-\u009f]/);
  }
});

test("a handshake is the same for any split of the proxy's bytes", () => {
  const courses = [
    { proxy: "socks5://me:pw@p", answers: [bytes(5, 2), bytes(1, 0), REPLY, bytes("tail")] },
    { proxy: "socks5://p", answers: [bytes(5, 0), bytes(5, 0, 0, 3, 3, "abc", 0, 0), bytes("tail")] },
    { proxy: "socks5://p", answers: [bytes(5, 0), bytes(5, 5, 0, 1, 0, 0, 0, 0, 0, 0)] },
    { proxy: "http://p", answers: [bytes("HTTP/1.1 100 Go on\r\n\r\n", OK, "tail\r\n\r\n")] },
    { proxy: "http://p", answers: [bytes("HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic\r\n\r\n")] },
  ];
  fc.assert(
    fc.property(fc.constantFrom(...courses), fc.array(fc.nat(60), { maxLength: 20 }), ({ proxy, answers }, cuts) => {
      const whole = Buffer.concat(answers);
      const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((to, i) => whole.subarray(places[i], to));
      const [expected, found] = [play(proxy, "kafka", answers), play(proxy, "kafka", pieces)];
      assert.deepEqual(found.rest, expected.rest);
      assert.equal(found.error?.message, expected.error?.message);
      if (found.error === undefined) assert.deepEqual(found.sent, expected.sent);
    }),
  );
});

test("any bytes of a proxy end in more bytes, a tunnel or a KafkaError", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("socks5://me:pw@p", "socks5://p", "http://p", "http://me:pw@p"),
      fc.array(fc.uint8Array({ maxLength: 40 })),
      (proxy, pieces) => {
        play(proxy, "kafka", pieces); // it asserts that an error is a KafkaError
      },
    ),
  );
});

test("a name from the cluster's metadata cannot add lines to the request", () => {
  for (const host of ["a\r\nX: y", "a b", "a/b", "", "ä", "a\u0000"])
    for (const proxy of ["http://p", "socks5://p"]) {
      const { error } = play(proxy, host, []);
      assert.deepEqual([error?.kind, error?.outcome], ["config", "notWritten"], JSON.stringify(host));
    }
  assert.match(play("socks5://p", "a".repeat(256), []).error?.message ?? "", /at most 255 bytes/);
});
