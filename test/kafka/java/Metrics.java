// The names of the metrics that Java's clients have after a record was sent, read in a group, and committed: a line `group name tag,tag` for each.
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

class Metrics {
  public static void main(String[] args) throws Exception {
    var bootstrapServers = args[0];
    var topic = args[1];
    var properties = new Properties();
    properties.putAll(Map.of(
        "bootstrap.servers", bootstrapServers, "group.id", "metrics", "auto.offset.reset", "earliest", "group.protocol", args[2],
        "key.serializer", "org.apache.kafka.common.serialization.StringSerializer", "value.serializer", "org.apache.kafka.common.serialization.StringSerializer",
        "key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer", "value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer"));
    var names = new TreeSet<String>();
    try (var producer = new KafkaProducer<String, String>(properties)) {
      producer.send(new ProducerRecord<>(topic, "x")).get();
      add(names, producer.metrics());
    }
    try (var consumer = new KafkaConsumer<String, String>(properties)) {
      consumer.subscribe(List.of(topic));
      while (consumer.poll(Duration.ofMillis(500)).isEmpty()) continue;
      consumer.commitSync();
      add(names, consumer.metrics());
    }
    for (var name : names) System.out.println(name);
  }

  private static void add(TreeSet<String> names, Map<MetricName, ? extends Metric> metrics) {
    for (var name : metrics.keySet()) names.add(name.group() + " " + name.name() + " " + String.join(",", new TreeSet<>(name.tags().keySet())));
  }
}
