import type { BrokerAddress } from "../bootstrap.ts";
import type { CoordinatorKind, Coordinators } from "../coordinators.ts";
import type { TopicPartition } from "../topic-partition.ts";

/**
 * Which broker is asked about a key: any one, the controller, a given broker, the leader of the key's partition, or the
 * coordinator of the key's group or transactional id.
 */
export type Route<K> =
  | { readonly to: "any" }
  | { readonly to: "controller" }
  | {
      readonly to: "broker";
      nodeId(key: K): number;
      /**
       * Whether no other node will do. Default false: at the controllers (KIP-919), the active one answers for any
       * broker.
       */
      readonly isExact?: boolean;
    }
  | {
      readonly to: "leader";
      partition(key: K): TopicPartition;
      /** Whether to wait for a partition that does not exist. Default: it fails after one fresh Metadata. */
      readonly awaitsAbsent?: boolean | ((partition: TopicPartition) => boolean);
    }
  | {
      readonly to: "coordinator";
      readonly coordinators: Coordinators;
      readonly kind: CoordinatorKind;
      /** The group or the transactional id. */
      name(key: K): string;
    };

/** A broker that a lookup found: any one, one by its node id, or the address that FindCoordinator returned. */
export type Destination = "any" | number | BrokerAddress;

/** Equal for destinations that share a request. */
export function labelOf(destination: Destination): string {
  return typeof destination === "object" ? `${destination.host}:${destination.port}` : `${destination}`;
}
