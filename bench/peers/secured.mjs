// The secured listeners of the broker, and how a driver is told of them: SECURITY is "tls" or "sasl" (SASL_SSL with
// PLAIN), CA_FILE the authority, SASL_USER and SASL_PASSWORD the user. Every driver reads these variables.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./folders.mjs";

const USER = { SASL_USER: "bench", SASL_PASSWORD: "bench-secret" };
const LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required";

/**
 * The broker's properties for listeners with TLS 1.3 at these ports, beside the plain one, and what `drive` needs for
 * each. The certificate is made here: ECDSA on P-256, for 127.0.0.1.
 */
export async function securedListeners(folder, [tlsPort, saslPort]) {
  const { Authority } = await import(join(root, "build", "test", "platform", "certificate-maker.js"));
  const authority = new Authority("bench");
  const { cert, key } = authority.issue({ name: "localhost", hosts: ["localhost"], addresses: ["127.0.0.1"] });
  const ca = join(folder, "ca.pem");
  const store = join(folder, "server.pem");
  writeFileSync(ca, authority.cert);
  writeFileSync(store, `${key}\n${cert}\n`);
  const tls = `TLS://127.0.0.1:${tlsPort}`;
  const sasl = `LOGIN://127.0.0.1:${saslPort}`;
  return {
    properties: ({ port, controllerPort }) => ({
      listeners: [`PLAINTEXT://127.0.0.1:${port}`, `CONTROLLER://127.0.0.1:${controllerPort}`, tls, sasl].join(","),
      "advertised.listeners": [`PLAINTEXT://127.0.0.1:${port}`, tls, sasl].join(","),
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,LOGIN:SASL_SSL",
      "ssl.keystore.type": "PEM",
      "ssl.keystore.location": store,
      "ssl.enabled.protocols": "TLSv1.3",
      "listener.name.login.sasl.enabled.mechanisms": "PLAIN",
      "listener.name.login.plain.sasl.jaas.config":
        `${LOGIN} username="${USER.SASL_USER}" password="${USER.SASL_PASSWORD}" ` +
        `user_${USER.SASL_USER}="${USER.SASL_PASSWORD}";`,
    }),
    secured: {
      tls: { bootstrap: `127.0.0.1:${tlsPort}`, env: { SECURITY: "tls", CA_FILE: ca } },
      sasl: { bootstrap: `127.0.0.1:${saslPort}`, env: { SECURITY: "sasl", CA_FILE: ca, ...USER } },
    },
  };
}
