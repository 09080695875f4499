// A Worker: its only request tries everything. FACTS is a binding. The configuration of workerd has the authority of
// the broker's certificate.
import * as odradek from "odradek";
import { networkCells } from "./tries.mjs";

export default {
  async fetch(_request, { FACTS }) {
    const { topic, plain, tls, sasl, username, password } = JSON.parse(FACTS);
    const cells = await networkCells(odradek, {
      topic,
      plain: { bootstrapServers: plain },
      tls: { bootstrapServers: tls, tls: true },
      sasl: { bootstrapServers: sasl, tls: true, sasl: { mechanism: "SCRAM-SHA-512", username, password } },
    });
    return Response.json(cells);
  },
};
