import type { HistoryEvent } from "./history.ts";

/** A fault that has struck, with the names of those whom it struck. */
export interface StruckFault {
  readonly kind: string;
  readonly node: string;
  readonly broker: string;
  readonly amount: number;
  readonly atMs: number;
  readonly durationMs: number;
}

type Words = (fault: StruckFault) => string;

/** What each kind does. A kind that is not here is told by its name. */
const WORDS: Readonly<Record<string, Words>> = {
  partition: ({ node, broker }) => `nothing gets through between ${node} and ${broker}`,
  "one-way-partition": ({ node, broker }) =>
    `nothing gets through in one of the two directions between ${node} and ${broker}`,
  "slow-link": ({ node, broker, amount }) => `the link between ${node} and ${broker} takes up to ${amount} ms`,
  "narrow-link": ({ node, broker, amount }) => `the link between ${node} and ${broker} carries ${amount} bytes a ms`,
  "one-byte-segments": ({ node, broker }) => `bytes between ${node} and ${broker} arrive one by one`,
  reset: ({ node, broker }) => `the connections between ${node} and ${broker} are reset`,
  cut: ({ node, broker, amount }) => `the connections between ${node} and ${broker} break after ${amount} more bytes`,
  "half-open": ({ node, broker }) => `the connections between ${node} and ${broker} go silent, and nobody is told`,
  refuse: ({ broker }) => `${broker} refuses new connections`,
  ghost: ({ node, broker, amount }) =>
    `${node} loses its connections to ${broker}; what it had written arrives ${amount} ms later all the same`,
  "broker-down": ({ broker }) => `${broker} is down`,
  "leader-move": ({ broker }) => `${broker} becomes leader of partitions`,
  "lost-reply": ({ broker, amount }) =>
    `${broker} carries out up to ${amount} requests, and loses the connection before it answers`,
  "lost-request": ({ broker, amount }) =>
    `${broker} loses the connection before it carries out a request, up to ${amount} times`,
  hang: ({ broker, amount }) => `${broker} never answers up to ${amount} requests`,
  "slow-broker": ({ broker, amount }) => `${broker} takes ${amount} ms more for a request`,
  "produce-error": ({ broker, amount }) =>
    `${broker} refuses up to ${amount} produce requests with NOT_ENOUGH_REPLICAS`,
  "broker-ghost": ({ broker, amount }) =>
    `${broker} loses the connection before it answers up to 3 requests, and carries them out ${amount} ms later ` +
    "all the same",
  "partition-error": ({ amount }) => `up to ${amount} requests about one partition are answered with an error`,
  "clock-jump": ({ node, amount }) => `the wall clock of ${node} jumps by ${amount} ms`,
  stall: ({ node }) => `the event loop of ${node} does nothing`,
  "lagging-follower": ({ broker, amount }) =>
    `${broker} fetches nothing from its leaders${amount > 1 ? ", and is out of every ISR" : ""}`,
  "unclean-election": ({ broker }) =>
    `${broker} fetches nothing from its leaders, and becomes leader in the end all the same: what it lacks is gone`,
  "stale-metadata": ({ broker }) => `${broker} leads nothing any more, and has not been told`,
  "broker-join": ({ broker }) => `a broker joins ${broker} and the others, leads partitions, and leaves in the end`,
  crash: ({ node }) => `${node} is killed, and started again at the end`,
};

/** What a fault does, in words. */
export function faultInWords(fault: StruckFault): string {
  return WORDS[fault.kind]?.(fault) ?? `${fault.kind} at ${fault.node} and ${fault.broker}, amount ${fault.amount}`;
}

/** The faults of a run in words, in the order of time. */
export function faultsInWords({ history }: { readonly history: readonly HistoryEvent[] }): readonly string[] {
  return history.flatMap((event) =>
    event.type === "fault"
      ? [`${event.kind}, from ${event.atMs} ms for ${event.durationMs} ms: ${faultInWords(event)}`]
      : [],
  );
}
