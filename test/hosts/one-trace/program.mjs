// The one program that every host runs, as a single script (one-trace/script.ts). It calls no host API: the host's own
// few lines (one-trace/in-*.mjs) give it a seed and `drain`, one turn of the host, and print the hash that it returns.
import { EmbeddedCluster, Kafka, simulatedPlatform, string } from "odradek/core";
import { main } from "../../package/anywhere/program.mjs";

/**
 * Everything once on a network without faults, a group and transactions under faults, and static members: codecs,
 * groups of both protocols, transactions, exactly once, admin, close. Returns the hashes of the traces, and one of all
 * that the program saw.
 */
globalThis.odradekTrace = async (seed, drain) => {
  const seen = await main({ text: `trace${seed}`, seeds: [seed] }, drain);
  const { whole, runs } = JSON.parse(seen);
  const members = await staticMembers(seed, drain);
  return [whole.traceHash, runs[0].traceHash, members.traceHash, hashOf(seen + JSON.stringify(members))].join(" ");
};

/** What the program saw, as JSON: a client whose runtime is `wrap(runtime of the simulator)`. */
globalThis.odradekSeen = (seed, drain, wrap) => main({ text: `trace${seed}`, seeds: [seed] }, drain, wrap);

/**
 * In each protocol two static members share a topic. By code units "Zoe" is before "aaron". In most locales it is not,
 * but in a Danish one it is again: so the trace shows an order that comes from the host.
 */
async function staticMembers(seed, drain) {
  const platform = simulatedPlatform({ seed, drain });
  const read = await platform.run(async () => {
    const cluster = await EmbeddedCluster.start({ platform, topics: { classic: 2, consumer: 2 } });
    const kafka = new Kafka({ cluster });
    const seen = [];
    for (const groupProtocol of ["classic", "consumer"]) {
      const topic = groupProtocol;
      const producer = kafka.producer();
      const members = ["aaron", "Zoe"].map((groupInstanceId) => ({
        groupInstanceId,
        consumer: kafka.consumer({ groupId: topic, groupProtocol, groupInstanceId, topics: [topic], value: string() }),
      }));
      const loops = members.map(async ({ groupInstanceId, consumer }) => {
        for await (const { partition, value } of consumer) {
          seen.push(`${groupProtocol}: ${groupInstanceId} read ${value} of partition ${partition}`);
          if (value === "the last") break;
        }
      });
      // Until both have a partition, which the first may have had alone.
      while (members.some(({ consumer }) => consumer.assignment().length !== 1))
        await new Promise((resolve) => platform.scheduler.schedule(100_000, resolve));
      for (const partition of [0, 1]) await producer.send({ topic, partition, value: "the last" });
      await Promise.all(loops);
      for (const { consumer } of members) await consumer.close();
    }
    await kafka.close();
    await cluster.close();
    return seen;
  });
  return { read, traceHash: platform.scheduler.traceHash };
}

/** FNV-1a of the text's UTF-16 units, as 8 hexadecimal digits. */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
