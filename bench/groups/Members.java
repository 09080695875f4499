// Members of Java's own consumer, in one process, told on standard input what to do: `add NAME` or `remove NAME`. Each says on standard output what it holds.
// java -cp 'JARS/*' Members.java BOOTSTRAP TOPIC GROUP classic|consumer HEARTBEAT_MS
import java.time.Duration;
import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class Members {
  static final Map<String, Thread> threads = new ConcurrentHashMap<>();
  static final Set<String> leaving = ConcurrentHashMap.newKeySet();

  static void tell(String name, String what, Collection<TopicPartition> partitions) {
    StringBuilder line = new StringBuilder("{\"at\":" + System.currentTimeMillis() + ",\"member\":\"" + name + "\",\"what\":\"" + what + "\",\"partitions\":[");
    int i = 0;
    for (TopicPartition p : partitions) line.append(i++ == 0 ? "" : ",").append(p.partition());
    synchronized (System.out) { System.out.println(line.append("]}")); System.out.flush(); }
  }

  static void member(String name, String[] a) {
    Properties c = new Properties();
    c.putAll(Map.of("bootstrap.servers", a[0], "group.id", a[2], "client.id", name, "group.protocol", a[3], "auto.offset.reset", "earliest"));
    if (a[3].equals("classic")) c.putAll(Map.of("heartbeat.interval.ms", a[4], "partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
    try (var consumer = new KafkaConsumer<>(c, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(a[1]), new ConsumerRebalanceListener() {
        public void onPartitionsAssigned(Collection<TopicPartition> p) { tell(name, "assigned", p); }
        public void onPartitionsRevoked(Collection<TopicPartition> p) { tell(name, "revoked", p); }
        public void onPartitionsLost(Collection<TopicPartition> p) { tell(name, "lost", p); }
      });
      while (!leaving.contains(name)) consumer.poll(Duration.ofMillis(100));
    }
  }

  public static void main(String[] a) throws Exception {
    try (var in = new Scanner(System.in)) {
      while (in.hasNextLine()) {
        String[] words = in.nextLine().split(" ");
        if (words[0].equals("add")) {
          Thread thread = new Thread(() -> member(words[1], a));
          threads.put(words[1], thread);
          thread.start();
        } else leaving.add(words[1]);
      }
    }
    leaving.addAll(threads.keySet());
    for (Thread thread : threads.values()) thread.join(10_000);
    Runtime.getRuntime().halt(0);
  }
}
