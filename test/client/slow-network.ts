import type { ByteStream, Connector, Listener } from "../../src/runtime/byte-stream.ts";
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
    return {
      remote: stream.remote,
      write: (chunks) => {
        const due = clock.monotonic() + latencyMs;
        const written = last.then(async () => {
          const waitMs = due - clock.monotonic();
          if (waitMs > 0) await sleep(platform, waitMs);
          await stream.write(chunks);
        });
        last = written.catch(() => undefined);
        return written;
      },
      resume: () => stream.resume(),
      close: () => stream.close(),
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
