// A module of QuickJS, beside the files of docs/platforms.md: `platform` and a connector of three functions. The
// engine has no sockets: its host opens them, and speaks TLS (quickjs-host.mjs). Without `crypto` in the platform the
// login is PLAIN, over TLS.
import { Kafka, string } from "odradek/core";
import { connectorOf } from "./connector.mjs";
import { platform } from "./platform.mjs";
import { networkCells } from "./tries.mjs";

const overTcp = connectorOf(host);
const overTls = connectorOf({ ...host, open: host.openTls });
const connector = {
  tlsOptions: [],
  connect: ({ tls, ...target }, sink, options) =>
    (tls === undefined ? overTcp : overTls).connect(target, sink, options),
};
const { topic, plain, tls, sasl, username, password } = JSON.parse(host.facts());
const own = { platform: { ...platform, connector } };
const cells = await networkCells(
  { Kafka, string },
  {
    topic,
    plain: { bootstrapServers: plain, ...own },
    tls: { bootstrapServers: tls, tls: true, ...own },
    sasl: { bootstrapServers: sasl, tls: true, sasl: { mechanism: "PLAIN", username, password }, ...own },
  },
);
host.print(JSON.stringify(cells));
