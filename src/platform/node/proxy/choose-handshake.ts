import { ConnectHandshake } from "./http-connect.ts";
import type { ProxyTarget } from "./proxy-address.ts";
import { proxyError } from "./proxy-error.ts";
import type { ProxyHandshake } from "./proxy-handshake.ts";
import { Socks5Handshake } from "./socks5.ts";

/** The handshake that a proxy takes. Throws kind `config` for a name that it cannot be asked for. */
export function proxyHandshake(target: ProxyTarget): ProxyHandshake {
  // The name comes from the cluster's metadata: it must not end a line of the request.
  if (!/^[!-~]+$/.test(target.host) || target.host.includes("/"))
    throw proxyError(target, "config", "the broker's name has characters that no proxy takes");
  return target.proxy.scheme === "socks5" ? new Socks5Handshake(target) : new ConnectHandshake(target);
}
