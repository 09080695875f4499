// The clients that are measured: builds of Odradek, and the two to compare with.
import { join } from "node:path";
import { nodeForClients } from "../peers/folders.mjs";
import { CLIENTS } from "../peers/clients.mjs";

/** This checkout's build, and the one that ODRADEK_BASE names. */
export const BUILDS = Object.keys(CLIENTS).filter((name) => name === "odradek" || name === "odradek-base");
export const NATIVES = ["franz-go", "rust-rdkafka"];

/** rust-rdkafka awaits single sends with its FutureProducer. */
export function clientOf(name, work) {
  return name === "rust-rdkafka" && work === "single" ? CLIENTS["rust-future"] : CLIENTS[name];
}

/** A client for `drive` of bench/peers that runs a driver of this folder with one build of Odradek. */
export function driverOf(file, build, nodeOptions = []) {
  return {
    command: [nodeForClients, ...nodeOptions, join(import.meta.dirname, "drivers", file)],
    env: CLIENTS[build].env,
  };
}
