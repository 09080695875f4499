import type { AckEvent, FailEvent, LogEvent, SendEvent } from "../history.ts";
import { type Checker, type Violation, groupBy, ofType } from "./violation.ts";

/** A promise may settle this number of ms after its deadline: one turn, plus a stall of the event loop. */
const SLACK_MS = 10_000;

/**
 * P1: an acknowledged record is in its partition, at the acknowledged offset. Records that an unclean election
 * truncated are not checked.
 */
export const acknowledgedIsWritten: Checker = (history) => {
  const log = groupBy(ofType(history, "log"), ({ id }) => id);
  const sentMs = new Map(ofType(history, "send").map(({ id, atMs }) => [id, atMs]));
  const unclean = ofType(history, "truncation").filter(({ isClean }) => !isClean);
  const isCutOff = (ack: AckEvent): boolean =>
    unclean.some(
      ({ topic, partition, toOffset, atMs }) =>
        topic === ack.topic &&
        partition === ack.partition &&
        (ack.offset < 0 || ack.offset >= toOffset) &&
        (sentMs.get(ack.id) ?? 0) <= atMs,
    );
  return ofType(history, "ack").flatMap((ack): Violation[] => {
    const found =
      log
        .get(ack.id)
        ?.some(
          ({ topic, partition, offset }) =>
            topic === ack.topic && partition === ack.partition && (ack.offset < 0 || offset === ack.offset),
        ) === true;
    return found || isCutOff(ack)
      ? []
      : [
          {
            invariant: "P1",
            atMs: ack.atMs,
            message:
              `${ack.id} was acknowledged at ${ack.topic}-${ack.partition} offset ${ack.offset}, ` + "and is not there",
          },
        ];
  });
};

/** P2: each record is in the topic at most once. */
export const writtenOnce: Checker = (history) =>
  [...groupBy(ofType(history, "log"), ({ id }) => id)].flatMap(([id, places]): Violation[] =>
    places.length === 1
      ? []
      : [
          {
            invariant: "P2",
            atMs: places[0]?.atMs ?? 0,
            message:
              `${id} is in the topic ${places.length} times: ` +
              places.map(({ topic, partition, offset }) => `${topic}-${partition} offset ${offset}`).join(", "),
          },
        ],
  );

/** P3: within a partition, the records of a producer are in the order of the calls. */
export const orderIsKept: Checker = (history) => {
  const sends = new Map(ofType(history, "send").map((send) => [send.id, send]));
  const violations: Violation[] = [];
  const last = new Map<string, SendEvent>();
  const inOrder = ofType(history, "log").sort((a, b) => a.offset - b.offset);
  for (const { id, topic, partition, offset, atMs } of inOrder) {
    const send = sends.get(id);
    if (send === undefined) continue;
    const key = `${send.producer}/${topic}-${partition}`;
    const before = last.get(key);
    if (before !== undefined && before.order > send.order)
      violations.push({
        invariant: "P3",
        atMs,
        message: `${topic}-${partition} offset ${offset}: ${id} was sent before ${before.id}, but comes after it`,
      });
    last.set(key, send);
  }
  return violations;
};

/**
 * P4: sequences begin at 0, without gaps or overlaps. A retry repeats the same batch, or its first part if an error can
 * have called it too large. A request has one batch per partition.
 */
export const sequencesAreSound: Checker = (history) => {
  const violations: Violation[] = [];
  const mayDivide = history.some((event) => event.type === "fault" && event.kind === "error-code");
  const hasFailures = history.some(({ type }) => type === "fail" || type === "crash" || type === "recreation");
  for (const [key, batches] of groupBy(
    ofType(history, "produce").filter(({ producerId }) => producerId >= 0),
    (b) => `producer ${b.producerId} epoch ${b.producerEpoch} ${b.topic}-${b.partition}`,
  )) {
    const say = (atMs: number, what: string): number =>
      violations.push({ invariant: "P4", atMs, message: `${key}: ${what}` });
    const bySequence = [...groupBy(batches, ({ baseSequence }) => String(baseSequence)).values()];
    for (const [first, ...again] of bySequence) {
      const other = again.find(
        ({ digest, count }) =>
          (digest !== first?.digest || count !== first.count) && !(mayDivide && count < (first?.count ?? 0)),
      );
      if (other !== undefined) say(other.atMs, `sequence ${other.baseSequence} was sent again with other records`);
    }
    const leastCounts = new Map(
      bySequence.map((same) => [same[0]?.baseSequence, Math.min(...same.map(({ count }) => count))]),
    );
    let next = 0;
    for (const batch of bySequence.flatMap(([first]) => first ?? []).sort((a, b) => a.baseSequence - b.baseSequence)) {
      if (batch.baseSequence < next) say(batch.atMs, `sequence ${batch.baseSequence} overlaps sequences below ${next}`);
      // A batch that was given up leaves a gap; the producer continues with a new epoch. In a topic that was recreated
      // it continues with the next sequence.
      else if (batch.baseSequence > next && !hasFailures)
        say(batch.atMs, `sequence ${batch.baseSequence} came, but ${next} was due`);
      next = batch.baseSequence + (leastCounts.get(batch.baseSequence) ?? batch.count);
    }
  }
  for (const [key, batches] of groupBy(
    ofType(history, "produce"),
    (b) => `produce request ${b.request}, ${b.topic}-${b.partition}`,
  )) {
    if (batches.length > 1)
      violations.push({
        invariant: "P4",
        atMs: batches[0]?.atMs ?? 0,
        message: `${key}: ${batches.length} batches of one partition`,
      });
  }
  return violations;
};

