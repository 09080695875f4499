// The script of a page. Its server has the facts and, at /kafka, a tunnel, which knows the authority of the broker's
// certificate.
import { Kafka, string, webSocketConnector } from "odradek/browser";
import { networkCells } from "./tries.mjs";

const run = async () => {
  const { topic, plain, tls, sasl, username, password } = await (await fetch("/facts")).json();
  const connector = webSocketConnector(`ws://${location.host}/kafka`);
  return networkCells(
    { Kafka, string },
    {
      topic,
      plain: { bootstrapServers: plain, connector },
      tls: { bootstrapServers: tls, connector, tls: true },
      sasl: { bootstrapServers: sasl, connector, tls: true, sasl: { mechanism: "SCRAM-SHA-512", username, password } },
    },
  );
};
run()
  .catch((error) => ({ failure: `${error}\n${error.stack}` }))
  .then((result) => fetch("/result", { method: "POST", body: JSON.stringify(result) }));
