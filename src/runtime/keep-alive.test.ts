import { test } from "node:test";
import assert from "node:assert/strict";
import { inVirtualTime } from "../../test/runtime/virtual.ts";
import { KeepAlive } from "./keep-alive.ts";
import { sleep } from "./sleep.ts";

test("one delay while anything is held; it is let go 10 ms after the last was released, and not when another came", () =>
  inVirtualTime(async (host) => {
    const { runtime } = host;
    const alive = new KeepAlive(runtime);
    const before = runtime.delays;
    alive.hold();
    alive.hold();
    assert.equal(runtime.delays, before + 1);
    alive.release();
    assert.equal(runtime.delays, before + 1);
    alive.release();
    alive.hold();
    await sleep(host, 11);
    assert.equal(runtime.delays, before + 1);
    alive.release();
    await sleep(host, 9);
    assert.equal(runtime.delays, before + 2, "it and the check");
    await sleep(host, 2);
    assert.equal(runtime.delays, before);
    alive.hold();
    assert.equal(runtime.delays, before + 1);
    alive.release();
    alive.close();
    alive.hold();
    assert.equal(runtime.delays, before, "closed: nothing is held, and nothing is checked");
  }));
