package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

type settings struct {
	Mechanism, Username, Password, Token, Ca string
	Count, PauseMs                           int
}

func (s settings) mechanism() sasl.Mechanism {
	switch s.Mechanism {
	case "PLAIN":
		return plain.Auth{User: s.Username, Pass: s.Password}.AsMechanism()
	case "SCRAM-SHA-256":
		return scram.Auth{User: s.Username, Pass: s.Password}.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		return scram.Auth{User: s.Username, Pass: s.Password}.AsSha512Mechanism()
	case "OAUTHBEARER":
		return oauth.Auth{Token: s.Token}.AsMechanism()
	case "AWS_MSK_IAM": // the region comes from the environment
		return aws.Auth{AccessKey: s.Username, SecretKey: s.Password}.AsManagedStreamingIAMMechanism()
	}
	panic("no such mechanism: " + s.Mechanism)
}

func roundTrip(bootstrap, topic, group, text string) {
	var s settings
	must(json.Unmarshal([]byte(text), &s))
	authority, err := os.ReadFile(s.Ca)
	must(err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		panic("no certificate in " + s.Ca)
	}
	common := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(bootstrap, ",")...), kgo.DialTLSConfig(&tls.Config{RootCAs: roots}), kgo.SASL(s.mechanism()), kgo.AllowAutoTopicCreation(),
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := exchange(ctx, common, topic, group, s); err != nil {
		fmt.Println("failed", err)
	}
}

func exchange(ctx context.Context, common []kgo.Opt, topic, group string, s settings) error {
	producer, err := kgo.NewClient(common...)
	must(err)
	defer producer.Close()
	if err := producer.Ping(ctx); err != nil { // a producer would try a refused login again
		return err
	}
	for i := range s.Count {
		if err := producer.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte(strconv.Itoa(i))}).FirstErr(); err != nil {
			return err
		}
		time.Sleep(time.Duration(s.PauseMs) * time.Millisecond)
	}
	fmt.Println("produced", s.Count)
	consumer, err := kgo.NewClient(append(common, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	must(err)
	defer consumer.Close()
	for left := s.Count; left > 0; {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			fmt.Println("record", string(record.Value))
			left--
		})
	}
	return consumer.CommitUncommittedOffsets(ctx)
}
