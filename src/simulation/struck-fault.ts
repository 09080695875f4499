/** A fault that has begun, with the names of the affected node and broker. */
export interface StruckFault {
  readonly kind: string;
  readonly node: string;
  readonly broker: string;
  readonly amount: number;
  readonly atMs: number;
  readonly durationMs: number;
}
