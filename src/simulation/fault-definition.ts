import type { FaultWorld } from "./fault-world.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { StruckFault } from "./struck-fault.ts";

/**
 * One kind of fault. Each has a file in `faults/`, named after it; the first sentence there is its row in the table of
 * docs/simulation.md. `fault-table.ts` has them all.
 */
export interface FaultDefinition<K extends string = string> {
  readonly kind: K;
  /** From where to where a plan draws the amount; undefined where the kind has no use for one. */
  readonly amount: AmountRange | undefined;
  /** Not drawn unless `kinds` names it: a program must be made for it. */
  readonly onlyWhenAsked?: true;
  /** What has happened, in words, with the names of the node and the broker that it met. */
  words(fault: StruckFault): string;
  /** Begins the fault; returns how to end it, or undefined where nothing is left to end. */
  begin(strike: Strike): EndOfFault | undefined | Promise<EndOfFault | undefined>;
}

/** How much of a fault a plan may draw, and of what. */
export interface AmountRange {
  readonly least: number;
  readonly greatest: number;
  readonly unit: string;
}

export type EndOfFault = () => void | Promise<void>;

/** A fault when it begins: what it meets, and the numbers that its plan has for it. */
export interface Strike {
  readonly world: FaultWorld;
  readonly node: SimulatedNode;
  /** The broker's name in the network. */
  readonly broker: string;
  readonly brokerId: number;
  readonly durationMs: number;
  readonly amount: number;
  /** The number that chose the node: a kind may choose something else by it too. */
  readonly nodeDraw: number;
  /** The number that chose the broker. */
  readonly brokerDraw: number;
}
