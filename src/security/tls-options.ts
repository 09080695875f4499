import { KafkaError } from "../errors/kafka-error.ts";
import { callback, type Check, flag, is, listOf, name, oneOf } from "../errors/shape.ts";
import type { Connector } from "../runtime/byte-stream.ts";
import type { TlsOptions } from "../runtime/tls-options.ts";
import {
  isEncryptedKey,
  NO_PASSPHRASE,
  wrongKey,
  wrongPassphrase,
  wrongPems,
  wrongPfx,
} from "../runtime/tls-values.ts";
import { isObject, secretShape, wrongType } from "./secret-shape.ts";
import { tlsAdvice } from "./tls-names.ts";

/** Checks the option `tls`. Throws kind `config`; no text contains a value that may be a secret. */
export const checkTls: Check = (value, path) => {
  if (value === true) return;
  if (!isObject(value) || Array.isArray(value)) {
    const takes = `an object with ${Object.keys(CHECKS).join(", ")}, or true`;
    if (value === false) throw new KafkaError("config", `${path} takes ${takes}, not false: leave it out for no TLS`);
    throw wrongType(value, path, takes);
  }
  SHAPE(value, path);
  const wrong = contradiction(value);
  if (wrong !== undefined) throw new KafkaError("config", `${path} ${wrong}`);
  const { key, passphrase } = value as TlsOptions;
  if (key !== undefined && typeof key !== "function" && passphrase === undefined && isEncryptedKey(key))
    throw new KafkaError("config", `${path}.${NO_PASSPHRASE}`);
};

/**
 * Throws kind `unsupported` if the user set an option of TLS that the connector cannot follow: an option that is
 * ignored without a word could let the client trust a wrong broker.
 */
export function checkTlsSupport(tls: TlsOptions | undefined, { tlsOptions }: Pick<Connector, "tlsOptions">): void {
  if (tls === undefined || tlsOptions === undefined) return;
  const given = Object.entries(tls).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const refused = given.filter((key) => !tlsOptions.includes(key));
  if (refused.length === 0) return;
  const has = tlsOptions.length === 0 ? "no options of tls, only tls: true" : `only ${tlsOptions.join(", ")}`;
  throw new KafkaError("unsupported", `tls: this platform cannot follow ${refused.join(", ")}: it has ${has}`);
}

/** The warning that each client logs when it is created; undefined if the options of TLS are safe. */
export function tlsWarning(tls: TlsOptions | undefined): string | undefined {
  return tls?.rejectUnauthorized === false
    ? "tls.rejectUnauthorized is false: the brokers' certificates are not verified, and anyone on the way can read " +
        "and change the traffic. Use it only in tests; for an authority of your own set tls.ca"
    : undefined;
}

/** A value whose form `why` knows, or a function that returns one. */
function perConnect(why: (value: unknown) => string | undefined): Check {
  return (value, path) => {
    if (typeof value === "function") {
      callback(value, path);
      return;
    }
    const wrong = why(value);
    if (wrong === undefined) return;
    if (!wrong.startsWith("takes ")) throw new KafkaError("config", `${path} ${wrong}`);
    const takes = `${wrong.slice("takes ".length)}, or a function that returns it`;
    if (!Array.isArray(value)) throw wrongType(value, path, takes);
    const at = value.findIndex((part) => why(part)?.startsWith("takes ") === true);
    throw wrongType(value[at], `${path}[${at}]`, takes);
  };
}

const VERSION = oneOf("TLSv1.2", "TLSv1.3");

const CHECKS: Readonly<Record<keyof TlsOptions, Check>> = {
  ca: perConnect((value) => wrongPems(value, "certificate")),
  cert: perConnect((value) => wrongPems(value, "certificate")),
  key: perConnect(wrongKey),
  passphrase: perConnect(wrongPassphrase),
  pfx: perConnect(wrongPfx),
  servername: (value, path) =>
    typeof value === "function"
      ? callback(value, path)
      : is("a name, or a function of host and port that returns one", isFilled)(value, path),
  alpnProtocols: listOf(name),
  minVersion: VERSION,
  maxVersion: VERSION,
  ciphers: name,
  checkServerIdentity: callback,
  rejectUnauthorized: flag,
};

const SHAPE: Check = secretShape(CHECKS, { advice: tlsAdvice });

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** Options that do not go together, as a part of an error text. */
function contradiction(tls: TlsOptions): string | undefined {
  const { cert, key, pfx, passphrase, minVersion, maxVersion, rejectUnauthorized } = tls;
  if (pfx !== undefined && (cert !== undefined || key !== undefined))
    return "takes pfx, or cert and key, not both: a PKCS12 file contains both";
  if (cert !== undefined && key === undefined) return "has cert without key: set the private key of the certificate";
  if (key !== undefined && cert === undefined) return "has key without cert: set the certificate of the key";
  if (passphrase !== undefined && key === undefined && pfx === undefined)
    return "has passphrase, but neither key nor pfx, which it would open";
  if (minVersion === "TLSv1.3" && maxVersion === "TLSv1.2")
    return "has a minVersion (TLSv1.3) that is higher than its maxVersion (TLSv1.2)";
  if (tls.checkServerIdentity !== undefined && rejectUnauthorized === false)
    return "has checkServerIdentity, which rejectUnauthorized: false would switch off: leave out one of them";
  return undefined;
}
