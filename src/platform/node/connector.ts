import type { ResolvedAddress } from "../../runtime/address-plan.ts";
import type { Connector } from "../../runtime/byte-stream.ts";
import { checkTlsValues } from "../../runtime/tls-check.ts";
import { hostTime, type RaceTime } from "./address-race.ts";
import { nodeDns } from "./builtin.ts";
import { Connecting, type Lookup } from "./connecting.ts";
import { parseProxy } from "./proxy/proxy-address.ts";
import { ProxiedConnecting } from "./proxy/proxied-connecting.ts";
import { SocketStream } from "./socket-stream.ts";
import { tlsHost, tlsOptionsOf } from "./tls-host.ts";

/**
 * Opens TCP and TLS connections with `node:net`. The addresses of a name are tried 250 ms apart (RFC 8305). Node's own
 * `autoSelectFamily` is not used: it abandons each address but the last after a fixed time, even one that would have
 * answered later.
 */
export function nodeConnector(): Connector {
  return connectorBy(lookUp);
}

export type { Lookup } from "./connecting.ts";

/** A connector with its own resolver and clock, for tests. */
export function connectorBy(lookup: Lookup, time: RaceTime = hostTime): Connector {
  const tlsOptions = tlsOptionsOf(tlsHost());
  const shared = { checkTls: checkTlsValues, ...(tlsOptions === undefined ? {} : { tlsOptions }) };
  return {
    connect: (target, sink, { signal }) =>
      new Connecting({
        ...{ target, sink, signal, lookup, time },
        finish: (socket, tls) => new SocketStream(socket, `${target.host}:${target.port}`, sink, tls),
      }).result,
    through: (proxy) => {
      const address = parseProxy(proxy);
      return {
        connect: (target, sink, { signal }) =>
          new ProxiedConnecting({ proxy: address, target, sink, signal, lookup, time }).result,
        ...shared,
      };
    },
    ...shared,
  };
}

/** Like the lookup of Node's own `connect`: leaves out families for which this machine has no address. */
function lookUp(host: string): Promise<readonly ResolvedAddress[]> {
  const dns = nodeDns();
  const hints = process.platform === "win32" ? 0 : dns.ADDRCONFIG;
  return new Promise((resolve, reject) => {
    dns.lookup(host, { all: true, hints }, (error, addresses) => {
      if (error !== null) reject(error);
      else resolve(addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
    });
  });
}
