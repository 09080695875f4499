// franz-go driver.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

type snapT struct {
	t      time.Time
	cpu, b float64
}

func snap() snapT {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	us := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e6 + float64(t.Usec) }
	b := 0.0
	if d, err := os.ReadFile("/proc/" + os.Getenv("BROKER_PID") + "/stat"); err == nil {
		s := string(d)
		f := strings.Split(s[strings.LastIndex(s, ")")+2:], " ")
		x, _ := strconv.ParseFloat(f[11], 64)
		y, _ := strconv.ParseFloat(f[12], 64)
		b = (x + y) / 100
	}
	return snapT{time.Now(), us(u.Utime) + us(u.Stime), b}
}

func makePool(size int) (values, keys [][]byte, mask int) {
	n := 1024
	if size > 2000 {
		n = 256
	}
	if more, err := strconv.Atoi(os.Getenv("POOL")); err == nil {
		n = more
	}
	x := uint32(42)
	rnd := func() uint32 { x ^= x << 13; x ^= x >> 17; x ^= x << 5; return x }
	for i := 0; i < n; i++ {
		s := ""
		for len(s) < size {
			r := rnd()
			s += fmt.Sprintf(`{"id":"%08x","name":"user-%02x","ok":true},`, r, r&255)
		}
		values = append(values, []byte(s[:size]))
		keys = append(keys, []byte(fmt.Sprintf("%08x", rnd())))
	}
	return values, keys, n - 1
}

var scenario, bootstrap, topic string
var count, size int

func emit(from, to snapT, first time.Time, extra map[string]any) {
	if first.IsZero() {
		first = from.t
	}
	secs, wall := to.t.Sub(first).Seconds(), to.t.Sub(from.t).Seconds()
	rss := 0.0
	d, _ := os.ReadFile("/proc/self/status")
	for _, l := range strings.Split(string(d), "\n") {
		if strings.HasPrefix(l, "VmHWM") {
			kb, _ := strconv.ParseFloat(strings.Fields(l)[1], 64)
			rss = math.Round(kb / 1024)
		}
	}
	m := map[string]any{"client": "franz-go", "version": "kgo", "runtime": "go", "scenario": scenario, "count": count, "size": size, "secs": secs,
		"rate": math.Round(float64(count) / secs), "mbps": float64(count) * float64(size) / secs / 1e6, "cpuUs": (to.cpu - from.cpu) / float64(count),
		"clientCores": (to.cpu - from.cpu) / 1e6 / wall, "brokerCores": (to.b - from.b) / wall, "rssMb": rss}
	for k, v := range extra {
		m[k] = v
	}
	j, _ := json.Marshal(m)
	fmt.Println(string(j))
	os.Exit(0)
}

