// `odradek broker` in a process of its own: no disk, and as many partitions as one likes.
import { join } from "node:path";
import { root } from "../peers/folders.mjs";

/** As `startBroker` of bench/peers; its process is not known, so `others` counts it among the others. */
export async function startOdradekBroker() {
  const { startBrokerProcess } = await import(join(root, "build", "src", "cli", "broker-process.js"));
  const { bootstrapServers, stop } = await startBrokerProcess(1);
  return { bootstrap: bootstrapServers, brokerPid: undefined, stop };
}
