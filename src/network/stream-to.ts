import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";
import type { ByteSink, ByteStream, Connector, ConnectTarget } from "../runtime/byte-stream.ts";
import { type Cancellation, cancelledError } from "../runtime/cancellation.ts";

/** A connector that wraps others passes a rejection on in one to three microtasks for each. */
const MICROTASKS = 32;

/**
 * Opens a stream by the connector, which may be the user's: it may throw, return no stream, or never settle. Rejects
 * when `setup` fires. A stream that is opened later is closed.
 */
export async function streamTo(
  connector: Connector,
  target: ConnectTarget,
  sink: ByteSink,
  setup: Cancellation,
): Promise<ByteStream> {
  const opening = Promise.resolve(connector.connect(target, sink, { signal: setup }));
  opening.then(
    (stream) => {
      if (setup.aborted) closeStream(stream);
    },
    () => undefined,
  );
  const stream = await unlessAborted(opening, setup);
  if (typeof (stream as ByteStream | null | undefined)?.write === "function" && typeof stream.close === "function")
    return stream;
  throw new KafkaError(
    "config",
    `the connector's connect returned ${inWords(stream)}, which is no stream: it needs write() and close()`,
    { outcome: "notWritten" },
  );
}

/**
 * Settles like the promise, or rejects soon after `setup` fires. The connector may then know a better reason, such as
 * the step of a proxy's handshake that was not finished, so it has some microtasks to reject by itself. A delay is not
 * possible: a client that closes has none.
 */
function unlessAborted<T>(promise: Promise<T>, setup: Cancellation): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = async (): Promise<void> => {
      for (let i = 0; i < MICROTASKS; i++) await Promise.resolve();
      reject(cancelledError(setup));
    };
    const onAbort = (): void => void late();
    const ended = (): void => setup.removeEventListener("abort", onAbort);
    if (setup.aborted) onAbort();
    else setup.addEventListener("abort", onAbort);
    promise.then(resolve, reject);
    promise.then(ended, ended);
  });
}

/** Writes to a stream. If `write` throws or returns no promise, that is a rejection or a result, too. */
export function writeTo(stream: ByteStream, chunks: readonly Uint8Array[]): Promise<void> {
  try {
    return Promise.resolve(stream.write(chunks));
  } catch (error) {
    return Promise.reject(KafkaError.from(error, "connection", "the connector's stream threw in write()"));
  }
}

/** Closes a stream. An error of its `close` is dropped: the connection has ended, and its requests must be rejected. */
export function closeStream(stream: ByteStream | undefined): void {
  try {
    stream?.close();
  } catch {
    return;
  }
}
