import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";

/** A process that serves until it is stopped. */
export class ChildServer {
  /** The line in which it reported that it is ready. */
  readonly ready: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: string) {
    this.#child = child;
    this.ready = ready;
  }

  /** Starts it, and waits until it prints `ready`, whose first group is kept. */
  static async start(
    command: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly ready: RegExp; readonly env?: Readonly<Record<string, string>> },
  ): Promise<ChildServer> {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new ChildServer(
      child,
      await new Promise((resolve, reject) => {
        let text = "";
        const take = (chunk: Buffer): void => {
          text += chunk.toString();
          const found = options.ready.exec(stripVTControlCharacters(text));
          if (found !== null) resolve(found[1] ?? "");
        };
        child.stdout.on("data", take);
        child.stderr.on("data", take);
        child.once("error", reject);
        child.once("exit", (code) =>
          reject(new Error(`${command} ${args.join(" ")} ended with ${code ?? "a signal"}: ${text}`)),
        );
      }),
    );
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}
