import { isIP } from "node:net";
import type { KafkaError } from "../../../errors/kafka-error.ts";
import type { ProxyTarget } from "./proxy-address.ts";
import { proxyError } from "./proxy-error.ts";
import type { ProxyHandshake, ProxyStep } from "./proxy-handshake.ts";

const VERSION = 5;
const NO_LOGIN = 0;
const PASSWORD = 2;
const NO_METHOD = 0xff;

/** The proxy's reasons (RFC 1928, section 6), and whether another attempt may succeed. */
const REPLIES: Readonly<Record<number, readonly [words: string, retriable: boolean]>> = {
  1: ["the proxy failed (SOCKS reply 1, general failure)", true],
  2: ["the proxy's rules do not allow this connection (SOCKS reply 2)", false],
  3: ["the network cannot be reached from the proxy (SOCKS reply 3)", true],
  4: ["the host cannot be reached from the proxy, or the proxy does not know its name (SOCKS reply 4)", true],
  5: ["the connection was refused; does a broker listen there? (SOCKS reply 5)", true],
  6: ["no answer of the host reached the proxy (SOCKS reply 6, TTL expired)", true],
  7: ["the proxy does not open connections for clients (SOCKS reply 7, command not supported)", false],
  8: ["the proxy does not take this form of address (SOCKS reply 8)", false],
};

type State = "method" | "login" | "reply" | "open";

/** Asks a SOCKS5 proxy (RFC 1928), with a user name and password if there are any (RFC 1929). */
export class Socks5Handshake implements ProxyHandshake {
  readonly first: Uint8Array;
  readonly #target: ProxyTarget;
  #state: State = "method";
  #received: Uint8Array = new Uint8Array(0);

  constructor(target: ProxyTarget) {
    this.#target = target;
    if (Buffer.byteLength(target.host) > 255)
      throw proxyError(target, "config", "SOCKS5 takes a name of at most 255 bytes");
    const methods = target.proxy.login === undefined ? [NO_LOGIN] : [NO_LOGIN, PASSWORD];
    this.first = Uint8Array.of(VERSION, methods.length, ...methods);
  }

  get awaited(): string {
    return this.#state === "login" ? "its answer to the login" : "its answer to SOCKS5";
  }

  received(bytes: Uint8Array): ProxyStep {
    this.#received = Buffer.concat([this.#received, bytes]);
    const send: Uint8Array[] = [];
    for (;;) {
      const state = this.#state;
      const reply = this.#next();
      if (reply !== undefined) send.push(reply);
      if (this.#state === "open") return { ...joined(send), rest: this.#received };
      if (this.#state === state) return joined(send);
    }
  }

  /** Reads the next answer if it is complete. Returns the bytes to send after it. */
  #next(): Uint8Array | undefined {
    const [version, result] = this.#received;
    const expected = this.#state === "login" ? 1 : VERSION;
    if (version !== undefined && version !== expected) throw this.#noSocks();
    if (result === undefined) return undefined;
    switch (this.#state) {
      case "method":
        return this.#method(result);
      case "login":
        if (result !== 0) throw this.#loginRefused(`user name or password are wrong (status ${result})`);
        return this.#asked(2);
      case "reply":
        return this.#reply(result);
      case "open":
        return undefined;
    }
  }

  #method(method: number): Uint8Array {
    const { login } = this.#target.proxy;
    if (method === NO_LOGIN) return this.#asked(2);
    if (method === PASSWORD && login !== undefined) {
      this.#take(2);
      this.#state = "login";
      const [user, password] = [Buffer.from(login.user), Buffer.from(login.password)];
      return Buffer.concat([Uint8Array.of(1, user.length), user, Uint8Array.of(password.length), password]);
    }
    if (method === PASSWORD || (method === NO_METHOD && login === undefined))
      throw this.#loginRefused(
        'it requires a user name and a password: write them into proxy, "socks5://user:password@…"',
      );
    if (method === NO_METHOD) throw this.#loginRefused("it takes neither a user name with a password nor no login");
    throw proxyError(this.#target, "unsupported", `it requires login method ${method}, which is not supported`);
  }

  /** The last answer was good: asks for the connection. */
  #asked(length: number): Uint8Array {
    this.#take(length);
    this.#state = "reply";
    const { host, port } = this.#target;
    return Buffer.concat([Uint8Array.of(VERSION, 1, 0), addressBytes(host), Uint8Array.of(port >> 8, port & 0xff)]);
  }

  #reply(result: number): undefined {
    // Some proxies send no more than the code of a refusal.
    if (result !== 0) {
      const [words, retriable] = REPLIES[result] ?? [`the proxy refused (SOCKS reply ${result})`, true];
      throw proxyError(this.#target, "connection", words, { retriable });
    }
    const [, , , type, first] = this.#received;
    if (type === undefined || first === undefined) return undefined;
    const sizes: Readonly<Record<number, number>> = { 1: 4, 3: 1 + first, 4: 16 };
    const size = sizes[type];
    if (size === undefined) throw this.#noSocks();
    const length = 4 + size + 2;
    if (this.#received.length < length) return undefined;
    this.#take(length);
    this.#state = "open";
    return undefined;
  }

  #take(length: number): void {
    this.#received = this.#received.subarray(length);
  }

  #loginRefused(why: string): KafkaError {
    return proxyError(this.#target, "authentication", `the proxy refused this client: ${why}`);
  }

  #noSocks(): KafkaError {
    return proxyError(
      this.#target,
      "connection",
      "its answer is no SOCKS5; is this its port, and does it speak another protocol, such as http://?",
    );
  }
}

/** An address of SOCKS5, with its type in front. */
function addressBytes(host: string): Uint8Array {
  const family = isIP(host);
  if (family === 4) return Uint8Array.of(1, ...host.split(".").map(Number));
  if (family === 6) return Uint8Array.of(4, ...ipv6Bytes(host));
  const name = Buffer.from(host);
  return Buffer.concat([Uint8Array.of(3, name.length), name]);
}

/** The 16 bytes of a valid IPv6 address, without its zone. */
function ipv6Bytes(host: string): readonly number[] {
  const [plain = ""] = host.split("%");
  const dotted = plain.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: readonly string[]) => {
    const [a, b, c, d] = parts.slice(0, 4).map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = "", tail] = dotted.split("::");
  const groups = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function joined(send: readonly Uint8Array[]): { readonly send?: Uint8Array } {
  return send.length === 0 ? {} : { send: Buffer.concat(send) };
}
