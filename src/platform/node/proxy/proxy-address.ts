import { KafkaError } from "../../../errors/kafka-error.ts";
import { inWords } from "../../../errors/words.ts";

/** The user name and password for a proxy. */
export interface ProxyLogin {
  readonly user: string;
  readonly password: string;
}

/** A proxy, as the option `proxy` names it. The login is private, so that it is not printed. */
export class ProxyAddress {
  readonly scheme: "socks5" | "http" | "https";
  /** Its name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly #login: ProxyLogin | undefined;

  constructor(scheme: ProxyAddress["scheme"], host: string, port: number, login?: ProxyLogin) {
    this.scheme = scheme;
    this.host = host;
    this.port = port;
    this.#login = login;
  }

  /** The login, if the address has one. */
  get login(): ProxyLogin | undefined {
    return this.#login;
  }

  /** The address as errors show it, without the login. */
  toString(): string {
    return `${this.scheme}://${withBrackets(this.host)}:${this.port}`;
  }
}

/** The connection that a proxy is asked for. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
  readonly proxy: ProxyAddress;
}

/** An IPv6 address in brackets, and any other name unchanged. */
export function withBrackets(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

const TAKES =
  'proxy takes the address of a proxy, for example "socks5://host:1080", "http://user:password@host:3128" or ' +
  '"https://host:443"';
const PORTS: Readonly<Record<ProxyAddress["scheme"], number>> = { socks5: 1080, http: 80, https: 443 };

/**
 * Reads the option `proxy`. Throws kind `config`. Its texts do not show the address, because it may have a password.
 */
export function parseProxy(proxy: unknown): ProxyAddress {
  if (typeof proxy !== "string") throw refused(`${TAKES}, not ${inWords(proxy)}`);
  const url = urlOf(proxy);
  if (url === undefined) throw refused(`${TAKES}; the text that was given is no such address`);
  const scheme = schemeOf(url.protocol.slice(0, -1));
  if (!/^[^\s/@]+$/.test(url.hostname)) throw refused(`${TAKES}; the host is missing`);
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "")
    throw refused(
      `${TAKES}; there is more behind the port. A password with one of / ? # @ : % must be written with percent ` +
        "codes (encodeURIComponent)",
    );
  const port = url.port === "" ? PORTS[scheme] : Number(url.port);
  if (port === 0) throw refused(`${TAKES}; the port is 0`);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return new ProxyAddress(scheme, host, port, loginOf(url, scheme));
}

function urlOf(text: string): URL | undefined {
  try {
    return new URL(text.trim());
  } catch {
    return undefined;
  }
}

function schemeOf(scheme: string): ProxyAddress["scheme"] {
  if (scheme === "socks5h") return "socks5"; // curl's word for a proxy that resolves names: here it always does
  if (scheme === "socks5" || scheme === "http" || scheme === "https") return scheme;
  if (scheme.startsWith("socks"))
    throw refused(`${TAKES}; proxies of the kind ${scheme} are not supported: does this one speak socks5 too?`);
  throw refused(`${TAKES}; it does not begin with socks5://, http:// or https://`);
}

function loginOf(url: URL, scheme: ProxyAddress["scheme"]): ProxyLogin | undefined {
  if (url.username === "" && url.password === "") return undefined;
  let login: ProxyLogin;
  try {
    login = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    throw refused(`${TAKES}; the user name or the password has a % that begins no percent code: write it as %25`);
  }
  const { user, password } = login;
  if (user === "") throw refused(`${TAKES}; the user name is missing`);
  if (scheme !== "socks5" && user.includes(":"))
    throw refused("proxy: the user name has a colon, which HTTP's Basic login cannot carry");
  if (scheme === "socks5" && (Buffer.byteLength(user) > 255 || Buffer.byteLength(password) > 255))
    throw refused("proxy: SOCKS5 takes a user name and a password of at most 255 bytes each");
  return login;
}

function refused(why: string): KafkaError {
  return new KafkaError("config", why);
}
