// No unhandled rejection, no timer or socket that is left, no warning, and the process ends by itself (check 54): on
// the Node that runs the tests. test/package/kafkajs-nodes.test.ts runs the same on Node 24.
import { test } from "node:test";
import { join } from "node:path";
import { root } from "../house/root.ts";
import { endsClean } from "./whole-life.ts";

test("producers, a group, an admin and a broker that is stopped: after disconnect nothing is left", () =>
  endsClean(process.execPath, join(root, "packages/kafkajs/dist")));
