import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { ClusterClient } from "../cluster-client.ts";
import type { MetadataSnapshot } from "../metadata.ts";
import type { TimeLimit } from "../time-limit.ts";
import type { Wait } from "../waits.ts";
import { leaderOf } from "./leader-of.ts";
import type { Route } from "./route.ts";
import type { Placement } from "./route-plan.ts";
import { refusal } from "./verdict.ts";

/** The client and the limits that a lookup uses. */
export interface LookupContext {
  readonly client: ClusterClient;
  /** When the call began (monotonic). Older metadata does not prove that a key is absent. */
  readonly beganMs: number;
  /** Metadata of this time (monotonic) or before has led to a refusal. */
  readonly staleMs: number;
  readonly limit: TimeLimit;
  /** The wait that the lookup is part of; `"none"` for one that the caller logs. */
  readonly wait: Wait | "none";
}

/** Looks up the broker of each key. Rejects if no broker could be asked, which is then the error of every key. */
export async function locate<K>(
  route: Route<K>,
  keys: readonly K[],
  context: LookupContext,
): Promise<readonly Placement[]> {
  switch (route.to) {
    case "any":
      return keys.map(() => ({ then: "ask", destination: "any" }));
    case "coordinator": {
      const found = await route.coordinators.locate(
        route.kind,
        keys.map((key) => route.name(key)),
        context.limit.signal,
      );
      return keys.map((key) => {
        const place = found.get(route.name(key));
        return place === undefined || KafkaError.is(place)
          ? refusal(place ?? nowhere())
          : { then: "ask", destination: place };
      });
    }
    case "controller":
    case "broker":
    case "leader": {
      const snapshot = await usableMetadata(route, keys, context);
      return keys.map((key) => placementOf(route, key, snapshot));
    }
  }
}

/**
 * Divides keys into lookups: keys whose broker is in the metadata already do not wait for the others, whose metadata
 * may take long.
 */
export function separately<K>(
  route: Route<K>,
  keys: readonly number[],
  keyAt: (key: number) => K,
  snapshot: MetadataSnapshot,
  staleMs: number,
): readonly (readonly number[])[] {
  if (route.to === "any" || route.to === "coordinator" || snapshot.updatedAtMs <= staleMs) return [keys];
  const placed = keys.filter((key) => typeof brokerOf(route, keyAt(key), snapshot) === "number");
  if (placed.length === 0 || placed.length === keys.length) return [keys];
  const isPlaced = new Set(placed);
  return [placed, keys.filter((key) => !isPlaced.has(key))];
}

/** Names the awaited metadata in errors. */
const METADATA = "metadata that names the brokers to ask";

type MetadataRoute<K> = Extract<Route<K>, { readonly to: "controller" | "broker" | "leader" }>;

/**
 * Waits for metadata that names the broker of every key and is newer than the last refusal. Metadata from before the
 * call does not prove that a partition is absent, so a missing broker counts only in newer metadata.
 */
function usableMetadata<K>(
  route: MetadataRoute<K>,
  keys: readonly K[],
  { client, beganMs, staleMs, limit, wait }: LookupContext,
): Promise<MetadataSnapshot> {
  return client.awaitMetadata(
    (snapshot) => {
      if (snapshot.updatedAtMs <= staleMs) return false;
      if (snapshot.updatedAtMs > beganMs) return keys.every((key) => brokerOf(route, key, snapshot) !== undefined);
      return keys.every((key) => typeof brokerOf(route, key, snapshot) === "number");
    },
    { deadlineMs: limit.endsAtMs, what: METADATA, signal: limit.signal, wait },
  );
}

function placementOf<K>(route: MetadataRoute<K>, key: K, snapshot: MetadataSnapshot): Placement {
  const broker = brokerOf(route, key, snapshot);
  if (typeof broker === "number") return { then: "ask", destination: broker };
  const error = broker ?? nowhere();
  const isAbsent = error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (route.to !== "leader" || !isAbsent || isAwaited(route, key)) return refusal(error);
  return { then: "fail", error: new KafkaError(error.kind, error.message, { ...detailsOf(error), retriable: false }) };
}

function isAwaited<K>(route: Extract<Route<K>, { to: "leader" }>, key: K): boolean {
  const { awaitsAbsent = false } = route;
  return typeof awaitsAbsent === "boolean" ? awaitsAbsent : awaitsAbsent(route.partition(key));
}

/** The node id, or the error because of which there is none; undefined while the metadata is not sufficient. */
function brokerOf<K>(route: MetadataRoute<K>, key: K, snapshot: MetadataSnapshot): number | KafkaError | undefined {
  switch (route.to) {
    case "leader":
      return leaderOf(snapshot, route.partition(key));
    case "controller": {
      const { brokers, controllerId } = snapshot;
      return brokers.has(controllerId)
        ? controllerId
        : new KafkaError("connection", "metadata names no controller", { retriable: true, outcome: "notWritten" });
    }
    case "broker": {
      const nodeId = route.nodeId(key);
      return snapshot.brokers.has(nodeId)
        ? nodeId
        : new KafkaError("connection", `broker ${nodeId} is not in the metadata`, { outcome: "notWritten" });
    }
  }
}

function nowhere(): KafkaError {
  return new KafkaError("internal", "a lookup returned nothing about a key");
}
