import type { KafkaError } from "../errors/kafka-error.ts";
import type { DecodingSteps } from "../protocol/decode-in-steps.ts";
import type { Host } from "../runtime/host.ts";
import { HostTurns } from "../runtime/host-turns.ts";
import { malformedError } from "./malformed-error.ts";

/**
 * Decodes a response with turns of the host in between, if it takes long. Throws if a turn was not needed; otherwise
 * the promise rejects, and `failed` is called.
 */
export function decodeInTurns<Res>(
  steps: DecodingSteps<Res>,
  host: Host,
  events: { readonly decoded: (response: Res) => void; readonly failed: (error: KafkaError) => void },
): Res | Promise<Res> {
  const decoded = new HostTurns(host).run(steps);
  if (!(decoded instanceof Promise)) return decoded;
  return decoded.then(
    (response) => {
      events.decoded(response);
      return response;
    },
    (error: unknown) => {
      const failure = malformedError(error);
      events.failed(failure);
      throw failure;
    },
  );
}
