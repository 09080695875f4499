// The script of a page: it runs the seeds that the page's address names, and posts the traces to its server. One turn
// is a message to itself: a page's timers wait 4 ms each.
const channel = new MessageChannel();
const waiting = [];
channel.port1.onmessage = () => waiting.shift()();
const drain = () =>
  new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });

const run = async () => {
  const traces = {};
  for (const seed of new URLSearchParams(location.search).get("seeds").split(","))
    traces[seed] = await globalThis.odradekTrace(Number(seed), drain);
  return { traces };
};
run()
  .catch((error) => ({ failure: `${error}\n${error.stack}` }))
  .then((result) => fetch("/result", { method: "POST", body: JSON.stringify(result) }));
