import type { KafkaError } from "../../../errors/kafka-error.ts";
import { type ProxyTarget, withBrackets } from "./proxy-address.ts";
import { proxyError, quotedProxy } from "./proxy-error.ts";
import type { ProxyHandshake, ProxyStep } from "./proxy-handshake.ts";

/** The head of an answer is at most this long: proxies send some hundred bytes. */
const MAX_HEAD_BYTES = 16_384;
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: (.*))?$/;

/** Statuses after which another attempt may succeed: the proxy or the broker is down, slow or busy. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const ADVICE: Readonly<Record<number, string>> = {
  400: "the proxy does not understand CONNECT",
  403: "the proxy does not allow this connection; do its rules allow this port?",
  404: "this server is no proxy",
  405: "the proxy does not allow CONNECT; do its rules allow this port?",
  501: "the proxy does not know CONNECT",
  502: "the proxy cannot connect to the broker",
  503: "the proxy cannot connect to the broker",
  504: "the broker did not answer the proxy",
};

/** Asks an HTTP proxy by CONNECT (RFC 9110, section 9.3.6), with a Basic login if there is one. */
export class ConnectHandshake implements ProxyHandshake {
  readonly first: Uint8Array;
  readonly awaited: string = "its answer to CONNECT";
  readonly #target: ProxyTarget;
  #received: Buffer = Buffer.alloc(0);

  constructor(target: ProxyTarget) {
    this.#target = target;
    const address = `${withBrackets(target.host)}:${target.port}`;
    const { login } = target.proxy;
    const basic =
      login === undefined
        ? ""
        : `Proxy-Authorization: Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}\r\n`;
    this.first = Buffer.from(`CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n${basic}\r\n`);
  }

  received(bytes: Uint8Array): ProxyStep {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      this.#checkBeginning();
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0 || end > MAX_HEAD_BYTES) {
        if (this.#received.length > MAX_HEAD_BYTES) throw this.#noProxy();
        return {};
      }
      const [line = "", ...headers] = this.#received.toString("latin1", 0, end).split("\r\n");
      this.#received = this.#received.subarray(end + 4);
      const [, code, reason = ""] = STATUS_LINE.exec(line) ?? [];
      if (code === undefined) throw this.#noProxy();
      const status = Number(code);
      if (status >= 300) throw this.#refused(status, reason, headers);
      if (status >= 200) return { rest: this.#received };
      // Answers from 100 to 199 only announce another one.
    }
  }

  /** Another protocol may never send the end of a head, so each answer must begin as one. */
  #checkBeginning(): void {
    const begin = this.#received.toString("latin1", 0, 7);
    if (begin !== "HTTP/1.".slice(0, begin.length)) throw this.#noProxy();
  }

  #refused(status: number, reason: string, headers: readonly string[]): KafkaError {
    const target = this.#target;
    const answer = quotedProxy(`${status} ${reason}`, target.proxy);
    if (status === 407) return this.#loginRefused(answer, headers);
    const advice = ADVICE[status];
    const words = `${advice === undefined ? "the proxy refused" : advice} (it answered ${answer})`;
    return proxyError(target, "connection", words, { retriable: PASSING.has(status) });
  }

  #loginRefused(answer: string, headers: readonly string[]): KafkaError {
    const target = this.#target;
    const offers = headers.flatMap((line) => /^proxy-authenticate:\s*(\S+)/i.exec(line)?.[1] ?? []);
    if (offers.length > 0 && !offers.some((scheme) => /^basic\b/i.test(scheme)))
      return proxyError(
        target,
        "unsupported",
        `the proxy takes only logins by ${quotedProxy(offers.join(", "), target.proxy)}, and Odradek has Basic: a ` +
          `local proxy that logs in to this one, such as cntlm, can stand between (it answered ${answer})`,
      );
    const why =
      target.proxy.login === undefined
        ? `the proxy requires a login: write it into proxy, "http://user:password@…"`
        : "the proxy refused the user name or the password";
    return proxyError(target, "authentication", `${why} (it answered ${answer})`);
  }

  #noProxy(): KafkaError {
    return proxyError(
      this.#target,
      "connection",
      "its answer is not that of an HTTP proxy; is this its port, and does it speak another protocol, such as " +
        "socks5:// or https://?",
    );
  }
}
