// Java's transactional producer, its consumer and its admin client, on the cluster that the first argument names. Prints what came
// of each step, one `name value` a line. The second argument is how long the markers of that cluster take, in ms.
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.serialization.*;

public class Transactions {
    static String servers;

    static void say(String name, Object value) {
        System.out.println(name + " " + value);
    }

    static KafkaProducer<String, String> producer(String id, int timeoutMs) {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("transactional.id", id);
        p.put("transaction.timeout.ms", String.valueOf(timeoutMs));
        return new KafkaProducer<>(p, new StringSerializer(), new StringSerializer());
    }

    static KafkaConsumer<String, String> consumer(String isolation) {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("group.id", "copies");
        p.put("enable.auto.commit", "false");
        p.put("auto.offset.reset", "earliest");
        p.put("isolation.level", isolation);
        return new KafkaConsumer<>(p, new StringDeserializer(), new StringDeserializer());
    }

    static List<TopicPartition> partitions(String topic) {
        return List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1), new TopicPartition(topic, 2));
    }

    /** All values that can be read, in order; reads up to the end offsets that the isolation level allows. */
    static List<String> read(String topic, String isolation) {
        try (KafkaConsumer<String, String> consumer = consumer(isolation)) {
            consumer.assign(partitions(topic));
            consumer.seekToBeginning(partitions(topic));
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions(topic));
            List<String> values = new ArrayList<>();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue()))
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) values.add(record.value());
            Collections.sort(values);
            return values;
        }
    }

    static void send(KafkaProducer<String, String> producer, String prefix, int from, int to) {
        for (int i = from; i < to; i++) producer.send(new ProducerRecord<>("t", i % 3, null, String.format("%s%03d", prefix, i)));
    }

    static String name(Throwable error) {
        while (error.getCause() != null) error = error.getCause();
        return error.getClass().getSimpleName();
    }

    public static void main(String[] args) throws Exception {
        servers = args[0];
        int markersMs = Integer.parseInt(args[1]);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            admin.createTopics(List.of(new NewTopic("t", Optional.of(3), Optional.empty()), new NewTopic("h", Optional.of(3), Optional.empty()))).all().get();
        }
        KafkaProducer<String, String> producer = producer("java", 60_000);
        producer.initTransactions();
        for (int round = 0; round < 10; round++) {
            producer.beginTransaction();
            send(producer, round % 3 == 2 ? "aborted" : "committed", round * 30, round * 30 + 30);
            if (round % 3 == 2) {
                producer.flush();
                producer.abortTransaction();
            } else producer.commitTransaction();
        }
        producer.beginTransaction();
        send(producer, "open", 0, 3);
        producer.flush();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            say("state", admin.describeTransactions(List.of("java")).description("java").get().state());
            // Two brokers may list it while its coordinator moves.
            say("listed", admin.listTransactions().all().get().stream().map(TransactionListing::transactionalId).distinct().toList());
            say("partitions", admin.describeTransactions(List.of("java")).description("java").get().topicPartitions().size());
            say("producers", admin.describeProducers(partitions("t")).all().get().values().stream().mapToInt(one -> one.activeProducers().size()).sum());
        }
        producer.abortTransaction();
        Thread.sleep(markersMs + 200);
        List<String> committed = read("t", "read_committed");
        say("committed", committed.size() + " " + committed.stream().allMatch(value -> value.startsWith("committed")) + " " + new HashSet<>(committed).size());
        say("uncommitted", read("t", "read_uncommitted").size());

        // Aborted at once after a commit, whose markers may still be written: nothing is flushed, and the producer lives.
        KafkaProducer<String, String> hasty = producer("hasty", 60_000);
        hasty.initTransactions();
        for (int round = 0; round < 10; round++) {
            for (boolean commit : new boolean[] {true, false}) {
                hasty.beginTransaction();
                for (int i = 0; i < 3; i++) hasty.send(new ProducerRecord<>("h", i, null, commit ? "kept" : "dropped"));
                if (commit) hasty.commitTransaction();
                else hasty.abortTransaction();
            }
        }
        hasty.close();
        Thread.sleep(markersMs + 200);
        List<String> kept = read("h", "read_committed");
        say("hasty", kept.size() + " " + kept.stream().allMatch("kept"::equals));

        // Offsets in a transaction.
        TopicPartition source = new TopicPartition("t", 0);
        for (boolean commit : new boolean[] {false, true}) {
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(source, new OffsetAndMetadata(commit ? 20 : 10, "m")), new ConsumerGroupMetadata("copies"));
            producer.send(new ProducerRecord<>("t", 0, null, "copied"));
            if (commit) producer.commitTransaction();
            else producer.abortTransaction();
            try (KafkaConsumer<String, String> consumer = consumer("read_committed")) {
                say("offset", consumer.committed(Set.of(source)).get(source));
            }
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            say("admin", admin.listConsumerGroupOffsets("copies").partitionsToOffsetAndMetadata().get().size());
            admin.deleteConsumerGroupOffsets("copies", Set.of(source)).all().get();
            say("deleted", admin.listConsumerGroupOffsets("copies").partitionsToOffsetAndMetadata().get().size());
        }

        // A second producer with the same id fences the first, and aborts what it had begun.
        producer.beginTransaction();
        send(producer, "fenced", 0, 3);
        producer.flush();
        KafkaProducer<String, String> second = producer("java", 60_000);
        second.initTransactions();
        try {
            producer.commitTransaction();
            say("fenced", "not");
        } catch (Exception error) {
            say("fenced", name(error));
        }
        producer.close(Duration.ZERO);
        second.beginTransaction();
        send(second, "young", 0, 3);
        second.commitTransaction();
        second.close();

        // A transaction that takes too long is aborted by its coordinator.
        KafkaProducer<String, String> slow = producer("slow", 1000);
        slow.initTransactions();
        slow.beginTransaction();
        send(slow, "slow", 0, 3);
        slow.flush();
        Thread.sleep(1500 + markersMs);
        try {
            slow.commitTransaction();
            say("slow", "not");
        } catch (Exception error) {
            say("slow", name(error));
        }
        slow.close(Duration.ZERO);

        // One that writes again after that: on version 2 it is aborted, and the next one commits; on version 1 its producer is fenced.
        KafkaProducer<String, String> late = producer("late", 1000);
        late.initTransactions();
        late.beginTransaction();
        late.send(new ProducerRecord<>("h", 0, null, "dropped"));
        late.flush();
        Thread.sleep(1500 + markersMs);
        try {
            late.send(new ProducerRecord<>("h", 0, null, "dropped")).get();
            say("late", "not");
        } catch (Exception error) {
            say("late", name(error));
        }
        try {
            late.abortTransaction();
            late.beginTransaction();
            late.send(new ProducerRecord<>("h", 0, null, "kept"));
            late.commitTransaction();
            say("after", "committed");
        } catch (Exception error) {
            say("after", name(error));
        }
        late.close(Duration.ZERO);
        Thread.sleep(markersMs + 200);
        List<String> all = read("t", "read_committed");
        say("end", all.size() + " " + all.stream().filter(value -> value.startsWith("young")).count() + " " + all.stream().filter(value -> value.startsWith("fenced") || value.startsWith("slow") || value.startsWith("open")).count());
    }
}
