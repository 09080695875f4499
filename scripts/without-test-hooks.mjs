// node --import: node:test without its async hooks. It follows each promise, timer and socket of a test file by
// async_hooks, to know the test of an error that nobody caught: that takes 40 % of the time of tests in virtual time,
// which are all promises. Without them node:test would wait forever for a test that such an error has left waiting, so
// the file ends with the error, and with it the processes that the file started and kills at its exit.
import asyncHooks from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";

const { AsyncResource, createHook } = asyncHooks;
const { runInAsyncScope } = AsyncResource.prototype;
const NO_HOOK = { enable: () => NO_HOOK, disable: () => NO_HOOK };
/** Called with each resource in which code runs: node:test notes the tests and suites among them. */
let noteResource = () => undefined;

asyncHooks.createHook = (callbacks) => {
  const isOfRunner = /node:internal\/test_runner\//.test(new Error("who asks").stack ?? "");
  if (!isOfRunner) return createHook(callbacks);
  noteResource = callbacks.init;
  return NO_HOOK;
};
// Tests and hooks that the function of describe() registers belong to that suite. Without this they would belong to the
// file, and an after() that ends processes would wait for those processes to end.
AsyncResource.prototype.runInAsyncScope = function (...args) {
  noteResource(this.asyncId(), this.constructor.name, 0, this);
  return runInAsyncScope.apply(this, args);
};
syncBuiltinESMExports();

const end = (error) => {
  console.error("an error that nobody caught ended this file:", error);
  process.exit(1);
};
process.on("uncaughtException", end);
process.on("unhandledRejection", end);
// Of a file that takes too long. Without a handler the processes that it started would live on.
process.once("SIGTERM", () => process.exit(143));
