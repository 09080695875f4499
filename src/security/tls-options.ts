import { KafkaError } from "../errors/kafka-error.ts";
import { callback, type Check, flag, is, listOf, name, oneOf, shape } from "../errors/shape.ts";
import type { Connector } from "../runtime/byte-stream.ts";
import type { TlsOptions } from "../runtime/tls-options.ts";
import { isBytes } from "../wire/is-bytes.ts";
import { isObject, wrongType } from "./secret-shape.ts";

/**
 * Checks the names and types of the option `tls`. Throws kind `config`; no text contains a value that may be a secret.
 * The connector checks the values, because only some pages have TLS.
 */
export const checkTls: Check = (value, path) => {
  if (value === true) return;
  if (value === false || !isObject(value) || Array.isArray(value)) {
    const takes = `an object with ${Object.keys(CHECKS).join(", ")}, or true`;
    if (value === false) throw new KafkaError("config", `${path} takes ${takes}, not false: leave it out for no TLS`);
    throw wrongType(value, path, takes);
  }
  SHAPE(value, path);
};

/**
 * Checks the values of the options of TLS, if the connector can. Throws kind `unsupported` for an option that it cannot
 * follow: one that is ignored without a word could let the client trust a wrong broker.
 */
export function checkTlsSupport(tls: TlsOptions | undefined, connector: Connector): void {
  if (tls === undefined) return;
  const { tlsOptions } = connector;
  const refused =
    tlsOptions === undefined
      ? []
      : Object.entries(tls).filter(([key, value]) => value !== undefined && !tlsOptions.includes(key));
  if (refused.length > 0)
    throw new KafkaError(
      "unsupported",
      `tls: this platform cannot follow ${refused.map(([key]) => key).join(", ")}; it can follow ` +
        (tlsOptions?.length === 0 ? "only tls: true" : (tlsOptions?.join(", ") ?? "")),
    );
  connector.checkTls?.(tls);
}

/** The warning that a `Kafka` logs when its first client is created; undefined if the options of TLS are safe. */
export function tlsWarning(tls: TlsOptions | undefined): string | undefined {
  return tls?.rejectUnauthorized === false
    ? "tls.rejectUnauthorized is false: the brokers' certificates are not verified, and anyone on the way can read " +
        "and change the traffic. Use it only in tests; for an authority of your own set tls.ca"
    : undefined;
}

/** A value of such a type, or a function that returns one. The error does not show the value. */
function perConnect(takes: string, isRight: (value: unknown) => boolean): Check {
  return (value, path) => {
    if (typeof value === "function") callback(value, path);
    else if (!isRight(value)) throw wrongType(value, path, `${takes}, or a function that returns it`);
  };
}

const isText = (value: unknown): boolean => typeof value === "string";
const isPem = (value: unknown): boolean => isText(value) || isBytes(value);
const PEM = perConnect(
  "PEM as text or as the bytes of a file, or a list of those",
  (value) => isPem(value) || (Array.isArray(value) && value.length > 0 && value.every(isPem)),
);
const VERSION = oneOf("TLSv1.2", "TLSv1.3");

const CHECKS: Readonly<Record<keyof TlsOptions, Check>> = {
  ca: PEM,
  cert: PEM,
  key: PEM,
  passphrase: perConnect("a string", isText),
  pfx: perConnect("the bytes of a PKCS12 file", isBytes),
  servername: is(
    "a name, or a function of host and port that returns one",
    (value) => typeof value === "function" || (typeof value === "string" && value !== ""),
  ),
  alpnProtocols: listOf(name),
  minVersion: VERSION,
  maxVersion: VERSION,
  ciphers: name,
  checkServerIdentity: callback,
  rejectUnauthorized: flag,
};

const SHAPE: Check = shape(CHECKS, {
  hints: { password: "passphrase", certificate: "cert", secureProtocol: "minVersion and maxVersion" },
});
