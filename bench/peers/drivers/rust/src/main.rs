// rust-rdkafka driver. VARIANT=raw (default): ThreadedProducer + BaseConsumer; VARIANT=future: FutureProducer + StreamConsumer.
use futures::StreamExt;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, FutureProducer, FutureRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::ClientContext;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Pool { values: Vec<Vec<u8>>, keys: Vec<Vec<u8>>, mask: usize }
fn pool(size: usize) -> Pool {
    let n = std::env::var("POOL").ok().and_then(|n| n.parse().ok()).unwrap_or(if size > 2000 { 256 } else { 1024 });
    let mut x: u32 = 42;
    let mut rnd = || { x ^= x << 13; x ^= x >> 17; x ^= x << 5; x };
    let (mut values, mut keys) = (vec![], vec![]);
    for _ in 0..n {
        let mut s = String::new();
        while s.len() < size { let r = rnd(); s += &format!("{{\"id\":\"{:08x}\",\"name\":\"user-{:02x}\",\"ok\":true}},", r, r & 255); }
        values.push(s.as_bytes()[..size].to_vec());
        keys.push(format!("{:08x}", rnd()).into_bytes());
    }
    Pool { values, keys, mask: n - 1 }
}
struct Snap { t: Instant, cpu: f64, broker: f64 }
fn snap() -> Snap {
    let mut u: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut u) };
    let tv = |t: libc::timeval| t.tv_sec as f64 * 1e6 + t.tv_usec as f64;
    let broker = std::env::var("BROKER_PID").ok().and_then(|p| std::fs::read_to_string(format!("/proc/{p}/stat")).ok()).map(|s| {
        let f: Vec<&str> = s[s.rfind(')').unwrap() + 2..].split(' ').collect();
        (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
    }).unwrap_or(0.0);
    Snap { t: Instant::now(), cpu: tv(u.ru_utime) + tv(u.ru_stime), broker }
}
struct Args { scenario: String, bootstrap: String, topic: String, count: usize, size: usize, future: bool }
fn emit(a: &Args, from: &Snap, to: &Snap, first: Option<Instant>, extra: serde_json::Value) {
    let secs = (to.t - first.unwrap_or(from.t)).as_secs_f64();
    let wall = (to.t - from.t).as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let rss = status.lines().find(|l| l.starts_with("VmHWM")).unwrap().split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0;
    let mut v = serde_json::json!({ "client": if a.future { "rust-future" } else { "rust-rdkafka" }, "version": format!("0.39 (librdkafka {})", rdkafka::util::get_rdkafka_version().1),
        "runtime": "native", "scenario": a.scenario, "count": a.count, "size": a.size, "secs": secs, "rate": (a.count as f64 / secs).round(),
        "mbps": (a.count * a.size) as f64 / secs / 1e6, "cpuUs": (to.cpu - from.cpu) / a.count as f64, "clientCores": (to.cpu - from.cpu) / 1e6 / wall,
        "brokerCores": (to.broker - from.broker) / wall, "rssMb": rss.round() });
    for (k, x) in extra.as_object().unwrap() { v[k] = x.clone(); }
    println!("{v}");
    std::process::exit(0);
}
fn lat(l: &[f64]) -> serde_json::Value {
    let mut s = l.to_vec();
    s.sort_by(|a, b| a.total_cmp(b));
    let p = |q: f64| s[((s.len() as f64 * q) as usize).min(s.len() - 1)];
    serde_json::json!({ "p50us": p(0.5), "p99us": p(0.99), "p999us": p(0.999), "maxus": s[s.len() - 1] })
}
fn pconf(a: &Args, linger: &str, compression: &str) -> ClientConfig {
    let mut c = ClientConfig::new();
    for (k, v) in [("bootstrap.servers", a.bootstrap.as_str()), ("enable.idempotence", "true"), ("acks", "all"), ("linger.ms", linger), ("batch.size", "1000000"),
        ("batch.num.messages", "100000"), ("queue.buffering.max.messages", "500000"), ("queue.buffering.max.kbytes", "1048576"), ("compression.codec", compression)] { c.set(k, v); }
    extra(c)
}
// What secured.mjs of the harness says about the listener.
fn secure(c: &mut ClientConfig) {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let kind = var("SECURITY");
    if kind.is_empty() { return; }
    c.set("security.protocol", if kind == "sasl" { "SASL_SSL" } else { "SSL" }).set("ssl.ca.location", var("CA_FILE"));
    if kind == "sasl" { c.set("sasl.mechanism", "PLAIN").set("sasl.username", var("SASL_USER")).set("sasl.password", var("SASL_PASSWORD")); }
}
// RDKAFKA_EXTRA="name=value,name=value" adds librdkafka settings for an experiment
fn extra(mut c: ClientConfig) -> ClientConfig {
    secure(&mut c);
    for kv in std::env::var("RDKAFKA_EXTRA").unwrap_or_default().split(',') { if let Some((k, v)) = kv.split_once('=') { c.set(k, v); } }
    c
}
fn cconf(a: &Args) -> ClientConfig {
    let mut c = ClientConfig::new();
    let g = format!("g-{}-{:?}", std::process::id(), std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos());
    for (k, v) in [("bootstrap.servers", a.bootstrap.as_str()), ("group.id", &g), ("auto.offset.reset", "earliest"), ("enable.auto.commit", "true"), ("fetch.queue.backoff.ms", "10")] { c.set(k, v); }
    extra(c)
}
struct Acks { ok: AtomicUsize, bad: AtomicUsize }
#[derive(Clone)]
struct Ctx(Arc<Acks>);
impl ClientContext for Ctx {}
impl ProducerContext for Ctx {
    type DeliveryOpaque = ();
    fn delivery(&self, r: &DeliveryResult<'_>, _: ()) { if r.is_ok() { self.0.ok.fetch_add(1, SeqCst); } else { self.0.bad.fetch_add(1, SeqCst); } }
}
/// With keys, or record i to partition i % PARTITIONS.
fn produce_raw(a: &Args, codec: &str, keyed: bool, partitions: Option<usize>) {
    let p = pool(a.size);
    let acks = Arc::new(Acks { ok: AtomicUsize::new(0), bad: AtomicUsize::new(0) });
    let pr: ThreadedProducer<Ctx> = pconf(a, "5", codec).create_with_context(Ctx(acks.clone())).unwrap();
    pr.client().fetch_metadata(Some(&a.topic), Duration::from_secs(10)).unwrap();
    let from = snap();
    for i in 0..a.count {
        let mut rec = BaseRecord::<[u8], [u8]>::to(&a.topic).payload(&p.values[i & p.mask]);
        if keyed { rec = rec.key(&p.keys[i & p.mask]); }
        if let Some(n) = partitions { rec = rec.partition((i % n) as i32); }
        while let Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), r)) = pr.send(rec) { rec = r; std::thread::sleep(Duration::from_millis(1)); }
    }
    while acks.ok.load(SeqCst) + acks.bad.load(SeqCst) < a.count { std::thread::sleep(Duration::from_micros(200)); }
    assert_eq!(acks.bad.load(SeqCst), 0);
    emit(a, &from, &snap(), None, serde_json::json!({ "shape": "ThreadedProducer, linger 5, idempotent" }));
}
async fn send_one(pr: &FutureProducer, topic: &str, v: &[u8], k: Option<&[u8]>) {
    let mut rec = FutureRecord::<[u8], [u8]>::to(topic).payload(v);
    if let Some(k) = k { rec = rec.key(k); }
    pr.send(rec, Duration::from_secs(60)).await.unwrap();
}
async fn workers(a: Arc<Args>, pr: FutureProducer, p: Arc<Pool>, n_workers: usize, keyed: bool) -> Vec<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let hs: Vec<_> = (0..n_workers).map(|_| {
        let (a, pr, p, next) = (a.clone(), pr.clone(), p.clone(), next.clone());
        tokio::spawn(async move {
            let mut l = vec![];
            loop {
                let i = next.fetch_add(1, SeqCst);
                if i >= a.count { return l; }
                let t = Instant::now();
                send_one(&pr, &a.topic, &p.values[i & p.mask], keyed.then(|| &p.keys[i & p.mask][..])).await;
                if i >= a.count / 10 { l.push(t.elapsed().as_nanos() as f64 / 1000.0); }
            }
        })
    }).collect();
    let mut all = vec![];
    for h in hs { all.extend(h.await.unwrap()); }
    all
}
async fn run(a: Arc<Args>) {
    let s = a.scenario.clone();
    if s == "spread" {
        let partitions = std::env::var("PARTITIONS").unwrap().parse().unwrap();
        return tokio::task::block_in_place(|| produce_raw(&a, "none", false, Some(partitions)));
    }
    if s == "produce" || s.starts_with("produce-") {
        let codec = s.split_once('-').map(|x| x.1).unwrap_or("none").to_string();
        if !a.future { return tokio::task::block_in_place(|| produce_raw(&a, &codec, s != "produce", None)); }
        let p = Arc::new(pool(a.size));
        let pr: FutureProducer = pconf(&a, "5", &codec).create().unwrap();
        pr.client().fetch_metadata(Some(&a.topic), Duration::from_secs(10)).unwrap();
        let from = snap();
        workers(a.clone(), pr, p, 20000, s != "produce").await;
        return emit(&a, &from, &snap(), None, serde_json::json!({ "shape": "FutureProducer, 20000 tasks, linger 5, idempotent" }));
    }
    match s.as_str() {
        "single" | "seq" => {
            let p = Arc::new(pool(a.size));
            let pr: FutureProducer = pconf(&a, if s == "seq" { "0" } else { "1" }, "none").create().unwrap();
            send_one(&pr, &a.topic, &p.values[0], None).await;
            let from = snap();
            let l = workers(a.clone(), pr, p, if s == "seq" { 1 } else { 1000 }, false).await;
            let to = snap();
            let mut x = lat(&l); x["extraRecords"] = 1.into(); x["shape"] = "FutureProducer, linger 1, idempotent".into();
            emit(&a, &from, &to, None, x);
        }
        "consume-each" | "consume-batch" if !a.future => {
            let from = snap();
            let c: BaseConsumer = cconf(&a).create().unwrap();
            c.subscribe(&[&a.topic]).unwrap();
            let (mut n, mut bytes, mut first) = (0, 0, None);
            while n < a.count {
                if let Some(m) = c.poll(Duration::from_millis(100)) { let m = m.unwrap(); if n == 0 { first = Some(Instant::now()); } n += 1; bytes += m.payload().unwrap().len(); }
            }
            let to = snap();
            assert!(c.poll(Duration::from_millis(300)).is_none());
            assert_eq!(bytes, a.count * a.size);
            emit(&a, &from, &to, first, serde_json::json!({ "shape": "BaseConsumer.poll" }));
        }
        "consume-each" | "consume-batch" => {
            let from = snap();
            let c: StreamConsumer = cconf(&a).create().unwrap();
            c.subscribe(&[&a.topic]).unwrap();
            let mut st = c.stream();
            let (mut n, mut bytes, mut first) = (0, 0, None);
            while n < a.count { let m = st.next().await.unwrap().unwrap(); if n == 0 { first = Some(Instant::now()); } n += 1; bytes += m.payload().unwrap().len(); }
            let to = snap();
            assert_eq!(bytes, a.count * a.size);
            emit(&a, &from, &to, first, serde_json::json!({ "shape": "StreamConsumer" }));
        }
        "e2e" => {
            let pr: FutureProducer = pconf(&a, "0", "none").create().unwrap();
            let epoch = Instant::now();
            let mk = move |i: i32, size: usize| { let mut b = vec![120u8; size]; b[..8].copy_from_slice(&(epoch.elapsed().as_nanos() as f64).to_le_bytes()); b[8..12].copy_from_slice(&i.to_le_bytes()); b };
            send_one(&pr, &a.topic, &mk(-1, a.size), None).await;
            let c: StreamConsumer = cconf(&a).set("fetch.wait.max.ms", "100").create().unwrap();
            c.subscribe(&[&a.topic]).unwrap();
            let ready = Arc::new(AtomicU64::new(0));
            let (r2, count) = (ready.clone(), a.count);
            let h = tokio::spawn(async move {
                let mut st = c.stream();
                let mut l = vec![0.0; count];
                let mut got = 0;
                while got < count {
                    let m = st.next().await.unwrap().unwrap();
                    let v = m.payload().unwrap();
                    let i = i32::from_le_bytes(v[8..12].try_into().unwrap());
                    if i < 0 { r2.store(1, SeqCst); continue; }
                    l[i as usize] = (epoch.elapsed().as_nanos() as f64 - f64::from_le_bytes(v[..8].try_into().unwrap())) / 1000.0;
                    got += 1;
                }
                l
            });
            while ready.load(SeqCst) == 0 { tokio::time::sleep(Duration::from_millis(50)).await; send_one(&pr, &a.topic, &mk(-1, a.size), None).await; }
            tokio::time::sleep(Duration::from_millis(300)).await;
            let (from, mut sent) = (snap(), 0);
            while sent < a.count {
                let due = ((from.t.elapsed().as_secs_f64() * 2000.0) as usize).min(a.count);
                while sent < due { let (pr, t, b) = (pr.clone(), a.topic.clone(), mk(sent as i32, a.size)); tokio::spawn(async move { send_one(&pr, &t, &b, None).await }); sent += 1; }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let l = h.await.unwrap();
            let to = snap();
            let mut x = lat(&l[a.count / 4..]); x["noOffsets"] = true.into();
            emit(&a, &from, &to, None, x);
        }
        _ => { eprintln!("unknown scenario {s}"); std::process::exit(2) }
    }
}
fn main() {
    let v: Vec<String> = std::env::args().collect();
    let a = Arc::new(Args { scenario: v[1].clone(), bootstrap: v[2].clone(), topic: v[3].clone(), count: v[4].parse().unwrap(), size: v[5].parse().unwrap(),
        future: std::env::var("VARIANT").as_deref() == Ok("future") });
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async move { tokio::spawn(run(a)).await.unwrap() });
}
