import { MAX_WINDOW_BYTES } from "./window-limits.ts";

/**
 * A control message of a tunnel: a text message of the WebSocket, in JSON. Binary messages are the bytes of the
 * connection to the broker. The page begins with `open`; the tunnel sends `opened` when the broker is connected, and
 * `closed` last. Both sides send `credit`.
 */
export type ControlMessage = OpenMessage | OpenedMessage | CreditMessage | ClosedMessage;

/** The first message of the page: the broker that it wants. */
export interface OpenMessage {
  readonly type: "open";
  readonly host: string;
  readonly port: number;
  /** Whether the tunnel must speak TLS to the broker. */
  readonly tls: boolean;
  /** The name to expect in the broker's certificate. Absent: `host`. */
  readonly servername?: string;
  readonly token?: string;
  /** How many bytes the page wants to receive ahead of its credit. */
  readonly windowBytes: number;
}

/** The broker is connected. */
export interface OpenedMessage {
  readonly type: "opened";
  /** The credit of the page: bytes that it may send at once. */
  readonly sendBytes: number;
  /** The credit of the tunnel: the size that the page wanted, or the limit of the tunnel if that is lower. */
  readonly receiveBytes: number;
}

/** The sender has consumed bytes, so the other side may send that many more. */
export interface CreditMessage {
  readonly type: "credit";
  readonly bytes: number;
}

/** The connection is closed. Without `kind` and `message`, the broker has ended it. */
export interface ClosedMessage {
  readonly type: "closed";
  readonly kind?: ClosedKind;
  readonly message?: string;
  readonly retriable?: boolean;
}

/** The kinds of errors that a tunnel reports. */
export type ClosedKind = "connection" | "authentication" | "config" | "unsupported";

/** The WebSocket's subprotocol. A later version of the messages gets another name. */
export const SUBPROTOCOL: string = "odradek-tunnel.1";

const KINDS: readonly unknown[] = ["connection", "authentication", "config", "unsupported"] satisfies ClosedKind[];

/** Reads a control message. Undefined if the text is not one. */
export function readControl(text: string): ControlMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const message = value as Readonly<Record<string, unknown>>;
  const isGood =
    message["type"] === "open"
      ? isOpen(message)
      : message["type"] === "opened"
        ? isSize(message["sendBytes"]) && isSize(message["receiveBytes"])
        : message["type"] === "credit"
          ? isSize(message["bytes"])
          : message["type"] === "closed" && isClosed(message);
  return isGood ? (value as ControlMessage) : undefined;
}

function isOpen({ host, port, tls, servername, token, windowBytes }: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof host === "string" &&
    host !== "" &&
    Number.isInteger(port) &&
    (port as number) > 0 &&
    (port as number) < 65_536 &&
    typeof tls === "boolean" &&
    isTextOrAbsent(servername) &&
    isTextOrAbsent(token) &&
    isSize(windowBytes)
  );
}

function isClosed({ kind, message, retriable }: Readonly<Record<string, unknown>>): boolean {
  if (kind === undefined) return message === undefined;
  return KINDS.includes(kind) && typeof message === "string" && typeof retriable === "boolean";
}

function isSize(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_WINDOW_BYTES;
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
