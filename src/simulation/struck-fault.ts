/** A fault that has struck, with the names of the node and the broker that it struck. */
export interface StruckFault {
  readonly kind: string;
  readonly node: string;
  readonly broker: string;
  readonly amount: number;
  readonly atMs: number;
  readonly durationMs: number;
}
