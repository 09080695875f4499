// node in-node.mjs FACTS: on Node, Bun and Deno. FACTS and the output are JSON (network-cells.ts).
import { networkCells } from "./tries.mjs";

const { odradek, topic, plain, tls, sasl, ca, username, password } = JSON.parse(process.argv[2]);
const cells = await networkCells(await import(odradek), {
  topic,
  plain: { bootstrapServers: plain },
  tls: { bootstrapServers: tls, tls: { ca } },
  sasl: { bootstrapServers: sasl, tls: { ca }, sasl: { mechanism: "SCRAM-SHA-512", username, password } },
});
console.log(JSON.stringify(cells));
