// franz-go against any cluster: says in plain lines what came of it.
//
//	transactions BOOTSTRAP INPUT OUTPUT    ten transactions, every third aborted; then a second producer fences the first
//	consume BOOTSTRAP TOPIC GROUP PROTOCOL a member of a group that reads until its input is closed: "assigned", "revoked", "record P O V"
//	round-trip BOOTSTRAP TOPIC GROUP SETTINGS over TLS and SASL: "produced N", "record V"; "failed ERROR" at the end if it was refused
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func producer(bootstrap string) *kgo.Client {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(bootstrap, ",")...), kgo.TransactionalID("franz-go"), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	must(err)
	return client
}

func send(client *kgo.Client, topic string, partition int32, value string) error {
	return client.ProduceSync(context.Background(), &kgo.Record{Topic: topic, Partition: partition, Value: []byte(value)}).FirstErr()
}

// franz-go has no public call for offsets without a member, so the two requests are made by hand, by the producer's own identity.
func sendOffset(client *kgo.Client, input string, offset int64) {
	ctx := context.Background()
	id, epoch, err := client.ProducerID(ctx)
	must(err)
	commit := kmsg.NewPtrTxnOffsetCommitRequest()
	commit.TransactionalID, commit.Group, commit.ProducerID, commit.ProducerEpoch, commit.Generation = "franz-go", "copies", id, epoch, -1
	topic := kmsg.NewTxnOffsetCommitRequestTopic()
	topic.Topic, topic.TopicID = input, topicID(client, input) // by name up to version 5, by id from 6 on
	partition := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	partition.Partition, partition.Offset = 0, offset
	topic.Partitions = append(topic.Partitions, partition)
	commit.Topics = append(commit.Topics, topic)
	add := kmsg.NewPtrAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = "franz-go", id, epoch, "copies"
	added, err := add.RequestWith(ctx, client)
	must(err)
	must(kerr.ErrorForCode(added.ErrorCode))
	for tries := 0; ; tries++ {
		response, err := commit.RequestWith(ctx, client)
		must(err)
		err = kerr.ErrorForCode(response.Topics[0].Partitions[0].ErrorCode)
		if err == nil {
			return
		}
		if tries > 100 || !kerr.IsRetriable(err) {
			panic(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func topicID(client *kgo.Client, name string) [16]byte {
	metadata := kmsg.NewPtrMetadataRequest()
	asked := kmsg.NewMetadataRequestTopic()
	asked.Topic = &name
	metadata.Topics = append(metadata.Topics, asked)
	response, err := metadata.RequestWith(context.Background(), client)
	must(err)
	must(kerr.ErrorForCode(response.Topics[0].ErrorCode))
	return response.Topics[0].TopicID
}

func transactions(bootstrap, input, output string) {
	ctx := context.Background()
	first := producer(bootstrap)
	for i := 0; i < 10; i++ {
		must(first.BeginTransaction())
		for partition := int32(0); partition < 2; partition++ {
			must(send(first, output, partition, strconv.Itoa(i)))
		}
		sendOffset(first, input, int64(100+i))
		end, word := kgo.TryCommit, "committed"
		if i%3 == 2 {
			end, word = kgo.TryAbort, "aborted"
		}
		must(first.EndTransaction(ctx, end))
		fmt.Println(word, i)
	}
	must(first.BeginTransaction())
	must(send(first, output, 0, "zombie"))
	second := producer(bootstrap)
	must(second.BeginTransaction())
	must(send(second, output, 1, "successor"))
	must(second.EndTransaction(ctx, kgo.TryCommit))
	err := first.EndTransaction(ctx, kgo.TryCommit)
	if errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidTxnState) {
		fmt.Println("fenced")
	} else {
		fmt.Println("not fenced:", err)
	}
	second.Close()
	os.Exit(0)
}

func consume(bootstrap, topic, group, protocol string) {
	count := func(word string) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			fmt.Println(word, len(partitions[topic]))
		}
	}
	// A hook of one's own takes the place of franz-go's, which commits before partitions are given back and before it leaves.
	revoked := func(ctx context.Context, client *kgo.Client, partitions map[string][]int32) {
		must(client.CommitUncommittedOffsets(ctx))
		count("revoked")(ctx, client, partitions)
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(bootstrap, ",")...), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.AutoCommitInterval(200 * time.Millisecond), kgo.OnPartitionsAssigned(count("assigned")), kgo.OnPartitionsRevoked(revoked), kgo.OnPartitionsLost(count("lost")),
	}
	switch protocol {
	case "consumer":
		options = append(options, kgo.Balancers(kgo.StickyBalancer()), kgo.ServerSideBalancer())
	case "cooperative-sticky":
		options = append(options, kgo.Balancers(kgo.CooperativeStickyBalancer()), kgo.HeartbeatInterval(300*time.Millisecond))
	default:
		options = append(options, kgo.Balancers(kgo.RangeBalancer()), kgo.HeartbeatInterval(300*time.Millisecond))
	}
	client, err := kgo.NewClient(options...)
	must(err)
	polling, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	for polling.Err() == nil {
		fetches := client.PollFetches(polling)
		fetches.EachRecord(func(record *kgo.Record) { fmt.Println("record", record.Partition, record.Offset, string(record.Value)) })
	}
	client.Close()
}

func main() {
	args := append(os.Args[1:], "", "", "", "", "")
	switch args[0] {
	case "transactions":
		transactions(args[1], args[2], args[3])
	case "consume":
		consume(args[1], args[2], args[3], args[4])
	case "round-trip":
		roundTrip(args[1], args[2], args[3], args[4])
	default:
		panic("no such command: " + args[0])
	}
}
