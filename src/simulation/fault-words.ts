import type { FaultDefinition } from "./fault-definition.ts";
import { FAULTS } from "./fault-table.ts";
import type { HistoryEvent } from "./history.ts";
import type { StruckFault } from "./struck-fault.ts";

/** Describes a fault in words. A kind without a definition is described by its name. */
export function faultInWords(fault: StruckFault): string {
  const definitions: Readonly<Record<string, FaultDefinition>> = FAULTS;
  return (
    definitions[fault.kind]?.words(fault) ??
    `${fault.kind} at ${fault.node} and ${fault.broker}, amount ${fault.amount}`
  );
}

/** Describes the faults of a run in words, in order of time. */
export function faultsInWords({ history }: { readonly history: readonly HistoryEvent[] }): readonly string[] {
  return history.flatMap((event) =>
    event.type === "fault"
      ? [`${event.kind}, from ${event.atMs} ms for ${event.durationMs} ms: ${faultInWords(event)}`]
      : [],
  );
}
