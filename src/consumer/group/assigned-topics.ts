import type { MetadataSnapshot } from "../../cluster/metadata.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { Wait } from "../../cluster/waits.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { ConsumerGroupHeartbeatResponse } from "../../protocol/messages/consumer-group-heartbeat.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { Due } from "./due.ts";
import type { MemberHost } from "./member.ts";

type AssignedTopic = NonNullable<ConsumerGroupHeartbeatResponse["assignment"]>["topicPartitions"][number];

/**
 * The assignment of a KIP-848 member. It comes by topic id, and may contain topics that this client's metadata does not
 * have yet: a new topic, or one that the broker's pattern matched. This class finds their names.
 */
export class AssignedTopics {
  readonly #host: MemberHost;
  readonly #onNamed: () => void;
  #assigned: readonly AssignedTopic[] = [];
  /** Whether a topic of the assignment has no name yet. */
  #isUnnamed = false;
  /** Names of topics that metadata does not contain, by topic id. */
  readonly #names = new Map<string, string>();
  /** The topic id of each topic that was assigned, by name. */
  readonly #topicIds = new Map<string, string>();
  #idChanges = 0;
  readonly #naming: WorkLoop;
  readonly #nameAgain: Due = new Due(() => this.#naming.kick());
  #failures = 0;
  #refreshAtMs = 0;
  #wait: Wait | undefined;

  /** Calls `onNamed` when it has found more names. */
  constructor(host: MemberHost, onNamed: () => void) {
    this.#host = host;
    this.#onNamed = onNamed;
    this.#naming = new WorkLoop(host.client.tasks, (signal) => this.#name(signal));
  }

  get isUnnamed(): boolean {
    return this.#isUnnamed;
  }

  set(assigned: readonly AssignedTopic[]): void {
    this.#assigned = assigned;
  }

  /** The member has no assignment any more. */
  clear(): void {
    this.#assigned = [];
    this.#isUnnamed = false;
  }

  has(topicId: string, partition: number): boolean {
    return this.#assigned.some((one) => one.topicId === topicId && one.partitions.includes(partition));
  }

  /** Increases when the id of a topic changes. */
  get idChanges(): number {
    return this.#idChanges;
  }

  idOf(topic: string): string | undefined {
    return this.#topicIds.get(topic);
  }

  /** The assigned partitions whose topics have names. Looks for the other names meanwhile. */
  named(): readonly TopicPartition[] {
    const { client } = this.#host;
    const names = namesById(client.snapshot);
    const target: TopicPartition[] = [];
    this.#isUnnamed = false;
    for (const { topicId, partitions } of this.#assigned) {
      const topic = names.get(topicId) ?? this.#names.get(topicId);
      // While metadata maps the name to another topic id, the member would look up the offsets of the wrong topic.
      if (topic === undefined || isAnother(client.snapshot, topic, topicId)) this.#isUnnamed = true;
      else {
        // The topic was recreated: the partitions of its old id continue with the new one.
        if ((this.#topicIds.get(topic) ?? topicId) !== topicId) client.refreshMetadata();
        if (this.#topicIds.get(topic) !== topicId) this.#idChanges++;
        this.#topicIds.set(topic, topicId);
        for (const partition of partitions) target.push({ topic, partition });
      }
    }
    if (this.#isUnnamed) this.#naming.kick();
    return target;
  }

  close(): void {
    this.#host.client.deadlines.remove(this.#nameAgain);
    this.#wait?.end();
    this.#assigned = [];
  }

  /** Asks a broker for the names of topic ids that neither metadata nor an earlier response contains. */
  async #name(signal: Cancellation): Promise<void> {
    const { client, group } = this.#host;
    const known = namesById(client.snapshot);
    if (this.#assigned.some(({ topicId }) => isAnother(client.snapshot, this.#names.get(topicId), topicId)))
      this.#refresh();
    const ids = this.#assigned.map(({ topicId }) => topicId).filter((id) => !known.has(id) && !this.#names.has(id));
    if (ids.length === 0) return;
    let hasNew = false;
    let failure = new KafkaError(
      "broker",
      `no broker knows the topic ids ${ids.join(", ")}, which the coordinator assigned`,
      { retriable: true },
    );
    try {
      const connection = await client.anyConnection(signal);
      const response = await connection.request(metadataApi, {
        topics: ids.map((topicId) => ({ topicId, name: null })),
        allowAutoTopicCreation: false,
      });
      for (const { topicId, name, errorCode } of response.topics) {
        if (errorCode !== 0 || name === null) continue;
        this.#names.set(topicId, name);
        hasNew = true;
      }
    } catch (error) {
      if (signal.aborted) return;
      failure = KafkaError.from(error);
      client.cluster.log(
        "debug",
        `group ${group.groupId}: cannot find the names of assigned topics: ${failure.message}`,
      );
    }
    this.#failures = hasNew ? 0 : this.#failures + 1;
    if (hasNew) {
      this.#wait?.end();
      this.#onNamed();
      return;
    }
    this.#wait ??= client.waits.begin(`group ${group.groupId}: names of assigned topics`, { isLoop: true });
    this.#wait.tried(failure);
    client.deadlines.add(this.#nameAgain, client.clock.monotonic() + client.backoffMs(this.#failures));
  }

  /** Metadata is older than the assignment. */
  #refresh(): void {
    const { client } = this.#host;
    const nowMs = client.clock.monotonic();
    if (nowMs < this.#refreshAtMs) return;
    this.#refreshAtMs = nowMs + client.backoffMs(this.#failures++);
    client.refreshMetadata();
    client.deadlines.add(this.#nameAgain, this.#refreshAtMs);
  }
}

/** Whether metadata maps the name to another topic id: of an older or a newer topic. */
function isAnother(snapshot: MetadataSnapshot, name: string | undefined, topicId: string): boolean {
  const known = snapshot.topics.get(name ?? "")?.topicId ?? ZERO_UUID;
  return known !== ZERO_UUID && known !== topicId;
}

function namesById(snapshot: MetadataSnapshot): ReadonlyMap<string, string> {
  return new Map([...snapshot.topics.values()].map(({ name, topicId }) => [topicId, name]));
}
