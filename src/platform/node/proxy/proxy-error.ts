import { KafkaError, type KafkaErrorKind } from "../../../errors/kafka-error.ts";
import { type ProxyAddress, type ProxyTarget, withBrackets } from "./proxy-address.ts";

/** An error of a connection through a proxy. Nothing was sent to the broker. */
export function proxyError(
  { host, port, proxy }: ProxyTarget,
  kind: KafkaErrorKind,
  why: string,
  details: { readonly retriable?: boolean; readonly cause?: unknown } = {},
): KafkaError {
  const address = `${host}:${port}`;
  const text = `cannot connect to ${withBrackets(host)}:${port} through the proxy ${proxy.toString()}: ${why}`;
  return new KafkaError(kind, text, { ...details, address, outcome: "notWritten" });
}

/** A text of a proxy as errors may quote it: at most 200 characters, without control characters and the password. */
export function quotedProxy(text: string, { login }: ProxyAddress): string {
  const { user = "", password = "" } = login ?? {};
  let plain = text;
  if (password !== "")
    for (const secret of [Buffer.from(`${user}:${password}`).toString("base64"), password])
      plain = plain.replaceAll(secret, "[secret]");

  plain = plain.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}
