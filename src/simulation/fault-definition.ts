import type { FaultWorld } from "./fault-world.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { StruckFault } from "./struck-fault.ts";

/**
 * One kind of fault. Each has its own file in `faults/`, and the comment there is its row in the table of
 * docs/simulation.md. `fault-table.ts` lists all of them.
 */
export interface FaultDefinition<K extends string = string> {
  readonly kind: K;
  /** The range from which a plan draws the amount; undefined for a kind without an amount. */
  readonly amount: AmountRange | undefined;
  /** Drawn only when `kinds` names it, because a program must be prepared for it. */
  readonly onlyWhenAsked?: true;
  /** The fault in words, with the names of the affected node and broker. */
  words(fault: StruckFault): string;
  /** Begins the fault. Returns a function that ends it, or undefined when nothing is left to end. */
  begin(strike: Strike): EndOfFault | undefined | Promise<EndOfFault | undefined>;
}

/** The range and unit of a fault's amount. */
export interface AmountRange {
  readonly least: number;
  readonly greatest: number;
  readonly unit: string;
}

export type EndOfFault = () => void | Promise<void>;

/** A fault when it begins: the affected node and broker, and the numbers of its plan. */
export interface Strike {
  readonly world: FaultWorld;
  readonly node: SimulatedNode;
  /** The broker's name in the network. */
  readonly broker: string;
  readonly brokerId: number;
  readonly durationMs: number;
  readonly amount: number;
  /** The number that chose the node; a kind may use it to choose something else too. */
  readonly nodeDraw: number;
  /** The number that chose the broker. */
  readonly brokerDraw: number;
}
