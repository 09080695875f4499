// newrelic. BOOTSTRAP PREFIX: prints each transaction that it finished, with its segments, by its own event.
import { createRequire } from "node:module";
import { traced } from "./traced.mjs";

const [bootstrap, prefix] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const newrelic = require("newrelic");
const spans = [];

/** The segments below one, as spans; the first has the name of its transaction and stands for it. */
function segmentsBelow({ children }, parent, transaction) {
  for (const { segment, children: below } of children) {
    const { id, name } = segment;
    const isItself = name === transaction.getFullName();
    if (!isItself) spans.push({ name, id, parent, attributes: segment.getAttributes(), links: [] });
    segmentsBelow({ children: below }, isItself ? parent : id, transaction);
  }
}

newrelic.agent.on("transactionFinished", (transaction) => {
  const { parentSpanId } = transaction;
  const id = transaction.trace.segments.root.segment.id;
  const attributes = { ...transaction.trace.attributes.get(0xff), errors: transaction.exceptions.length };
  spans.push({ name: transaction.getFullName(), id, parent: parentSpanId ?? undefined, attributes, links: [] });
  segmentsBelow(transaction.trace.segments.root, id, transaction);
});
const kafkajs = require("kafkajs");
// Its wrapper of eachMessage does not return what the handler returns: kafkajs does not see a failure, Node does.
const unhandled = [];
process.on("unhandledRejection", (error) => unhandled.push(error.message));
const notes = [];
const done = await traced({
  ...{ kafkajs, bootstrap, prefix, crashes: false },
  inTransaction: (name, call) => newrelic.startBackgroundTransaction(name, call),
  around: (call) => newrelic.startBackgroundTransaction("runs", call),
  noteHandler: (name, message) =>
    notes.push({
      name,
      headers: Object.keys(message.headers).sort(),
      span: newrelic.agent.getTransaction()?.trace.segments.root.segment.id ?? "none",
    }),
});
const metrics = newrelic.agent.metrics._metrics
  .toJSON()
  .map(([{ name, scope }, { callCount }]) => ({ name, scope, count: callCount }));
console.log(JSON.stringify({ done, notes, spans, unhandled, metrics }));
process.exit(0);
