import type { Connector } from "../../src/runtime/byte-stream.ts";

/** A connector that counts the connections that are open or are being opened, and remembers the most. */
export function countingConnector(inner: Connector): { readonly connector: Connector; readonly most: () => number } {
  let open = 0;
  let most = 0;
  const connect: Connector["connect"] = async (target, sink, options) => {
    most = Math.max(most, ++open);
    let isOpen = true;
    const closed = (): void => {
      if (isOpen) open--;
      isOpen = false;
    };
    try {
      const stream = await inner.connect(
        target,
        {
          buffer: () => sink.buffer(),
          filled: (view) => sink.filled(view),
          closed: (error) => {
            closed();
            sink.closed(error);
          },
        },
        options,
      );
      return {
        remote: stream.remote,
        write: (chunks) => stream.write(chunks),
        resume: () => stream.resume(),
        close: () => {
          closed();
          stream.close();
        },
      };
    } catch (error) {
      closed();
      throw error;
    }
  };
  return { connector: { connect }, most: () => most };
}
