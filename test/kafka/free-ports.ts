import { createServer } from "node:net";

/**
 * Below the ports that a system gives to connections that it opens (32,768 and above on Linux, 49,152 elsewhere): while
 * a broker is down, no connection of another program may get its port.
 */
const FIRST = 10_000;
const PORTS_OF_A_PROCESS = 20;
const PROCESSES = 1000;
/** In use by brokers of this process, those that are down among them. */
const taken = new Set<number>();

/** Returns `count` free ports of loopback. Processes that start brokers at the same time look in other places. */
export async function takePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let port = firstPortOf(process.pid); ports.length < count; port++) {
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    ports.push(port);
  }
  return ports;
}

export function giveBack(ports: readonly number[]): void {
  for (const port of ports) taken.delete(port);
}

function firstPortOf(pid: number): number {
  return FIRST + (pid % PROCESSES) * PORTS_OF_A_PROCESS;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
