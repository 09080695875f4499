import type { ClusterSnapshot } from "../embedded/snapshot.ts";
import type { HistoryEvent } from "./history.ts";
import { requestInWords, responseInWords } from "./message-words.ts";
import type { ConnectionTap, NetworkConnection } from "./network-connection.ts";

/** Cuts the pieces of a stream into whole frames, without their size prefix. */
class Frames {
  #bytes = new Uint8Array(0);

  push(piece: Uint8Array): Uint8Array[] {
    const all = new Uint8Array(this.#bytes.length + piece.length);
    all.set(this.#bytes);
    all.set(piece, this.#bytes.length);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at + 4 <= all.length) {
      const end = at + 4 + new DataView(all.buffer).getInt32(at);
      if (end > all.length) break;
      frames.push(all.subarray(at + 4, end));
      at = end;
    }
    this.#bytes = all.subarray(at);
    return frames;
  }
}

/** The state of one connection. */
class Watched {
  readonly written: Frames = new Frames();
  readonly arrived: Frames = new Frames();
  readonly answered: Frames = new Frames();
  readonly delivered: Frames = new Frames();
  /** By correlation id: the API and version that a response belongs to. */
  readonly asked: Map<number, readonly [apiKey: number, apiVersion: number]> = new Map<
    number,
    readonly [number, number]
  >();
  /** Whether a response was malformed: where the next one begins is unknown. */
  isMalformed = false;
}

/**
 * Records for the picture: decoded requests and responses, arrivals at brokers, replies, and the growth of partitions.
 * It only observes and schedules nothing, so the run is the same without it.
 */
export function detailLog(
  snapshot: () => ClusterSnapshot,
  nowMs: () => number,
  record: (event: HistoryEvent) => void,
): ConnectionTap {
  const connections = new Map<number, Watched>();
  const grow = growthLog(snapshot, nowMs, record);
  const of = ({ id }: NetworkConnection): Watched => {
    let found = connections.get(id);
    if (found === undefined) connections.set(id, (found = new Watched()));
    return found;
  };
  const id = (frame: Uint8Array, at: number): number => new DataView(frame.buffer, frame.byteOffset).getInt32(at);
  const seen = (by: "client" | "server", connection: NetworkConnection, correlationId: number) => ({
    atMs: nowMs(),
    node: connection[by],
    connection: connection.id,
    correlationId,
  });
  return {
    written(connection, chunks) {
      const { written, asked } = of(connection);
      for (const frame of chunks.flatMap((chunk) => written.push(chunk))) {
        const { text, apiKey, apiVersion, correlationId } = requestInWords(frame);
        asked.set(correlationId, [apiKey, apiVersion]);
        record({ type: "body", of: "request", ...seen("client", connection, correlationId), text });
      }
      grow();
    },
    answered(connection, chunks) {
      for (const frame of chunks.flatMap((chunk) => of(connection).answered.push(chunk)))
        record({ type: "reply", ...seen("server", connection, id(frame, 0)) });
      grow();
    },
    malformed(connection) {
      of(connection).isMalformed = true;
    },
    delivered(connection, to, view) {
      const { arrived, delivered, asked } = of(connection);
      if (to === "server") {
        for (const frame of arrived.push(view))
          record({ type: "arrival", ...seen("server", connection, id(frame, 4)) });
        return;
      }
      if (of(connection).isMalformed) return;
      for (const frame of delivered.push(view)) {
        const correlationId = id(frame, 0);
        const [apiKey, apiVersion] = asked.get(correlationId) ?? [-1, 0];
        const text = responseInWords(frame, apiKey, apiVersion);
        record({ type: "body", of: "response", ...seen("client", connection, correlationId), text });
      }
      grow();
    },
  };
}

function growthLog(
  snapshot: () => ClusterSnapshot,
  nowMs: () => number,
  record: (event: HistoryEvent) => void,
): () => void {
  const last = new Map<string, string>();
  return () => {
    for (const { topic, partitions } of snapshot().topics) {
      for (const { partition, highWatermark, leaderId } of partitions) {
        const key = `${topic}-${partition}`;
        const state = `${highWatermark}/${leaderId}`;
        if (last.get(key) === state) continue;
        last.set(key, state);
        record({ type: "growth", atMs: nowMs(), node: `broker-${leaderId}`, topic, partition, highWatermark });
      }
    }
  };
}
