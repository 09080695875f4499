export { arePlaces, isPlace, type TopicPartition } from "../../cluster/topic-partition.ts";
