import type { AnyKafka, AsyncRuntime, Clock, Connector, KafkaBaseOptions, KafkaError, observe, sendAll } from "odradek";
import type { CompressionCodecs } from "./codecs/compression-codecs.ts";
import type { SocketFactory } from "./connecting/socket-connector.ts";
import type { Partitioners } from "./partitioners/partitioners.ts";

/**
 * The one way by which the drop-in reaches the world: time, randomness, the environment, the console, and Odradek. In
 * the published package it is Node's (`node-host.ts`); tests run the same code in virtual time (test/kafkajs/world.ts).
 */
export interface Host {
  /** Starts tasks and waits. It is the runtime of every `Kafka` that {@link kafka} makes. */
  readonly runtime: AsyncRuntime;
  /** The clock that the delays of `runtime` follow. */
  readonly clock: Clock;
  /** A number from 0 to 1, without 1: for jitter, and for the first partition of records without a key. */
  random(): number;
  /** A variable of the environment; undefined if it is not set. */
  environment(name: string): string | undefined;
  /** Prints a line, as the method of `console` of this name does. */
  print(method: "info" | "error" | "warn" | "log", line: string): void;
  /** Opens connections. */
  readonly connector: Connector;
  /** kafkajs's own factory of sockets, for options of TLS that Odradek has no name for. */
  readonly socketFactory: SocketFactory | undefined;
  /** Makes an Odradek `Kafka` on this platform. Throws `KafkaError` of kind `config` for a wrong option. */
  kafka(options: KafkaBaseOptions): AnyKafka;
  /** `observe` of the same copy of Odradek: hooks of a `Kafka` and of its clients. */
  readonly observe: typeof observe;
  /** `sendAll` of the same copy of Odradek: many records with one promise. */
  readonly sendAll: typeof sendAll;
  /** `KafkaError` of the same copy of Odradek, for errors that the drop-in passes to Odradek. */
  readonly KafkaError: typeof KafkaError;
  /** The registry of codecs that the package exports: users put codecs of their own into it. */
  readonly codecs: CompressionCodecs;
  /** The partitioners that the package exports. */
  readonly partitioners: Partitioners;
  /** State of the whole process: kafkajs counts its events, and warns of its partitioner, once a process. */
  readonly process: ProcessState;
}

/** State that all clients of a process share. */
export interface ProcessState {
  /** The id of the next event. */
  nextEventId: number;
  /** The warnings that are printed once and were printed. */
  readonly warned: Set<string>;
}

/** The static member of `Client` that holds its host. A subclass may have another: tests have one. */
export const HOST: unique symbol = Symbol("odradek:host");
