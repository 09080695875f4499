import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../house/root.ts";

/**
 * Other clients' programs, each made of the sources in test/interop; all have the same commands and say the same lines.
 */
export type Peer = "librdkafka" | "franz-go" | "kafkajs" | "java" | "confluent-kafka" | "aws-signer";

const BUILDS: Readonly<
  Record<
    Peer,
    { readonly folder: string; build(folder: string): void; command(folder: string): readonly [string, ...string[]] }
  >
> = {
  librdkafka: {
    folder: "rust",
    build: (folder) => run("cargo", ["build", "--release", "--locked", "--quiet"], folder),
    command: (folder) => [join(folder, "target", "release", "interop-rdkafka")],
  },
  "franz-go": {
    folder: "go",
    build: (folder) => run("go", ["build", "-o", "interop", "."], folder),
    command: (folder) => [join(folder, "interop")],
  },
  kafkajs: {
    folder: "kafkajs",
    build: npmInstall,
    command: (folder) => [process.execPath, join(folder, "main.mjs")],
  },
  java: {
    folder: "java",
    build: (folder) => {
      run("mvn", ["-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=jars"], folder);
      run("javac", ["-cp", "jars/*", "-d", "classes", "Interop.java", "AwsPayloads.java"], folder);
    },
    command: (folder) => [
      "java",
      ...["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
      ...["-cp", `${join(folder, "classes")}:${join(folder, "jars", "*")}`, "Interop"],
    ],
  },
  "confluent-kafka": {
    folder: "python",
    build: (folder) =>
      run(
        "python3",
        ["-m", "pip", "install", "--quiet", "--no-deps", "--target", "packages", "-r", "requirements.txt"],
        folder,
      ),
    command: (folder) => ["python3", "-u", join(folder, "main.py")],
  },
  "aws-signer": {
    folder: "aws-signer",
    build: npmInstall,
    command: (folder) => [process.execPath, join(folder, "main.mjs")],
  },
};

function npmInstall(folder: string): void {
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder);
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, CARGO_TARGET_DIR: join(cwd, "target") },
  });
}

/**
 * The command of a peer, built once into a cache outside the repository (ODRADEK_CACHE, default ~/.cache/odradek),
 * under the hash of its sources.
 */
export function peer(name: Peer): readonly [string, ...string[]] {
  const { folder, build, command } = BUILDS[name];
  const sources = join(root, "test", "interop", folder);
  const hash = createHash("sha256");
  for (const file of readdirSync(sources, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort())
    hash.update(readFileSync(file));
  const target = join(
    process.env["ODRADEK_CACHE"] ?? join(homedir(), ".cache", "odradek"),
    `interop-${folder}-${hash.digest("hex").slice(0, 12)}`,
  );
  const complete = join(target, ".complete");
  if (!existsSync(complete)) {
    mkdirSync(target, { recursive: true });
    cpSync(sources, target, { recursive: true });
    build(target);
    writeFileSync(complete, "");
  }
  return command(target);
}

/** The environment and the input of a program. */
export interface PeerInput {
  /** Variables beside the test's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** The whole standard input. Default: it stays open until `stop`. */
  readonly input?: string;
}

/** A peer's program that runs. */
export class PeerProgram {
  readonly lines: string[] = [];
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>;
  readonly #child: ReturnType<typeof spawn>;
  #waiters: (() => void)[] = [];

  constructor(name: Peer, args: readonly string[], how: PeerInput = {}) {
    const [command, ...first] = peer(name);
    const child = spawn(command, [...first, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...how.env },
    });
    if (how.input !== undefined) child.stdin.end(how.input);
    this.#child = child;
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.#changed();
    });
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        resolve({ code: code ?? -1, stderr });
        this.#changed();
      });
    });
  }

  /** Settles when the lines say so; rejects when the program ends before. */
  async until(condition: (lines: readonly string[]) => boolean): Promise<void> {
    let result: { readonly code: number; readonly stderr: string } | undefined;
    void this.ended.then(
      (end) => (result = end),
      () => undefined,
    );
    while (!condition(this.lines)) {
      if (result !== undefined)
        throw new Error(
          `the peer ended with ${result.code}: ${this.lines.slice(-5).join(" | ")} ${result.stderr.slice(-2000)}`,
        );
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Its input ends, which tells a consumer to leave. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    const { code, stderr } = await this.ended;
    if (code !== 0) throw new Error(`the peer ended with ${code}: ${stderr.slice(-2000)}`);
  }

  /** Killed without a word. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  #changed(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
