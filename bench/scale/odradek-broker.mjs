// `odradek broker` in a process of its own: no disk, and as many partitions as one likes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../peers/folders.mjs";

/** As `startBroker` of bench/peers. */
export async function startOdradekBroker() {
  const { startBrokerProcess } = await import(join(root, "build", "src", "cli", "broker-process.js"));
  const before = children();
  const { bootstrapServers, stop } = await startBrokerProcess(1);
  return { bootstrap: bootstrapServers, brokerPid: children().find((pid) => !before.includes(pid)), stop };
}

/** The processes that this one started: `startBrokerProcess` does not say which is the broker. */
function children() {
  const text = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "latin1");
  return text.trim().split(" ").filter(Boolean).map(Number);
}
