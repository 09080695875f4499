/** The replicas of a partition while a reassignment goes on. */
export interface Reassignment {
  /** All replicas, those that will leave at the end. */
  readonly replicas: readonly number[];
  /** The replicas that are new. */
  readonly adding: readonly number[];
  /** The replicas that leave when all new ones are in sync. */
  readonly removing: readonly number[];
}

/**
 * The replicas of a partition that is reassigned, perhaps while another reassignment goes on. A list that would be
 * empty keeps its former value, as in Kafka: a replica that the earlier reassignment adds is still listed as new.
 */
export function reassignedTo(target: readonly number[], current: Reassignment): Reassignment {
  const adding = target.filter((id) => !current.replicas.includes(id)).sort((a, b) => a - b);
  const removing = current.replicas.filter((id) => !target.includes(id)).sort((a, b) => a - b);
  return {
    replicas: [...target, ...removing],
    adding: adding.length > 0 ? adding : current.adding,
    removing: removing.length > 0 ? removing : current.removing,
  };
}

/**
 * The replicas and the ISR at the end of a reassignment; undefined if there is none, or if it cannot end yet, because a
 * new replica is not in sync or no replica in sync would stay.
 */
export function completeReassignment(
  { replicas, adding, removing }: Reassignment,
  isr: readonly number[],
): { readonly replicas: readonly number[]; readonly isr: readonly number[] } | undefined {
  if (adding.length === 0 && removing.length === 0) return undefined;
  const left = isr.filter((id) => !removing.includes(id));
  if (left.length === 0 || !adding.every((id) => left.includes(id))) return undefined;
  return { replicas: replicas.filter((id) => !removing.includes(id)), isr: left };
}

/** The replicas after a reassignment was cancelled. Their order stays that of the reassignment. */
export function revertedReplicas({ replicas, adding }: Reassignment): readonly number[] {
  return replicas.filter((id) => !adding.includes(id));
}
