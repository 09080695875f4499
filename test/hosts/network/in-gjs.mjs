// gjs -m in-gjs.mjs FACTS, as one file with the package: the platform of examples/hosts on GLib's sockets. Without
// `crypto` in the platform the login is PLAIN, over TLS. `caFile` has the authority of the broker's certificate.
import { Kafka, string } from "odradek/core";
import Gio from "gi://Gio";
import { gioPlatform } from "../../../examples/hosts/gio-platform.mjs";
import { networkCells } from "./tries.mjs";

const { topic, plain, tls, sasl, caFile, username, password } = JSON.parse(ARGV[0]);
Gio.TlsBackend.get_default().set_default_database(Gio.TlsFileDatabase.new(caFile));
const platform = gioPlatform();
const cells = await networkCells(
  { Kafka, string },
  {
    topic,
    plain: { bootstrapServers: plain, platform },
    tls: { bootstrapServers: tls, platform, tls: true },
    sasl: { bootstrapServers: sasl, platform, tls: true, sasl: { mechanism: "PLAIN", username, password } },
  },
);
print(JSON.stringify(cells));
