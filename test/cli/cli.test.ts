// The commands as a person at a terminal meets them.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../house/root.ts";

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** Runs the command; `until` ends it with SIGTERM once its output matches. */
function odradek(args: readonly string[], until?: RegExp): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args]);
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (until?.test(stdout) === true) child.kill("SIGTERM");
    });
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** It gives up after ten seconds: other tests run meanwhile. */
const unreachable = odradek(["demo", "--bootstrap", "127.0.0.1:1"]);

test("help lists the commands, and explains each with its options and defaults", async () => {
  const help = await odradek(["--help"]);
  assert.equal(help.code, 0);
  for (const command of ["demo", "broker", "ping", "conformance"]) {
    assert.match(help.stdout, new RegExp(`^  ${command} `, "m"));
    const own = await odradek([command, "--help"]);
    assert.equal(own.code, 0);
    assert.match(own.stdout, /Usage: .*\n[^]*Options:\n[^]*--\w+ [A-Z]+ .*\(default \d+\)/);
  }
  assert.equal((await odradek([])).code, 2);
});

test("odradek --version prints the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
  for (const flag of ["--version", "-v"])
    assert.deepEqual(await odradek([flag]), { code: 0, stdout: `${version}\n`, stderr: "" });
});

for (const [args, message] of [
  [["fly"], /no command "fly".*--help/],
  [["demo", "--record", "5"], /--record/],
  [["demo", "--records", "many"], /--records takes a whole number from 1 to \d+, not "many"/],
  [["demo", "--size", "1"], /--size takes a whole number from/],
  [["demo", "extra"], /an argument stands without its option/],
  [["demo", "--proxy", "socks5://h"], /--proxy needs --bootstrap/],
  [["demo", "--map-broker", "1=h:1"], /--map-broker needs --bootstrap/],
  [["demo", "--bootstrap", "h:1", "--proxy", "ftp://h"], /proxy takes the address of a proxy/],
  [["demo", "--bootstrap", "localhost"], /localhost/],
  [["broker", "--port", "70000"], /--port takes a whole number from 0 to 65535, not "70000"/],
] as const) {
  test(`odradek ${args.join(" ")}: a clear error, exit code 2`, async () => {
    const run = await odradek(args);
    assert.equal(run.code, 2);
    assert.match(run.stderr, message);
    assert.doesNotMatch(run.stderr, /\n\s+at /, "no stack for a mistake of the person who typed");
  });
}

test("an unreachable bootstrap fails, and names the address and the reason", async () => {
  const run = await unreachable;
  assert.equal(run.code, 1);
  assert.match(run.stdout, /Connecting to 127\.0\.0\.1:1/);
  assert.match(run.stderr, /127\.0\.0\.1:1.*refused/);
});

test("a small demo: every record came back once and in order, and the table is there", async () => {
  const run = await odradek(["demo", "--records", "20000", "--brokers", "2"]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /Started an embedded Kafka cluster of 2 brokers/);
  assert.match(
    run.stdout,
    /acknowledged 20,000 {3}consumed 20,000 {3}of 20,000/,
    "plain lines where there is no terminal",
  );
  assert.match(run.stdout, /All 20,000 records of 100 bytes came back once and in order\./);
  assert.match(run.stdout, /produced and acknowledged +[\d,]+ +[\d.]+ +[\d.]+\n {2}consumed +[\d,]+ /);
  assert.match(run.stdout, /p50 [\d.]+ ms {3}p99 [\d.]+ ms {3}p99\.9 [\d.]+ ms/);
  assert.match(run.stdout, /client CPU +[\d.]+ µs a record/);
});

test("conformance: a readable report of a runtime of one's own, exit code 1 where a law is broken", async () => {
  const file = fileURLToPath(new URL("./naive-runtime.js", import.meta.url));
  const run = await odradek(["conformance", file, "--delays", "1000", "--laws", "S1,S10,D1,D5,D6,D12,R2"]);
  assert.equal(run.code, 1, run.stderr);
  assert.match(run.stdout, /ok {3}S1 {3}spawn returns before the task is called\n/);
  assert.match(
    run.stdout,
    /FAIL D1 {3}never early.*\n +\d+ of 600 fired early, the worst by \d\.\d+ ms: delayFor\([\d.]+\)\n {10}When the timer fires, compare/,
  );
  assert.match(run.stdout, /3 laws hold, 4 are broken, 0 were not measured/);
  for (const [args, message] of [
    [[], /needs the file/],
    [["./no-such-file.js"], /no-such-file/],
    [[fileURLToPath(import.meta.url).replace("cli.test", "no-runtime")], /exports no runtime.*it exports answer/],
    [[file, "--laws", "S1,S9"], /there is no law "S9"; the laws are S1, S2/],
    [[file, "--longest", "0"], /--longest takes a whole number from 1 to 30000, not "0"/],
    [[file, "extra"], /unexpected argument "extra"/],
  ] as const) {
    const wrong = await odradek(["conformance", ...args]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, message);
  }
});

test("conformance: a runtime that ends the process, and one with errors that escape, are reported as broken", async () => {
  const ends = await odradek(["conformance", fileURLToPath(new URL("./ending-runtime.js", import.meta.url))]);
  assert.equal(ends.code, 1, ends.stderr);
  assert.match(ends.stdout, /^.*ending-runtime.js on Node v\S+: 38 laws\n/);
  assert.match(
    ends.stdout,
    /FAIL the process ended by itself in law S1 \(.*\), with exit code 0: a runtime must not end/,
  );
  const file = fileURLToPath(new URL("./leaking-runtime.js", import.meta.url));
  const leaks = await odradek(["conformance", file, "--laws", "d20", "--longest", "10"]);
  assert.equal(leaks.code, 1, leaks.stderr);
  assert.match(leaks.stdout, /a line of the runtime's own\n/);
  assert.match(leaks.stdout, /FAIL D20 .*\n +1 uncaught error, the first: Error: not caught\n/);
});

test("a broker says where it listens, and ends at SIGTERM", async () => {
  const run = await odradek(
    ["broker", "--brokers", "3", "--port", "0"],
    /bootstrap servers: 127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+\n/,
  );
  assert.equal(run.code, 0, run.stderr);
});
