import type { RequestFailed, RequestWritten } from "odradek";
import type { Cluster } from "../connecting/cluster.ts";
import { isKafkaError } from "../errors/to-kafkajs-error.ts";
import { noteRequest } from "../errors/timed-out-request.ts";

/**
 * The requests of an admin that were written and are not answered. A call of Odradek ends at its own deadline, with an
 * error that does not say which request it waited for; kafkajs's error does.
 */
export class UnansweredRequests {
  /** By connection and number, the oldest first. */
  readonly #written = new Map<string, RequestWritten>();
  /** The last one that has timed out itself, which may happen just before its call ends. */
  #late: RequestFailed | undefined;

  constructor(cluster: Pick<Cluster, "observe">) {
    const settled = (event: Request_): void => void this.#written.delete(keyOf(event));
    cluster.observe({
      requestWritten: (event) => void this.#written.set(keyOf(event), event),
      requestAnswered: settled,
      requestFailed: (event) => {
        settled(event);
        if (event.error.kind === "timeout") this.#late = event;
      },
    });
  }

  /** Notes in the error of a call that was not done in time which request it was: the oldest one of this API. */
  note(error: unknown, apiName: string): void {
    if (!isKafkaError(error) || error.kind !== "timeout") return;
    for (const event of this.#written.values()) {
      if (event.apiName !== apiName) continue;
      this.#written.delete(keyOf(event));
      noteRequest(error, { ...event, sentAtMs: event.atMs });
      return;
    }
    if (this.#late?.apiName === apiName) noteRequest(error, this.#late);
    this.#late = undefined;
  }
}

type Request_ = Pick<RequestWritten, "broker" | "purpose" | "correlationId">;

function keyOf({ broker, purpose, correlationId }: Request_): string {
  return `${broker} ${purpose} ${correlationId}`;
}
