import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program of test/ecosystem/programs that runs: its lines, and how it ended. */
export class Program {
  readonly lines: string[] = [];
  stderr = "";
  readonly #child: ChildProcess;
  readonly #what: string;
  #code: number | undefined;
  #waiters: (() => void)[] = [];

  constructor(
    [command = "", ...args]: readonly string[],
    options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  ) {
    this.#what = args.join(" ");
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (this.stderr += chunk));
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.#changed();
    });
    child.once("error", (error) => (this.stderr += String(error)));
    child.once("close", (code) => {
      this.#code = code ?? -1;
      this.#changed();
    });
  }

  /** Settles when the lines say so; rejects when the program ends before. */
  async until(condition: (lines: readonly string[]) => boolean): Promise<void> {
    while (!condition(this.lines)) {
      if (this.#code !== undefined) throw new Error(`the program ended: ${this.#text()}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Settles when it has ended; rejects when it did not end with 0. */
  async whenEnded(): Promise<this> {
    while (this.#code === undefined) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    if (this.#code !== 0) throw new Error(this.#text());
    return this;
  }

  /** Of the last line that is an object. */
  json<T>(): T {
    const line = this.lines.filter((text) => text.startsWith("{")).at(-1);
    if (line === undefined) throw new Error(`no result: ${this.#text()}`);
    return JSON.parse(line) as T;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Its input ends: that is how these programs are asked to stop. */
  async stop(): Promise<this> {
    this.#child.stdin?.end();
    return this.whenEnded();
  }

  #text(): string {
    const lines = this.lines.slice(-20).join("\n");
    return `${this.#what} (exit code ${this.#code ?? "none"})\n${lines}\n${this.stderr.slice(-4000)}`;
  }

  #changed(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
