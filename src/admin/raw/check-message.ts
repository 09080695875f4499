import { KafkaError } from "../../errors/kafka-error.ts";
import { reading, unknownName } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import type { FieldSpec } from "../../protocol/field-spec.ts";
import type { MessageSchema } from "../../protocol/schema.ts";

/**
 * Refuses a message that is no object, or that has a field which the API has in no version: the encoder would leave it
 * out silently. Values are checked by the encoder, whose error names the field. Throws kind `config`.
 */
export function checkMessage(schema: MessageSchema<unknown>, message: unknown): void {
  const path = `request: ${schema.name}`;
  reading(path, () => checkFields(schema.fields, message, path));
}

function checkFields(fields: readonly FieldSpec[], value: unknown, path: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new KafkaError("config", `${path} takes an object, not ${inWords(value)}`);
  const names = [...fields.map(([name]) => name), "unknownTaggedFields"];
  const unknown = unknownName(value, path, names, { noun: "field" });
  if (unknown !== undefined) throw unknown;
  for (const [name, type, , , children] of fields) {
    const inner = (value as Readonly<Record<string, unknown>>)[name];
    // The encoder names a value of a wrong type.
    if (children === undefined || typeof inner !== "object" || inner === null) continue;
    if (!type.startsWith("[]")) checkFields(children, inner, `${path}.${name}`);
    else if (Array.isArray(inner))
      for (const [i, element] of inner.entries()) checkFields(children, element, `${path}.${name}[${i}]`);
  }
}
