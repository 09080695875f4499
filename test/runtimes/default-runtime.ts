// The file of a runtime, for the command: the default one.
export { nodeRuntime as makeRuntime } from "../../src/platform/node/runtime.ts";
