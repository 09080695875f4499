// node --import: node:test without its async hooks. It follows each promise, timer and socket of a test file by
// async_hooks, to know the test of an error that nobody caught: that takes 40 % of the time of tests in virtual time,
// which are all promises. Without them such an error still fails the file, and its stack is reported.
import asyncHooks from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";

const { createHook } = asyncHooks;
const NO_HOOK = { enable: () => NO_HOOK, disable: () => NO_HOOK };

asyncHooks.createHook = (callbacks) => {
  const isOfRunner = /node:internal\/test_runner\//.test(new Error("who asks").stack ?? "");
  return isOfRunner ? NO_HOOK : createHook(callbacks);
};
syncBuiltinESMExports();
