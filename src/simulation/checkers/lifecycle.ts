import { type Checker, type Violation, ofType } from "./violation.ts";

/** The time of the call is a difference of two times. */
const ROUNDING_MS = 0.001;

/** X1: a close ends in time. */
export const closeEnds: Checker = (history) =>
  ofType(history, "close").flatMap(({ what, tookMs, limitMs, atMs, node }): Violation[] =>
    tookMs <= limitMs
      ? []
      : [
          {
            invariant: "X1",
            atMs,
            message: `close of ${what} on ${node} took ${tookMs} ms; the limit is ${limitMs} ms`,
          },
        ],
  );

/** X2: after close there are no tasks, delays or connections, and no request is sent. */
export const nothingIsLeft: Checker = (history) => {
  const closed = new Map(ofType(history, "close").map(({ node, atMs }) => [node, atMs]));
  const late = ofType(history, "request").filter(({ node, atMs }) => atMs > (closed.get(node) ?? Infinity));
  const leaks = ofType(history, "leak").filter(({ tasks, delays, connections }) => tasks + delays + connections > 0);
  return [
    ...late.map(({ node, apiKey, atMs }): Violation => ({
      invariant: "X2",
      atMs,
      message: `${node} sent API ${apiKey} after it was closed`,
    })),
    ...leaks.map(({ node, tasks, delays, connections, atMs }): Violation => ({
      invariant: "X2",
      atMs,
      message: `${node} left ${tasks} tasks, ${delays} delays and ${connections} connections`,
    })),
  ];
};

/** X3: a call whose signal fires ends as cancelled. */
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
            message: `${what} of ${node} continued for ${tookMs} ms after its signal; the limit is ${limitMs} ms`,
          },
        ];
  });

/** X4: every failure is caught. */
export const nothingFailsUnseen: Checker = (history) =>
  ofType(history, "failure").map(({ node, message, atMs }): Violation => ({
    invariant: "X4",
    atMs,
    message: `${node}: ${message}`,
  }));

/** X6: when all started work has ended, nothing is buffered. */
export const memoryIsReturned: Checker = (history) =>
  ofType(history, "buffer").flatMap(({ isIdle, what, bytes, atMs, node }): Violation[] =>
    isIdle !== true || bytes === 0
      ? []
      : [{ invariant: "X6", atMs, message: `the idle ${what} of ${node} holds ${bytes} bytes` }],
  );

/** X7: no record is delivered after the call of close. */
export const nothingComesAfterClose: Checker = (history) => {
  const calledMs = new Map(ofType(history, "close").map(({ node, atMs, tookMs }) => [node, atMs - tookMs]));
  return ofType(history, "deliver").flatMap(({ node, consumer, topic, partition, offset, atMs }): Violation[] =>
    atMs <= (calledMs.get(node) ?? Infinity) + ROUNDING_MS
      ? []
      : [
          {
            invariant: "X7",
            atMs,
            message: `${consumer} got ${topic}-${partition} offset ${offset} after close was called`,
          },
        ],
  );
};

/** All checks of the life of a client. */
export const lifecycleCheckers: readonly Checker[] = [
  closeEnds,
  nothingIsLeft,
  abortsEnd,
  nothingFailsUnseen,
  memoryIsReturned,
  nothingComesAfterClose,
];
