import { type Attributes, type Span, SpanStatusCode } from "@opentelemetry/api";
import { brokerErrorName } from "../errors/broker-error.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { ERROR_TYPE } from "./conventions.ts";

/**
 * The class of an error, with few values: Kafka's name of a broker's error, the kind of another `KafkaError`, or the
 * name of an error's class.
 */
export function errorType(error: unknown): string {
  if (KafkaError.is(error)) return error.code === undefined ? error.kind : brokerErrorName(error.code);
  if (!(error instanceof Error)) return "_OTHER";
  return error.name === "" ? "Error" : error.name;
}

/** The attribute of a metric for an operation that may have failed. */
export function errorAttributes(error: unknown): Attributes {
  return error === undefined ? {} : { [ERROR_TYPE]: errorType(error) };
}

/** Marks the span of an operation as failed. */
export function failSpan(span: Span, error: unknown): void {
  span.setAttribute(ERROR_TYPE, errorType(error));
  const message = error instanceof Error ? error.message : String(error);
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
