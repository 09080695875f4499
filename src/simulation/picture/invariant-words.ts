/** The meaning of each invariant of Odradek itself. The invariants of users have only their names. */
const MEANINGS: Readonly<Record<string, string>> = {
  P1: "an acknowledged record is in its partition, at the acknowledged offset",
  P2: "each record is in the topic at most once",
  P3: "within a partition, the records of a producer are in the order of the calls",
  P4:
    "sequences begin at 0, without gaps or overlaps; a retry repeats the same batch; at most five Produce " +
    "requests are in flight",
  P5: "every send settles once and in time, and a record that failed as not written is not in the topic",
  P6: "the buffer of a client stays within its limit",
  P8: "key, value and headers are read as they were sent, and every record in the topic was sent",
  P9: "no retriable failure reaches the user before the deadline",
  C4: "between two seeks, a consumer gets the records of a partition in order, each once and without gaps",
  N1: "responses come in the order of the requests, and no request is sent before the response to ApiVersions",
  N2: "a request gets its response in time or is given up, and no client sends requests in a hot loop",
  N3: "the leader epoch that a client knows of a partition never goes back",
  N4: "a client sends nothing while a broker throttles it",
  N5: "a client closes a connection that delivered malformed bytes",
  N6:
    "before the login only ApiVersions and SASL are sent, between SaslHandshake and the last token only SASL, and " +
    "after the end of a session only a new login",
  N7: "the requests that wait for a login are sent after it, all of them and in the order of the calls",
  L: "after the last fault all work ends",
  X1: "a close ends in time",
  X2: "after close there are no tasks, delays or connections, and no request is sent",
  X3: "a call whose signal fires ends as cancelled",
  X4: "every failure is caught",
  X6: "when all started work has ended, nothing is buffered",
  X7: "no record is delivered after close was called",
  liveness: "after the last fault the scenario ends in time",
  uncaught: "every failure of a node's program or task is caught",
};

/** The meaning of an invariant; empty if unknown. */
export function meaningOf(invariant: string): string {
  return MEANINGS[invariant] ?? "";
}
