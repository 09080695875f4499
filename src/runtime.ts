// `odradek/runtime`: the contract, the other host capabilities, and helpers that are built on the contract alone.
export type { AsyncRuntime, Clock, DefaultRuntime, Delay, DelayOf, Task } from "./runtime/async-runtime.ts";
export type {
  ByteSink,
  ByteStream,
  Connector,
  ConnectTarget,
  ListenAddress,
  ListenTls,
  Listener,
  ListeningSocket,
  Pem,
  PerConnect,
  ServerCertificate,
  TlsOptions,
  TlsVersion,
} from "./runtime/byte-stream.ts";
export { KafkaError, type KafkaErrorDetails, type KafkaErrorKind, type Outcome } from "./errors/kafka-error.ts";
export type { Codec, Codecs, CompressionType } from "./runtime/codec.ts";
export type { Crypto, HashName } from "./runtime/crypto.ts";
export type { Drain, StrictDrain } from "./runtime/drain.ts";
export type { Entropy } from "./runtime/entropy.ts";
export type { FetchAnswer, FetchBody, FetchLike, FetchRequest } from "./runtime/fetch-like.ts";
export type { Host } from "./runtime/host.ts";
export type { CallContext, InContext } from "./runtime/call-context.ts";
export type { LogEntry, LogLevel, Platform, WholePlatform } from "./runtime/platform.ts";
export type { Utf8 } from "./runtime/utf8.ts";
export type { WebAssemblyHost } from "./runtime/web-assembly.ts";
export { type AbortSignalLike, Cancellation } from "./runtime/cancellation.ts";
export { type BoxedDelay, boxedRuntime, type BoxedRuntimeOptions, type Sleep } from "./runtime/boxed-runtime.ts";
export { type WheelDelay, wheelRuntime, type WheelRuntimeOptions } from "./runtime/wheel-runtime.ts";
export {
  conformance,
  type ConformanceOptions,
  ConformanceProbeError,
  type ConformanceReport,
  conformanceText,
  type LawResult,
  type Probes,
  type Verdict,
} from "./runtime/conformance.ts";
export { BoundedQueue } from "./runtime/bounded-queue.ts";
export { memoryStreams } from "./runtime/memory-streams.ts";
export { Semaphore } from "./runtime/semaphore.ts";
export { checkTlsValues } from "./runtime/tls-check.ts";
export { readTls, type TlsTarget, type TlsValues } from "./runtime/tls-values.ts";
export { sleep, turn } from "./runtime/sleep.ts";
export { TaskGroup } from "./runtime/task-group.ts";
export { WorkLoop, type WorkLoopState } from "./runtime/work-loop.ts";
