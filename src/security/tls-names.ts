import { bare } from "../errors/words.ts";

const CA_FILE = "ca, the text or the bytes of the file";
const CA_STORE = "ca, in PEM: keytool -list -rfc -keystore FILE > ca.pem turns a trust store into it";
const KEY_STORE = "pfx, the bytes of a PKCS12 file, or cert and key, in PEM";
const SYSTEM = "ca, or the roots that the host trusts (docs/security.md says how to add the system's)";

/** Names of kafkajs, Node, Java and librdkafka for TLS, with ours. Those with the same letters need no entry. */
const FOREIGN: Readonly<Record<string, string>> = {
  "ssl.ca.location": CA_FILE,
  "ssl.ca.pem": "ca",
  "ssl.ca": "ca",
  "ssl.ca.certificate.stores": SYSTEM,
  "ssl.truststore.certificates": "ca",
  "ssl.truststore.location": CA_STORE,
  "ssl.truststore.password": CA_STORE,
  "ssl.truststore.type": CA_STORE,
  "ssl.certificate.location": "cert, the text or the bytes of the file",
  "ssl.certificate.pem": "cert",
  "ssl.certificate": "cert",
  "ssl.keystore.certificate.chain": "cert",
  certificate: "cert",
  "ssl.key.location": "key, the text or the bytes of the file",
  "ssl.key.pem": "key",
  "ssl.key": "key",
  "ssl.keystore.key": "key",
  "private.key": "key",
  "ssl.keystore.location": KEY_STORE,
  "ssl.keystore.type": KEY_STORE,
  "ssl.keystore.password": "passphrase",
  "ssl.key.password": "passphrase",
  password: "passphrase",
  pkcs12: "pfx",
  p12: "pfx",
  "ssl.endpoint.identification.algorithm": "checkServerIdentity, a function; servername is the name that is checked",
  "enable.ssl.certificate.verification": "rejectUnauthorized",
  "ssl.enabled.protocols": "minVersion and maxVersion, TLSv1.2 or TLSv1.3",
  "ssl.protocol": "minVersion and maxVersion, TLSv1.2 or TLSv1.3",
  secureProtocol: "minVersion and maxVersion, TLSv1.2 or TLSv1.3",
  "ssl.cipher.suites": "ciphers",
  cipherSuites: "ciphers",
  sni: "servername",
  hostname: "servername",
  host: "servername is the name that is checked; bootstrapServers has the addresses",
  secureContext: "ca, cert and key, which make one",
};

/**
 * Our name for an option of TLS in another client, as a part of an error text. Undefined if no client has an option of
 * this name.
 */
export function tlsAdvice(given: string): string | undefined {
  const plain = bare(given);
  const known = Object.keys(FOREIGN).find((name) => bare(name) === plain);
  if (known !== undefined) return FOREIGN[known];
  return plain.startsWith("ssl") ? "no option of Odradek is like it" : undefined;
}
