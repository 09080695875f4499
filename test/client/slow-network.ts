import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { ByteStream, Connector, Listener } from "../../src/runtime/byte-stream.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedPlatform } from "../../src/simulation/simulated-platform.ts";

/** The in-memory network of a platform, with a latency each way. Bytes arrive in the order of the writes. */
export function slowNetwork(
  platform: SimulatedPlatform,
  latencyMs: number,
): { readonly connector: Connector; readonly listener: Listener } {
  const { connector, listener, clock } = platform;
  const slow = (stream: ByteStream): ByteStream => {
    let last: Promise<unknown> = Promise.resolve();
    // A write that waits when the stream closes is dropped: its delay would outlive the client.
    const closed = new Cancellation();
    return {
      remote: stream.remote,
      write: (chunks) => {
        const due = clock.monotonic() + latencyMs;
        const written = last.then(async () => {
          const waitMs = due - clock.monotonic();
          if (waitMs > 0) await sleep(platform, waitMs, closed);
          await stream.write(chunks);
        });
        last = written.catch(() => undefined);
        return written;
      },
      resume: () => stream.resume(),
      close: () => {
        stream.close();
        closed.cancel(new KafkaError("connection", `${stream.remote}: the connection is closed`, { retriable: true }));
      },
    };
  };
  return {
    connector: {
      ...connector,
      connect: async (target, sink, options) => slow(await connector.connect(target, sink, options)),
    },
    listener: { listen: (address, accept) => listener.listen(address, (stream) => accept(slow(stream))) },
  };
}
