import { type Checker, type Violation, ofType } from "./violation.ts";

/** X1: what is closed ends in its time. */
export const closeEnds: Checker = (history) =>
  ofType(history, "close").flatMap(({ what, tookMs, limitMs, atMs, node }): Violation[] =>
    tookMs <= limitMs
      ? []
      : [
          {
            invariant: "X1",
            atMs,
            message: `close of ${what} on ${node} took ${tookMs} ms, of ${limitMs} at the most`,
          },
        ],
  );

/** X2: after close there is no task, no delay and no connection, and nothing is sent. */
export const nothingIsLeft: Checker = (history) => {
  const closed = new Map(ofType(history, "close").map(({ node, atMs }) => [node, atMs]));
  const late = ofType(history, "request").filter(({ node, atMs }) => atMs > (closed.get(node) ?? Infinity));
  const leaks = ofType(history, "leak").filter(({ tasks, delays, connections }) => tasks + delays + connections > 0);
  return [
    ...late.map(({ node, apiKey, atMs }): Violation => ({
      invariant: "X2",
      atMs,
      message: `${node} asked API ${apiKey} after it was closed`,
    })),
    ...leaks.map(({ node, tasks, delays, connections, atMs }): Violation => ({
      invariant: "X2",
      atMs,
      message: `${node} left ${tasks} tasks, ${delays} delays and ${connections} connections`,
    })),
  ];
};

/** X3: a call whose signal fires ends, as cancelled. */
export const abortsEnd: Checker = (history) =>
  ofType(history, "abort").flatMap(({ what, kind, tookMs, limitMs, atMs, node }): Violation[] => {
    if (kind !== "cancelled")
      return [
        {
          invariant: "X3",
          atMs,
          message: `${what} of ${node} was cancelled by its signal, and ended with kind ${kind}`,
        },
      ];
    return tookMs <= limitMs
      ? []
      : [
          {
            invariant: "X3",
            atMs,
            message: `${what} of ${node} went on for ${tookMs} ms after its signal, of ${limitMs} at the most`,
          },
        ];
  });

/** X4: nothing fails where nobody looks. */
export const nothingFailsUnseen: Checker = (history) =>
  ofType(history, "failure").map(({ node, message, atMs }): Violation => ({
    invariant: "X4",
    atMs,
    message: `${node}: ${message}`,
  }));

/** X6: when all that was begun has ended, nothing is held any more. */
export const memoryIsReturned: Checker = (history) =>
  ofType(history, "buffer").flatMap(({ isIdle, what, bytes, atMs, node }): Violation[] =>
    isIdle !== true || bytes === 0
      ? []
      : [{ invariant: "X6", atMs, message: `the idle ${what} of ${node} holds ${bytes} bytes` }],
  );

/** All that is asked of the life of a client. */
export const lifecycleCheckers: readonly Checker[] = [
  closeEnds,
  nothingIsLeft,
  abortsEnd,
  nothingFailsUnseen,
  memoryIsReturned,
];
