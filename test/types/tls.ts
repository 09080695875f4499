// Type tests of the option `tls`. Each @ts-expect-error is a negative case: if it compiles, this file does not.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { Kafka, type KafkaOptions, type TlsOptions } from "../../src/node.ts";

const kafka = (tls: NonNullable<KafkaOptions["tls"]>): Kafka => new Kafka({ bootstrapServers: "localhost:9093", tls });

// Files as they are read, lists, and functions of both kinds.
kafka(true);
kafka({ ca: readFileSync("ca.pem"), cert: readFileSync("a.pem", "utf8"), key: [readFileSync("a.key")] });
kafka({ ca: () => readFile("ca.pem"), cert: () => readFileSync("a.pem"), key: async () => readFile("a.key", "utf8") });
kafka({ pfx: () => readFile("a.p12"), passphrase: () => process.env.PASSPHRASE ?? "" });
kafka({ servername: (host, port) => `${host.toUpperCase()}-${port.toFixed(0)}`, alpnProtocols: ["kafka"] as const });
// Node's own check of names, and a function that was written for Node.
kafka({ checkServerIdentity });
kafka({ checkServerIdentity: (host: string, peer: PeerCertificate) => checkServerIdentity(host, peer) });
// Options that may be undefined, under exactOptionalPropertyTypes.
const maybe: { readonly ca: string | undefined; readonly minVersion: "TLSv1.3" | undefined } = {
  ca: undefined,
  minVersion: undefined,
};
kafka(maybe satisfies TlsOptions);

// @ts-expect-error there is no such thing as TLS that is off: leave the option out
kafka(false);
// @ts-expect-error TLS 1.1 is not offered
kafka({ minVersion: "TLSv1.1" });
// @ts-expect-error PKCS12 is no text
kafka({ pfx: "text" });
// @ts-expect-error Node's name, in Node's spelling
kafka({ ALPNProtocols: ["kafka"] });
// @ts-expect-error the name that a function returns is a text
kafka({ servername: () => 5 });
// @ts-expect-error a name is needed at once
kafka({ servername: async () => Promise.resolve("kafka") });
