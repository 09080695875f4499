// librdkafka by its Rust crate, against any cluster: says in plain lines what came of it.
//   transactions BOOTSTRAP INPUT OUTPUT    ten transactions, every third aborted; then a second producer fences the first
//   consume BOOTSTRAP TOPIC GROUP PROTOCOL a member of a group that reads until its input is closed: "assigned", "revoked", "record P O V"
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::ClientContext;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("socket.timeout.ms", "10000");
    config
}

fn producer(bootstrap: &str) -> BaseProducer {
    let mut config = config(bootstrap);
    config.set("transactional.id", "librdkafka").set("compression.type", "lz4");
    let producer: BaseProducer = config.create().unwrap();
    producer.init_transactions(LONG).unwrap();
    producer
}

fn send(producer: &BaseProducer, topic: &str, partition: i32, value: &str) {
    producer.send(BaseRecord::<(), str>::to(topic).partition(partition).payload(value)).map_err(|(error, _)| error).unwrap();
}

fn transactions(bootstrap: &str, input: &str, output: &str) {
    let first = producer(bootstrap);
    let consumer: BaseConsumer = config(bootstrap).set("group.id", "copies").create().unwrap();
    let group = consumer.group_metadata().unwrap();
    for i in 0..10 {
        first.begin_transaction().unwrap();
        for partition in 0..2 {
            send(&first, output, partition, &i.to_string());
        }
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset(input, 0, Offset::Offset(100 + i)).unwrap();
        first.send_offsets_to_transaction(&offsets, &group, LONG).unwrap();
        first.flush(LONG).unwrap(); // it asks for its events to be polled before an abort
        if i % 3 == 2 {
            first.abort_transaction(LONG).unwrap();
        } else {
            first.commit_transaction(LONG).unwrap();
        }
        println!("{} {}", if i % 3 == 2 { "aborted" } else { "committed" }, i);
    }
    first.begin_transaction().unwrap();
    send(&first, output, 0, "zombie");
    first.flush(LONG).unwrap();
    let second = producer(bootstrap);
    second.begin_transaction().unwrap();
    send(&second, output, 1, "successor");
    second.commit_transaction(LONG).unwrap();
    match first.commit_transaction(LONG) {
        Err(KafkaError::Transaction(error)) if error.is_fatal() => println!("fenced"),
        other => println!("not fenced: {other:?}"),
    }
}

struct Said;
impl ClientContext for Said {}
impl ConsumerContext for Said {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => println!("assigned {}", list.count()),
            Rebalance::Revoke(list) => println!("revoked {}", list.count()),
            Rebalance::Error(error) => println!("error {error}"),
        }
    }
}

fn consume(bootstrap: &str, topic: &str, group: &str, protocol: &str) -> KafkaResult<()> {
    let mut config = config(bootstrap);
    config.set("group.id", group).set("auto.offset.reset", "earliest").set("isolation.level", "read_committed").set("auto.commit.interval.ms", "200");
    if protocol == "consumer" {
        config.set("group.protocol", "consumer");
    } else {
        config.set("partition.assignment.strategy", protocol).set("session.timeout.ms", "6000").set("heartbeat.interval.ms", "300");
    }
    let consumer: BaseConsumer<Said> = config.create_with_context(Said)?;
    consumer.subscribe(&[topic])?;
    let is_over = Arc::new(AtomicBool::new(false));
    let told = is_over.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        told.store(true, Ordering::SeqCst);
    });
    while !is_over.load(Ordering::SeqCst) {
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Err(error)) => println!("error {error}"),
            Some(Ok(record)) => println!("record {} {} {}", record.partition(), record.offset(), String::from_utf8_lossy(record.payload().unwrap_or_default())),
        }
    }
    Ok(())
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let at = |i: usize| args.get(i).map(String::as_str).unwrap_or_default();
    match at(0) {
        "transactions" => transactions(at(1), at(2), at(3)),
        "consume" => consume(at(1), at(2), at(3), at(4)).unwrap(),
        other => panic!("no such command: {other}"),
    }
}