/** P5: every send settles once and in time; a record whose send failed as not written is not in the topic. */
export const everySendSettles: Checker = (history) => {
  const settled = groupBy(
    history.filter((event): event is AckEvent | FailEvent => event.type === "ack" || event.type === "fail"),
    ({ id }) => id,
  );
  const written = new Set(ofType(history, "log").map(({ id }) => id));
  const crashes = ofType(history, "crash");
  return ofType(history, "send").flatMap((send): Violation[] => {
    const [first, ...more] = settled.get(send.id) ?? [];
    const say = (atMs: number, message: string): Violation[] => [
      { invariant: "P5", atMs, message: `${send.id} ${message}` },
    ];
    if (first === undefined)
      return crashes.some(({ node, atMs }) => node === send.node && atMs >= send.atMs)
        ? []
        : say(send.deadlineMs, "never settled");
    if (more.length > 0) return say(more[0]?.atMs ?? 0, `settled ${1 + more.length} times`);
    if (first.atMs > send.deadlineMs + SLACK_MS)
      return say(first.atMs, `settled ${first.atMs - send.deadlineMs} ms after its deadline`);
    if (first.type === "fail" && first.outcome === "notWritten" && written.has(send.id))
      return say(first.atMs, "failed as not written, but is in the topic");
    return [];
  });
};

/** P6 and C8: the buffer of a client stays within its limit. */
export const buffersAreBounded: Checker = (history) =>
  ofType(history, "buffer").flatMap(({ what, bytes, limit, isIdle, atMs, node }): Violation[] =>
    bytes <= limit || isIdle === true
      ? []
      : [
          {
            invariant: what === "producer" ? "P6" : "C8",
            atMs,
            message: `the ${what} of ${node} holds ${bytes} bytes; the limit is ${limit}`,
          },
        ],
  );

/**
 * P8: key, value, headers and the acknowledged timestamp are read as they were sent, and every record in the topic was
 * sent by the application.
 */
export const recordsAreUnchanged: Checker = (history) => {
  const timestamps = new Map(ofType(history, "ack").map(({ id, timestamp }) => [id, timestamp]));
  const sends = new Map(ofType(history, "send").map((send) => [send.id, send]));
  const seen = [...ofType(history, "log"), ...ofType(history, "deliver")];
  return seen.flatMap((event): Violation[] => {
    const digest = sends.get(event.id)?.digest;
    const said = timestamps.get(event.id);
    if (event.type === "log" && said !== undefined && said >= 0 && said !== event.timestamp)
      return [
        {
          invariant: "P8",
          atMs: event.atMs,
          message: `${place(event)} has ${event.id} with timestamp ${event.timestamp}; acknowledged was ${said}`,
        },
      ];
    return digest === event.digest
      ? []
      : [
          {
            invariant: "P8",
            atMs: event.atMs,
            message:
              `${place(event)} has ${event.id}, ` +
              (digest === undefined ? "which was never sent" : "with other bytes than were sent"),
          },
        ];
  });
};

/** P9: no retriable failure is reported to the user before the deadline, and none is a defect of the client. */
export const failuresAreEarned: Checker = (history) => {
  const sends = new Map(ofType(history, "send").map((send) => [send.id, send]));
  return ofType(history, "fail").flatMap((fail): Violation[] => {
    const send = sends.get(fail.id);
    // Waiting for room has its own limit; a record that was never accepted fails earlier.
    const deadlineMs = (fail.kind === "buffer-full" ? send?.roomByMs : undefined) ?? send?.deadlineMs ?? 0;
    if (fail.kind === "internal" || fail.kind === "protocol")
      return [{ invariant: "P9", atMs: fail.atMs, message: `${fail.id} failed with kind ${fail.kind}` }];
    if (fail.retriable && fail.atMs < deadlineMs)
      return [
        {
          invariant: "P9",
          atMs: fail.atMs,
          message: `${fail.id} failed with a retriable ${fail.kind} ${deadlineMs - fail.atMs} ms before its deadline`,
        },
      ];
    return [];
  });
};

function place({ topic, partition, offset }: Pick<LogEvent, "topic" | "partition" | "offset">): string {
  return `${topic}-${partition} offset ${offset}`;
}

/** All checks of a producer. */
export const producerCheckers: readonly Checker[] = [
  acknowledgedIsWritten,
  writtenOnce,
  orderIsKept,
  sequencesAreSound,
  everySendSettles,
  buffersAreBounded,
  recordsAreUnchanged,
  failuresAreEarned,
];
