// What the figures were measured on and with.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { nodeForClients, root } from "./folders.mjs";

function firstLine(command, args) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
      .trim()
      .split("\n")[0];
  } catch {
    return "not there";
  }
}

export function machine() {
  const [cpu] = cpus();
  const commit = firstLine("git", ["-C", root, "rev-parse", "--short", "HEAD"]);
  const release = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux";
  return {
    commit,
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    model: cpu?.model ?? "?",
    system: `${release}, Linux ${firstLine("uname", ["-r"])}`,
    node: firstLine(nodeForClients, ["--version"]),
    java: firstLine("javac", ["--version"]),
    go: firstLine("go", ["version"]).replace("go version ", ""),
    rust: firstLine("rustc", ["--version"]),
    franz: /franz-go (v\S+)/.exec(readFileSync(join(root, "bench", "peers", "drivers", "go", "go.mod"), "utf8"))?.[1],
  };
}