func lat(l []float64) map[string]any {
	s := append([]float64{}, l...)
	sort.Float64s(s)
	p := func(q float64) float64 { return s[min(len(s)-1, int(float64(len(s))*q))] }
	return map[string]any{"p50us": p(.5), "p99us": p(.99), "p999us": p(.999), "maxus": s[len(s)-1]}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// What secured.mjs of the harness says about the listener.
func security() (o []kgo.Opt) {
	kind := os.Getenv("SECURITY")
	if kind == "" {
		return nil
	}
	ca, err := os.ReadFile(os.Getenv("CA_FILE"))
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	o = append(o, kgo.DialTLSConfig(&tls.Config{RootCAs: roots}))
	if kind == "sasl" {
		o = append(o, kgo.SASL(plain.Auth{User: os.Getenv("SASL_USER"), Pass: os.Getenv("SASL_PASSWORD")}.AsMechanism()))
	}
	return o
}

func client(o ...kgo.Opt) *kgo.Client {
	c, err := kgo.NewClient(append(append([]kgo.Opt{kgo.SeedBrokers(bootstrap)}, security()...), o...)...)
	must(err)
	return c
}

func consumer() *kgo.Client {
	return client(kgo.ConsumeTopics(topic), kgo.ConsumerGroup(fmt.Sprintf("g-%d-%d", os.Getpid(), time.Now().UnixNano())), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
}

func main() {
	scenario, bootstrap, topic = os.Args[1], os.Args[2], os.Args[3]
	count, _ = strconv.Atoi(os.Args[4])
	size, _ = strconv.Atoi(os.Args[5])
	ctx := context.Background()
	values, keys, mask := makePool(size)
	kind, codec, _ := strings.Cut(scenario, "-")
	switch {
	case kind == "produce" || kind == "spread":
		// Record i to partition i % PARTITIONS.
		partitions, _ := strconv.Atoi(os.Getenv("PARTITIONS"))
		var manual []kgo.Opt
		if kind == "spread" {
			manual = append(manual, kgo.RecordPartitioner(kgo.ManualPartitioner()))
		}
		comp := kgo.NoCompression()
		if codec == "gzip" {
			comp = kgo.GzipCompression()
		} else if codec == "lz4" {
			comp = kgo.Lz4Compression()
		}
		c := client(append(manual, kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(5*time.Millisecond), kgo.ProducerBatchCompression(comp), kgo.MaxBufferedRecords(200000))...)
		must(c.Ping(ctx))
		from := snap()
		var acked, bad atomic.Int64
		done := make(chan struct{})
		cb := func(_ *kgo.Record, err error) {
			if err != nil {
				bad.Add(1)
			}
			if int(acked.Add(1)) == count {
				close(done)
			}
		}
		for i := 0; i < count; i++ {
			r := &kgo.Record{Value: values[i&mask]}
			if codec != "" {
				r.Key = keys[i&mask]
			}
			if kind == "spread" {
				r.Partition = int32(i % partitions)
			}
			c.Produce(ctx, r, cb)
		}
		<-done
		if bad.Load() > 0 {
			panic("failed records")
		}
		emit(from, snap(), time.Time{}, map[string]any{"shape": "Produce(cb), linger 5, idempotent"})
	case scenario == "single" || scenario == "seq":
		linger, f := time.Millisecond, 1000
		if scenario == "seq" {
			linger, f = 0, 1
		}
		c := client(kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(linger), kgo.ProducerBatchCompression(kgo.NoCompression()))
		must(c.ProduceSync(ctx, &kgo.Record{Value: values[0]}).FirstErr())
		l := make([]float64, count)
		var next atomic.Int64
		var wg sync.WaitGroup
		from := snap()
		for w := 0; w < f; w++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for {
					i := int(next.Add(1)) - 1
					if i >= count {
						return
					}
					t := time.Now()
					must(c.ProduceSync(ctx, &kgo.Record{Value: values[i&mask]}).FirstErr())
					l[i] = float64(time.Since(t).Nanoseconds()) / 1000
				}
			}()
		}
		wg.Wait()
		to := snap()
		x := lat(l[count/10:])
		x["extraRecords"] = 1
		emit(from, to, time.Time{}, x)
	case kind == "consume":
		from := snap()
		c := consumer()
		n, bytes := 0, 0
		var first time.Time
		one := func(r *kgo.Record) { n++; bytes += len(r.Value) }
		for n < count {
			fs := c.PollFetches(ctx)
			if first.IsZero() && fs.NumRecords() > 0 {
				first = time.Now()
			}
			for _, e := range fs.Errors() {
				panic(e.Err)
			}
			fs.EachRecord(one)
		}
		to := snap()
		if n != count || bytes != count*size {
			panic("count")
		}
		emit(from, to, first, map[string]any{"shape": "PollFetches"})
	case scenario == "e2e":
		epoch := time.Now()
		mk := func(i int32) *kgo.Record {
			b := make([]byte, size)
			binary.LittleEndian.PutUint64(b, math.Float64bits(float64(time.Since(epoch).Nanoseconds())))
			binary.LittleEndian.PutUint32(b[8:], uint32(i))
			return &kgo.Record{Topic: topic, Value: b}
		}
		p := client(kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression()))
		must(p.ProduceSync(ctx, mk(-1)).FirstErr())
		l := make([]float64, count)
		var ready atomic.Bool
		done := make(chan struct{})
		go func() {
			c, got := consumer(), 0
			for got < count {
				c.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
					i := int32(binary.LittleEndian.Uint32(r.Value[8:]))
					if i < 0 {
						ready.Store(true)
						return
					}
					l[i] = (float64(time.Since(epoch).Nanoseconds()) - math.Float64frombits(binary.LittleEndian.Uint64(r.Value))) / 1000
					got++
				})
			}
			close(done)
		}()
		for !ready.Load() {
			time.Sleep(50 * time.Millisecond)
			must(p.ProduceSync(ctx, mk(-1)).FirstErr())
		}
		time.Sleep(300 * time.Millisecond)
		from := snap()
		for sent := 0; sent < count; {
			for due := min(count, int(time.Since(from.t).Seconds()*2000)); sent < due; sent++ {
				p.Produce(ctx, mk(int32(sent)), func(_ *kgo.Record, err error) { must(err) })
			}
			time.Sleep(time.Millisecond)
		}
		<-done
		to := snap()
		x := lat(l[count/4:])
		x["noOffsets"] = true
		emit(from, to, time.Time{}, x)
	default:
		os.Exit(2)
	}
}
