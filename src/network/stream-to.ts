import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";
import type { ByteSink, ByteStream, Connector, ConnectTarget } from "../runtime/byte-stream.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { raced } from "../runtime/raced.ts";

/**
 * Opens a stream by the connector, which may be the user's: it may throw, return no stream, or never settle. Rejects a
 * turn after `setup` fires, so that a connector that heeds its signal ends before its client does. A stream that is
 * opened later is closed.
 */
export async function streamTo(
  host: Pick<Host, "runtime">,
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
  const stream = await raced(host, opening, setup);
  if (typeof (stream as ByteStream | null | undefined)?.write === "function" && typeof stream.close === "function")
    return stream;
  throw new KafkaError(
    "config",
    `the connector's connect returned ${inWords(stream)}, which is no stream: it needs write() and close()`,
    { outcome: "notWritten" },
  );
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
