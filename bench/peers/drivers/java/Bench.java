// Driver of Java's own client (KafkaProducer, KafkaConsumer).
import java.lang.management.ManagementFactory;
import java.nio.*;
import java.nio.file.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

public class Bench {
  static String scenario, bootstrap, topic;
  static int count, size;
  record Snap(long t, double cpu, double b) {}

  static double ticks(String pid) throws Exception {
    String s = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] f = s.substring(s.lastIndexOf(')') + 2).split(" ");
    return Double.parseDouble(f[11]) + Double.parseDouble(f[12]);
  }
  static Snap snap() throws Exception {
    double cpu = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1000.0;
    String pid = System.getenv("BROKER_PID");
    return new Snap(System.nanoTime(), cpu, pid == null ? 0 : ticks(pid) / 100);
  }
  static int x = 42;
  static int rnd() { x ^= x << 13; x ^= x >>> 17; x ^= x << 5; return x; }
  static byte[][] values, keys;
  static int mask;
  static void pool() {
    int n = size > 2000 ? 256 : 1024;
    values = new byte[n][]; keys = new byte[n][]; mask = n - 1;
    for (int i = 0; i < n; i++) {
      StringBuilder s = new StringBuilder();
      while (s.length() < size) { int r = rnd(); s.append(String.format("{\"id\":\"%08x\",\"name\":\"user-%02x\",\"ok\":true},", r, r & 255)); }
      values[i] = s.substring(0, size).getBytes();
      keys[i] = String.format("%08x", rnd()).getBytes();
    }
  }
  static void emit(Snap from, Snap to, long first, String extra) throws Exception {
    double secs = (to.t - (first == 0 ? from.t : first)) / 1e9, wall = (to.t - from.t) / 1e9;
    String hwm = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("VmHWM")).findFirst().get().replaceAll("\\D", "");
    System.out.printf(Locale.ROOT, "{\"client\":\"java\",\"version\":\"%s\",\"runtime\":\"jdk %s\",\"scenario\":\"%s\",\"count\":%d,\"size\":%d,\"secs\":%.3f,\"rate\":%.0f,\"mbps\":%.2f,\"cpuUs\":%.3f,\"clientCores\":%.3f,\"brokerCores\":%.3f,\"rssMb\":%d%s}%n",
      org.apache.kafka.common.utils.internals.AppInfoParser.getVersion(), System.getProperty("java.version"), scenario, count, size, secs, count / secs, (double) count * size / secs / 1e6,
      (to.cpu - from.cpu) / count, (to.cpu - from.cpu) / 1e6 / wall, (to.b - from.b) / wall, Long.parseLong(hwm) / 1024, extra);
    Runtime.getRuntime().halt(0);
  }
  static String lat(double[] l, int skip) {
    double[] s = Arrays.copyOfRange(l, skip, l.length);
    Arrays.sort(s);
    java.util.function.DoubleFunction<Double> p = q -> s[Math.min(s.length - 1, (int) (s.length * q))];
    return String.format(Locale.ROOT, ",\"p50us\":%.1f,\"p99us\":%.1f,\"p999us\":%.1f,\"maxus\":%.1f", p.apply(.5), p.apply(.99), p.apply(.999), s[s.length - 1]);
  }
  static KafkaProducer<byte[], byte[]> producer(int linger, String codec) {
    Properties c = new Properties();
    c.putAll(Map.of("bootstrap.servers", bootstrap, "acks", "all", "enable.idempotence", "true", "linger.ms", "" + linger, "batch.size", "262144", "buffer.memory", "" + (256L << 20),
      "max.request.size", "4194304", "compression.type", codec));
    return new KafkaProducer<>(c, new ByteArraySerializer(), new ByteArraySerializer());
  }
  static KafkaConsumer<byte[], byte[]> consumer() {
    Properties c = new Properties();
    c.putAll(Map.of("bootstrap.servers", bootstrap, "group.id", "g-" + System.nanoTime(), "auto.offset.reset", "earliest", "max.poll.records", "5000"));
    return new KafkaConsumer<>(c, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
  public static void main(String[] a) throws Exception {
    scenario = a[0]; bootstrap = a[1]; topic = a[2]; count = Integer.parseInt(a[3]); size = Integer.parseInt(a[4]);
    pool();
    if (scenario.startsWith("produce")) {
      String codec = scenario.contains("-") ? scenario.split("-")[1] : "none";
      var p = producer(5, codec);
      p.partitionsFor(topic);
      var done = new CountDownLatch(1);
      var acked = new AtomicInteger();
      Callback cb = (m, e) -> { if (e != null) { e.printStackTrace(); Runtime.getRuntime().halt(1); } if (acked.incrementAndGet() == count) done.countDown(); };
      Snap from = snap();
      for (int i = 0; i < count; i++) p.send(new ProducerRecord<>(topic, codec.equals("none") ? null : keys[i & mask], values[i & mask]), cb);
      done.await();
      emit(from, snap(), 0, ",\"shape\":\"send(cb), linger 5, batch 256k, idempotent\"");
    } else if (scenario.equals("single") || scenario.equals("seq")) {
      boolean seq = scenario.equals("seq");
      var p = producer(seq ? 0 : 1, "none");
      p.send(new ProducerRecord<>(topic, values[0])).get();
      double[] l = new double[count];
      Snap from = snap();
      if (seq) for (int i = 0; i < count; i++) { long t = System.nanoTime(); p.send(new ProducerRecord<>(topic, values[i & mask])).get(); l[i] = (System.nanoTime() - t) / 1000.0; }
      else {
        var sem = new Semaphore(1000);
        for (int i = 0; i < count; i++) {
          final int k = i;
          sem.acquire();
          final long t = System.nanoTime();
          p.send(new ProducerRecord<>(topic, values[i & mask]), (m, e) -> { if (e != null) Runtime.getRuntime().halt(1); l[k] = (System.nanoTime() - t) / 1000.0; sem.release(); });
        }
        sem.acquire(1000);
      }
      emit(from, snap(), 0, lat(l, count / 10) + ",\"extraRecords\":1");
    } else if (scenario.startsWith("consume")) {
      Snap from = snap();
      var c = consumer();
      c.subscribe(List.of(topic));
      long n = 0, bytes = 0, first = 0;
      while (n < count) {
        var rs = c.poll(Duration.ofMillis(100));
        if (n == 0 && !rs.isEmpty()) first = System.nanoTime();
        for (var r : rs) { n++; bytes += r.value().length; }
      }
      Snap to = snap();
      if (n != count || bytes != (long) count * size || !c.poll(Duration.ofMillis(300)).isEmpty()) throw new Error("count " + n);
      emit(from, to, first, ",\"shape\":\"poll, max.poll.records 5000\"");
    } else if (scenario.equals("e2e")) {
      var p = producer(0, "none");
      double[] l = new double[count];
      var ready = new AtomicBoolean();
      var done = new CountDownLatch(1);
      java.util.function.IntFunction<byte[]> mk = i -> { var b = ByteBuffer.allocate(size); b.putLong(System.nanoTime()); b.putInt(i); return b.array(); };
      p.send(new ProducerRecord<>(topic, mk.apply(-1))).get();
      var th = new Thread(() -> {
        var c = consumer();
        c.subscribe(List.of(topic));
        for (int got = 0; got < count; ) for (var r : c.poll(Duration.ofMillis(100))) {
          var b = ByteBuffer.wrap(r.value());
          long t = b.getLong(); int i = b.getInt();
          if (i < 0) ready.set(true); else { l[i] = (System.nanoTime() - t) / 1000.0; got++; }
        }
        done.countDown();
      });
      th.start();
      while (!ready.get()) { Thread.sleep(50); p.send(new ProducerRecord<>(topic, mk.apply(-1))).get(); }
      Thread.sleep(300);
      Snap from = snap();
      for (int sent = 0; sent < count; ) {
        int due = (int) Math.min(count, (System.nanoTime() - from.t) / 1e9 * 2000);
        while (sent < due) p.send(new ProducerRecord<>(topic, mk.apply(sent++)));
        Thread.sleep(1);
      }
      done.await();
      emit(from, snap(), 0, lat(l, count / 4) + ",\"noOffsets\":true");
    } else System.exit(2);
  }
}
