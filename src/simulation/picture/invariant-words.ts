/** What each of Odradek's own invariants says. A user's have their names. */
const MEANINGS: Readonly<Record<string, string>> = {
  P1: "what was acknowledged is in the log, where it was said to be",
  P2: "each record is in the log once at the most",
  P3: "in a partition, the records of a producer lie in the order of the calls",
  P4:
    "sequences begin at 0 and have no hole and no overlap; what is sent again is the same; five produce requests " +
    "are under way at the most",
  P5: "every send settles once, in time, and one that failed for certain is not in the log",
  P6: "a client holds no more than it may",
  P8: "key, value and headers come back as they were sent, and nothing is in the log that nobody sent",
  P9: "no failure that another try may heal reaches the user before the deadline",
  C4: "between two seeks, a consumer gets the records of a partition in order, each once, and none is left out",
  N1: "responses come in the order of the requests, and nothing is asked before ApiVersions was answered",
  N2: "a request is answered in time or given up, and nobody asks without end in no time",
  N3: "the leader epoch that a client knows of a partition never goes back",
  N4: "a broker that asks for silence gets it",
  N5: "a connection that brought malformed bytes is given up",
  L: "after the last fault everything comes to its end",
  X1: "what is closed ends in its time",
  X2: "after close there is no task, no delay and no connection, and nothing is sent",
  X3: "a call whose signal fires ends, as cancelled",
  X4: "nothing fails where nobody looks",
  X6: "when all that was begun has ended, nothing is held any more",
  liveness: "after the last fault the scenario comes to its end",
  uncaught: "no program and no task of a node fails where nobody looks",
};

/** What an invariant says; empty where that is not known. */
export function meaningOf(invariant: string): string {
  return MEANINGS[invariant] ?? "";
}
