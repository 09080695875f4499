import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { SetupDeadline } from "./deadlines.ts";
import { HandshakeVersion } from "./handshake-version.ts";
import { unopened } from "./hang-up.ts";

/**
 * Connects, performs the handshake and authenticates. Rejects with an error that names the address and the reason. If
 * the broker closes the connection instead of answering, it reconnects at once and tries a lower version of
 * ApiVersions.
 */
export async function openConnection(options: ConnectionOptions, signal?: AbortSignalLike): Promise<Connection> {
  const { clock, deadlines, handshakeVersion = new HandshakeVersion(), observed, setupTimeoutMs } = options;
  const sinceMs = clock.monotonic();
  const setup = new Cancellation();
  const unfollow = setup.follow(signal);
  const limit = new SetupDeadline(setup, `${options.host}:${options.port}`, setupTimeoutMs);
  deadlines.add(limit, sinceMs + setupTimeoutMs);
  try {
    for (;;) {
      const asked = handshakeVersion.next(clock.monotonic());
      const connection = new Connection(options, asked);
      try {
        await connection.open(setup);
        handshakeVersion.answered(asked, connection.handshakeVersion, clock.monotonic());
        observed?.client.hooks?.connectionOpened?.(observed, sinceMs);
        return connection;
      } catch (error) {
        const failure = unopened(error, connection.address);
        connection.close(failure);
        if (!connection.wasHungUp || setup.aborted || !handshakeVersion.hungUp(asked, clock.monotonic())) throw failure;
      }
    }
  } finally {
    unfollow();
    deadlines.remove(limit);
  }
}
