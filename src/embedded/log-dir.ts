/** The path of a broker's only log dir. It is shown to clients; nothing is on disk. */
export function logDirOf(nodeId: number): string {
  return `/odradek/broker-${nodeId}`;
}
