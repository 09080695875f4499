import { detailsOf, KafkaError, type KafkaErrorKind } from "../../errors/kafka-error.ts";

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused; is a broker listening there?",
  ENOTFOUND: "the name cannot be resolved; is it spelt right, and does this machine's DNS know it?",
  EAI_AGAIN: "the name cannot be resolved at the moment",
  ETIMEDOUT: "no answer; is a firewall in between?",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ECONNRESET: "the other end reset the connection",
  EPIPE: "the other end closed the connection",
};

/** Advice for the error text, by Node's code for a refused certificate. */
const CERTIFICATE_ADVICE: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: "; connect by a name that the certificate has, or set tls.servername to one",
  CERT_HAS_EXPIRED: "; the broker needs a new certificate",
  CERT_NOT_YET_VALID: "; is this machine's clock right?",
  ERR_SSL_WRONG_VERSION_NUMBER: "; does this port speak TLS?",
};
/** Node's codes for OpenSSL's verdicts on a certificate. */
const CERTIFICATE =
  /^(CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|PATH_LENGTH_|HOSTNAME_MISMATCH|ERROR_IN_CERT|ERR_TLS_CERT_)/;
const UNKNOWN_ISSUER = /^(UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
/** Codes of OpenSSL's errors, including those with which the other end refuses us. */
const SSL = /^(ERR_SSL_|EPROTO$)/;
/** Alerts about temporary trouble of the other end. */
const PASSING = /ALERT_INTERNAL_ERROR|ALERT_CLOSE_NOTIFY|ALERT_USER_CANCELED/;

/**
 * Converts a socket error of Node, with the address and an explanation. The kind is `authentication` if TLS was
 * refused, which is permanent, and `connection` otherwise. No other file knows Node's codes.
 */
export function connectionError(error: unknown, what: string, address: string, outcome?: "notWritten"): KafkaError {
  if (KafkaError.is(error)) return error;
  // Check fields, not classes: in a test runner's sandbox the host's errors are not instances of its classes.
  const { errors } = error as { readonly errors?: readonly unknown[] };
  const cause = errors?.[0] ?? error;
  const code = (cause as { code?: string } | undefined)?.code ?? "";
  const kind = kindOf(code, outcome === "notWritten");
  const text = REASONS[code] ?? (cause as { message?: string } | undefined)?.message ?? String(cause);
  const names = (cause as { readonly cert?: { readonly subjectaltname?: string } } | undefined)?.cert?.subjectaltname;
  const hasNames =
    code === "ERR_TLS_CERT_ALTNAME_INVALID" && names !== undefined ? `; the certificate has ${names}` : "";
  const issuerAdvice = UNKNOWN_ISSUER.test(code) ? "; pass the certificate of its authority as tls.ca" : "";
  const advice = `${hasNames}${CERTIFICATE_ADVICE[code] ?? issuerAdvice}`;
  return new KafkaError(kind, `${what} ${address}: ${code === "" ? "" : `${code}, `}${text}${advice}`, {
    cause: error,
    retriable: kind === "connection",
    address,
    ...(outcome === undefined ? {} : { outcome }),
  });
}

/** Adds to the error the addresses that were tried, if a name has several, and the last reason, `last`, if given. */
export function withTried(error: KafkaError, tried: readonly string[], last?: KafkaError): KafkaError {
  const addresses = tried.length > 1 ? `; ${tried.length} addresses of the name were tried: ${tried.join(", ")}` : "";
  if (addresses === "" && last === undefined) return error;
  const reason = last === undefined ? "" : `; the last error: ${last.message}`;
  return new KafkaError(error.kind, `${error.message}${addresses}${reason}`, detailsOf(error));
}

/** The error for options that `node:tls` rejects by throwing immediately. */
export function tlsOptionsError(error: unknown, address: string): KafkaError {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  const isMissing =
    code === "ERR_NO_CRYPTO" ||
    code === "MODULE_NOT_FOUND" ||
    code === "ERR_UNKNOWN_BUILTIN_MODULE" ||
    code === "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM";
  const what = isMissing ? "this platform has no TLS" : "the tls options are not accepted";
  return new KafkaError(
    isMissing ? "unsupported" : "config",
    `cannot connect to ${address}: ${what}: ${code === undefined ? "" : `${code}, `}${message ?? String(error)}`,
    { cause: error, retriable: false, address, outcome: "notWritten" },
  );
}

/** While a connection is opened, every TLS error is about identity. Later, only an alert from the other end is. */
function kindOf(code: string, isOpening: boolean): KafkaErrorKind {
  if (PASSING.test(code)) return "connection";
  const isRefused = isOpening ? CERTIFICATE.test(code) || SSL.test(code) : SSL.test(code) && code.includes("ALERT");
  return isRefused ? "authentication" : "connection";
}
