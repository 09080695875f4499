import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { KafkaError } from "../errors/kafka-error.ts";

/** An embedded cluster in a separate process, so that the measured CPU time is only the client's. */
export interface BrokerProcess {
  readonly bootstrapServers: string;
  stop(): Promise<void>;
}

/** Starts an embedded cluster in a separate process. */
export async function startBrokerProcess(brokers: number): Promise<BrokerProcess> {
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "broker", "--brokers", String(brokers), "--port", "0"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ODRADEK_PARENT: String(process.pid) },
  });
  const bootstrapServers = await firstAddress(child);
  return { bootstrapServers, stop: () => stop(child) };
}

function firstAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("error", (error) =>
      reject(KafkaError.from(error, "internal", "the embedded cluster's process did not start")),
    );
    child.once("exit", (code) =>
      reject(
        new KafkaError(
          "internal",
          `the embedded cluster's process ended with code ${code ?? "none"} before it was ready`,
        ),
      ),
    );
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /bootstrap servers: (\S+)\n/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.stdin?.end();
    child.kill("SIGTERM");
  });
}
