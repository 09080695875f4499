import type { OnReadOpts } from "node:net";
import type { ByteSink } from "../../runtime/byte-stream.ts";

/**
 * Reads a socket into a sink. Node asks for the next buffer right after each callback, so the sink must already know
 * where the next bytes go.
 */
export function onread(sink: ByteSink): OnReadOpts {
  return {
    buffer: () => sink.buffer(),
    callback: (size, view) => sink.filled(view.subarray(0, size)),
  };
}
