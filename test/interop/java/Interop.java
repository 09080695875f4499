import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The Java client against any cluster: says in plain lines what came of it.
 *
 * <pre>
 *   round-trip BOOTSTRAP TOPIC GROUP SETTINGS  "produced N", "record V", and "renewed N" or "failed ERROR" at the end
 *   aws-payloads                               the messages of AWS_MSK_IAM for the lines of its input
 * </pre>
 */
public final class Interop {
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "round-trip" -> roundTrip(args[1], args[2], args[3], new ObjectMapper().readTree(args[4]));
      case "aws-payloads" -> AwsPayloads.print();
      default -> throw new IllegalArgumentException("no such command: " + args[0]);
    }
    System.exit(0);
  }

  private static void roundTrip(String bootstrap, String topic, String group, JsonNode settings) {
    try {
      produce(bootstrap, topic, settings);
      consume(bootstrap, topic, group, settings);
    } catch (ExecutionException error) {
      System.out.println("failed " + error.getCause());
    } catch (Exception error) {
      Throwable root = error;
      while (root.getCause() != null) root = root.getCause();
      System.out.println("failed " + root);
    }
  }

  private static void produce(String bootstrap, String topic, JsonNode settings) throws Exception {
    Map<String, Object> config = secured(bootstrap, settings);
    config.put("max.block.ms", 60_000);
    int count = settings.get("count").asInt();
    int pauseMs = settings.has("pauseMs") ? settings.get("pauseMs").asInt() : 0;
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < count; i++) {
        producer.send(new ProducerRecord<>(topic, Integer.toString(i))).get();
        Thread.sleep(pauseMs);
      }
      System.out.println("produced " + count);
      System.out.println("renewed " + (int) renewals(producer));
    }
  }

  private static double renewals(KafkaProducer<String, String> producer) {
    return producer.metrics().entrySet().stream()
        .filter(
            entry ->
                entry.getKey().name().equals("successful-reauthentication-total")
                    && entry.getKey().group().equals("producer-metrics"))
        .mapToDouble(entry -> (Double) entry.getValue().metricValue())
        .sum();
  }

  private static void consume(String bootstrap, String topic, String group, JsonNode settings) {
    Map<String, Object> config = secured(bootstrap, settings);
    config.put("group.id", group);
    config.put("auto.offset.reset", "earliest");
    config.put("group.protocol", "consumer");
    int left = settings.get("count").asInt();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      while (left > 0) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          System.out.println("record " + record.value());
          left--;
        }
      }
      consumer.commitSync();
    }
  }

  private static Map<String, Object> secured(String bootstrap, JsonNode settings) {
    Map<String, Object> config = new HashMap<>();
    String mechanism = settings.get("mechanism").asText();
    config.put("bootstrap.servers", bootstrap);
    config.put("security.protocol", "SASL_SSL");
    config.put("ssl.truststore.type", "PEM");
    config.put("ssl.truststore.location", settings.get("ca").asText());
    config.put("sasl.mechanism", mechanism);
    switch (mechanism) {
      case "OAUTHBEARER" -> {
        String user = settings.get("username").asText();
        config.put(
            "sasl.jaas.config",
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required"
                + " unsecuredLoginStringClaim_sub=\""
                + user
                + "\";");
        // Java's own tokens without a signature. Its default handler asks a token endpoint.
        config.put(
            "sasl.login.callback.handler.class",
            "org.apache.kafka.common.security.oauthbearer.internals.unsecured"
                + ".OAuthBearerUnsecuredLoginCallbackHandler");
      }
      case "AWS_MSK_IAM" -> {
        // The library takes the credentials and the region from the environment.
        config.put("sasl.jaas.config", "software.amazon.msk.auth.iam.IAMLoginModule required;");
        config.put("sasl.client.callback.handler.class", "software.amazon.msk.auth.iam.IAMClientCallbackHandler");
      }
      default -> {
        String module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
        config.put(
            "sasl.jaas.config",
            String.format(
                "org.apache.kafka.common.security.%s required username=\"%s\" password=\"%s\";",
                module, settings.get("username").asText(), settings.get("password").asText()));
      }
    }
    return config;
  }

  private Interop() {}
}
