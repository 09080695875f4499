"""librdkafka, with TLS, against any cluster: says in plain lines what came of it.

round-trip BOOTSTRAP TOPIC GROUP SETTINGS   "produced N", "record V"; "failed ERROR" at the end if it was refused
"""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "packages"))

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer  # noqa: E402


def end(line):
    print(line)
    sys.stdout.flush()
    os._exit(0)  # a client that was refused would try again while it closes


def on_error(error):
    if error.code() == KafkaError._AUTHENTICATION:
        end(f"failed {error}")


def secured(bootstrap, settings):
    config = {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": settings["ca"],
        "sasl.mechanism": settings["mechanism"],
        "error_cb": on_error,
    }
    if settings["mechanism"] == "OAUTHBEARER":
        config["oauth_cb"] = lambda _: (settings["token"], time.time() + 3600)
    else:
        config["sasl.username"] = settings["username"]
        config["sasl.password"] = settings["password"]
    return config


def produce(bootstrap, topic, settings):
    def delivered(error, _):
        if error is not None:
            end(f"failed {error}")

    producer = Producer(secured(bootstrap, settings))
    for i in range(settings["count"]):
        producer.produce(topic, str(i), on_delivery=delivered)
        if producer.flush(30) > 0:
            end("failed no answer within 30 s")
        time.sleep(settings.get("pauseMs", 0) / 1000)
    print(f"produced {settings['count']}")


def consume(bootstrap, topic, group, settings):
    config = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer({**secured(bootstrap, settings), **config})
    consumer.subscribe([topic])
    left = settings["count"]
    while left > 0:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            end(f"failed {message.error()}")
        print(f"record {message.value().decode()}")
        left -= 1
    consumer.commit(asynchronous=False)
    consumer.close()


def main(command, bootstrap, topic, group, settings):
    if command != "round-trip":
        raise SystemExit(f"no such command: {command}")
    settings = json.loads(settings)
    try:
        produce(bootstrap, topic, settings)
        consume(bootstrap, topic, group, settings)
    except KafkaException as error:
        end(f"failed {error}")


main(*sys.argv[1:])
