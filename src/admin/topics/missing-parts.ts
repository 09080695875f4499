import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";

/** Something that a broker does not know yet. */
export interface MissingPart {
  /** The node id of the broker. */
  readonly nodeId: number;
  /** A text that goes on after "broker 1": it lacks something, or does not answer. */
  readonly what: string;
}

/** A topic in a Metadata response. */
export interface SeenTopic {
  readonly name: string | null;
  readonly errorCode: number;
  readonly partitions: readonly { readonly partitionIndex: number; readonly leaderId: number }[];
}

/** More would fill a screen. */
const PARTS_IN_WORDS = 5;

/** The topics of which a broker knows fewer partitions than this number, or one without a leader. */
export function missingParts(
  nodeId: number,
  names: readonly string[],
  partitions: number,
  seen: readonly SeenTopic[],
): readonly MissingPart[] {
  return names.flatMap((name): readonly MissingPart[] => {
    const topic = seen.find((one) => one.name === name);
    if (topic === undefined || topic.errorCode !== ErrorCode.NONE || topic.partitions.length === 0)
      return [{ nodeId, what: `does not know topic ${name}` }];
    const found = topic.partitions.length;
    if (found < partitions)
      return [{ nodeId, what: `knows ${counted(found, "partition")} of topic ${name}, not ${partitions}` }];
    const without = topic.partitions.filter(({ leaderId }) => leaderId < 0).map(({ partitionIndex }) => partitionIndex);
    if (without.length === 0) return [];
    const words = without.slice(0, PARTS_IN_WORDS).map((partition) => `${name}-${partition}`);
    const more = without.length > words.length ? `, and ${without.length - words.length} more` : "";
    return [{ nodeId, what: `knows no leader of ${words.join(", ")}${more}` }];
  });
}

/** `brokers 1, 2: does not know topic orders`. Equal parts are named once, with their brokers. */
export function partsInWords(parts: readonly MissingPart[]): string {
  const byText = new Map<string, number[]>();
  for (const { nodeId, what } of parts) byText.set(what, [...(byText.get(what) ?? []), nodeId]);
  const lines = [...byText].map(
    ([what, nodes]) => `${nodes.length === 1 ? "broker" : "each of brokers"} ${nodes.join(", ")} ${what}`,
  );
  const more = lines.length > PARTS_IN_WORDS ? [`and ${lines.length - PARTS_IN_WORDS} more`] : [];
  return [...lines.slice(0, PARTS_IN_WORDS), ...more].join("; ");
}
