import { KafkaError } from "../errors/kafka-error.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { utf8Length } from "../wire/utf8.ts";
import { decodeMessage } from "./decode.ts";
import { type DecodingSteps, decodeInSteps } from "./decode-in-steps.ts";
import { encodeMessage } from "./encode.ts";
import { located, within } from "./field-path.ts";
import type { Api, Input } from "./schema.ts";

/**
 * ApiVersions responses have header version 0 in every version, so that a client can read the response of a broker
 * whose versions it does not know yet.
 */
const API_VERSIONS_KEY = 18;

/** The header of a request, and a reader positioned at the body. */
export interface RequestFrame {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly reader: ByteReader;
}

/** A decoded response. */
export interface ResponseFrame<Res> {
  readonly correlationId: number;
  readonly message: Res;
}

/**
 * Encodes a whole request as chunks: size, header (version 1, or 2 with tags) and body. Large byte fields are passed on
 * by reference.
 */
export function encodeRequest<Req, Res>(
  api: Api<Req, Res>,
  message: Input<Req>,
  version: number,
  correlationId: number,
  clientId: string | null,
): Uint8Array[] {
  const writer = new ByteWriter();
  writer.int32(0);
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(correlationId);
  writeClientId(writer, clientId);
  if (api.request.isFlexible(version)) writer.unsignedVarint(0);
  encodeMessage(api.request, message, version, writer);
  writer.patchInt32(0, writer.size - 4);
  return writer.finish();
}

/**
 * The client id never has a compact length, not even in header version 2: a broker must be able to read it before it
 * knows the version.
 */
function writeClientId(writer: ByteWriter, clientId: string | null): void {
  if (clientId === null) {
    writer.int16(-1);
    return;
  }
  const length = utf8Length(clientId);
  writer.int16(length);
  writer.text(clientId, length);
}

/** The correlation id of a response frame without its size. */
export function peekCorrelationId(frame: Uint8Array): number {
  return new ByteReader(frame).int32();
}

/** Decodes a response frame without its size. */
export function decodeResponse<Req, Res>(api: Api<Req, Res>, frame: Uint8Array, version: number): ResponseFrame<Res> {
  const reader = new ByteReader(frame);
  const correlationId = responseHeader(api, reader, version);
  return { correlationId, message: decodeMessage(api.response, reader, version) };
}

/** Decodes the message of a response frame, without its size, in steps. */
export function responseInSteps<Req, Res>(api: Api<Req, Res>, frame: Uint8Array, version: number): DecodingSteps<Res> {
  const reader = new ByteReader(frame);
  responseHeader(api, reader, version);
  return decodeInSteps(api.response, reader, version);
}

/** Reads the header of a response. Returns the correlation id. */
function responseHeader<Req, Res>(api: Api<Req, Res>, reader: ByteReader, version: number): number {
  const correlationId = reader.int32();
  try {
    if (responseHasTags(api, version)) skipTags(reader);
  } catch (error) {
    throw located(within(error, ".header"), api.response.name, version);
  }
  return correlationId;
}

/**
 * Decodes the header of a request frame without its size. `flexible` returns whether a version of an API has header
 * version 2.
 */
export function decodeRequest(frame: Uint8Array, flexible: (apiKey: number, version: number) => boolean): RequestFrame {
  const reader = new ByteReader(frame);
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const length = reader.int16();
  if (length < -1) throw new KafkaError("protocol", `a client id of ${length} bytes`);
  const clientId = length === -1 ? null : reader.text(length);
  if (flexible(apiKey, apiVersion)) skipTags(reader);
  return { apiKey, apiVersion, correlationId, clientId, reader };
}

/** Encodes a whole response as chunks: size, header (version 0, or 1 with tags) and body. */
export function encodeResponse<Req, Res>(
  api: Api<Req, Res>,
  message: Input<Res>,
  version: number,
  correlationId: number,
): Uint8Array[] {
  const writer = new ByteWriter();
  writer.int32(0);
  writer.int32(correlationId);
  if (responseHasTags(api, version)) writer.unsignedVarint(0);
  encodeMessage(api.response, message, version, writer);
  writer.patchInt32(0, writer.size - 4);
  return writer.finish();
}

function responseHasTags<Req, Res>(api: Api<Req, Res>, version: number): boolean {
  return api.key !== API_VERSIONS_KEY && api.response.isFlexible(version);
}

function skipTags(reader: ByteReader): void {
  for (let count = reader.unsignedVarint(); count > 0; count--) {
    reader.unsignedVarint();
    reader.take(reader.unsignedVarint());
  }
}
