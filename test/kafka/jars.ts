import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "../house/root.ts";
import { withArchive } from "./class-archive.ts";

/** The release that the suites run against. */
export const KAFKA_VERSION = "4.4.0";

/**
 * The folder of Kafka's jars: fetched by Maven once, into a cache outside the repository (ODRADEK_CACHE, default
 * ~/.cache/odradek).
 */
export function kafkaJars(version: string = KAFKA_VERSION): string {
  const folder = join(process.env["ODRADEK_CACHE"] ?? join(homedir(), ".cache", "odradek"), `kafka-${version}`);
  const complete = join(folder, ".complete");
  if (existsSync(complete)) return folder;
  mkdirSync(folder, { recursive: true });
  execFileSync(
    "mvn",
    [
      "-B",
      "-q",
      "-f",
      join(root, "test", "kafka", "pom.xml"),
      "dependency:copy-dependencies",
      `-Dkafka.version=${version}`,
      `-DoutputDirectory=${folder}`,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  writeFileSync(complete, version);
  return folder;
}

/** The output of a Java program. */
export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of Kafka's tools by its class, or a single Java source file. */
export function runJava(
  what: string,
  args: readonly string[],
  options: { readonly stdin?: string | Uint8Array; readonly version?: string } = {},
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      "java",
      [
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        ...withArchive(kafkaJars(options.version)),
        "-cp",
        join(kafkaJars(options.version), "*"),
        what,
        ...args,
      ],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    let stdout = "";
    let stderr = "";
    // A character may be cut in two by a chunk's end.
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    // A program that ends with an error says more than its closed input.
    child.stdin.on("error", () => undefined).end(options.stdin ?? "");
  });
}
