import { WILDCARD } from "./acl.ts";

/**
 * An address as Java writes it, with which the hosts of access control entries are compared: without the port, and an
 * IPv6 address with all of its eight groups. An IPv4 client of a listener for both families has a mapped address, which
 * Java does not show.
 */
export function javaAddress(remote: string): string {
  const address = remote.replace(/:\d+$/, "").replace(/^::ffff:(?=\d+\.)/, "");
  const groups = address.includes(":") ? groupsOf(address) : undefined;
  return groups === undefined ? address : groups.map((group) => group.toString(16)).join(":");
}

/** Whether the host of an access control entry, an address or since Kafka 4.4 a range of them, includes a client's. */
export function includesHost(host: string, address: string): boolean {
  if (host === WILDCARD || host === address) return true;
  const range = host.includes("/") ? rangeOf(host) : undefined;
  return typeof range === "object" && isWithin(range, partsOf(address));
}

/** Whether a text is an IP address. As in Java, IPv4 addresses may be short: `10.1` is 10.0.0.1. */
export function isIpAddress(text: string): boolean {
  if (text.includes(":")) return groupsOf(text) !== undefined;
  const parts = text.split(".");
  if (parts.length > 4 || !parts.every((part) => /^\d{1,10}$/.test(part))) return false;
  // The last part stands for all bytes that are left.
  const most = [0, 0x1_0000_0000, 0x1_00_0000, 0x1_0000, 0x1_00][parts.length] ?? 0;
  return parts.every((part, i) => Number(part) < (i < parts.length - 1 ? 256 : most));
}

/** Why a host is no range of addresses although it has a `/`, in Kafka's words. */
export function rangeError(host: string): string | undefined {
  const range = host.includes("/") ? rangeOf(host) : undefined;
  return typeof range === "string" ? `Invalid CIDR notation '${host}': ${range}` : undefined;
}

/** The parts of an address: four of 8 bits, or eight of 16 bits. */
interface Parts {
  readonly parts: readonly number[];
  readonly bits: number;
}

interface AddressRange extends Parts {
  readonly prefixLength: number;
}

/** A range such as `10.0.0.0/8`; or, as a text, why it is none. */
function rangeOf(host: string): AddressRange | string {
  const [address = "", length = ""] = host.split(/\/(.*)/s);
  const network = partsOf(address);
  if (network === undefined || !/^\d{1,3}$/.test(length)) return `Could not parse [${host}]`;
  const allBits = network.parts.length * network.bits;
  const tooLarge = network.parts.find((part) => part >= 1 << network.bits);
  if (tooLarge !== undefined) return `Value [${tooLarge}] not in range [0,255]`;
  if (Number(length) > allBits) return `Value [${Number(length)}] not in range [0,${allBits}]`;
  return { ...network, prefixLength: Number(length) };
}

function isWithin({ parts, bits, prefixLength }: AddressRange, address: Parts | undefined): boolean {
  if (address?.bits !== bits) return false;
  return parts.every((part, i) => {
    const ignored = Math.min(bits, Math.max(0, (i + 1) * bits - prefixLength));
    return part >> ignored === (address.parts[i] ?? 0) >> ignored;
  });
}

function partsOf(address: string): Parts | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return { parts: address.split(".").map(Number), bits: 8 };
  const parts = address.includes(":") ? groupsOf(address) : undefined;
  return parts === undefined ? undefined : { parts, bits: 16 };
}

/** The eight groups of an IPv6 address. `::` stands for as many zeros as are missing. */
function groupsOf(address: string): readonly number[] | undefined {
  const halves = address.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const [first = [], last] = halves;
  const missing = 8 - first.length - (last?.length ?? 0);
  if (halves.length > 2 || (last === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...first, ...Array<string>(missing).fill("0"), ...(last ?? [])];
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
}
