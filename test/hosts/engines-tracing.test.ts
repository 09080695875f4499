// The channels of diagnostics_channel and async contexts are the same on the oldest Node, on the newest, Bun and Deno.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../house/root.ts";
import type { TracingReport } from "./tracing-child.ts";
import { runtimes } from "./traces.ts";

const child = fileURLToPath(new URL("tracing-child.js", import.meta.url));
const ASYNC = ["start", "end", "asyncStart", "asyncEnd"];

for (const name of ["node-20", "node-26", "bun", "deno"])
  test(`${name}: tracing channels for send, process and commit, with headers and contexts`, (t) => {
    const [version = "", [command = "", ...args] = []] =
      Object.entries(runtimes()).find(([key]) => key.startsWith(`${name}@`)) ?? [];
    t.diagnostic(version);
    const text = execFileSync(command, [...args, child], { encoding: "utf8", cwd: root });
    assert.deepEqual(JSON.parse(text) as TracingReport, {
      steps: { send: ASYNC, process: ASYNC, commit: ASYNC },
      contexts: ["the-span", "the-span"],
      callbacks: ["onAcknowledgement in the caller", "onDelivery in the caller", "partitioner in the caller"],
      hooks: ["batchAcknowledged", "offsetsCommitted", "recordAcknowledged"],
    } satisfies TracingReport);
  });
