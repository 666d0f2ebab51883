import { z } from 'zod';

/** How many values of an enumeration are tried. */
const valuesTried = 16;

/** Values of a schema with `text` wherever any text may stand; every member of every union is among them. */
export function samplesOf(schema: z.ZodType, text: string): readonly unknown[] {
  if (schema instanceof z.ZodObject) return objectsOf(schema.shape, text);
  if (schema instanceof z.ZodArray) return [samplesOf(schema.element as z.ZodType, text)];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => samplesOf(one as z.ZodType, text));
  if (schema instanceof z.ZodNullable) return [...samplesOf(schema.unwrap() as z.ZodType, text), null];
  if (schema instanceof z.ZodEnum) return schema.options.slice(0, valuesTried);
  if (schema instanceof z.ZodLiteral) return [...schema.values];
  if (schema instanceof z.ZodReadonly || schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional) {
    return samplesOf(schema.unwrap() as z.ZodType, text);
  }
  if (schema instanceof z.ZodRecord) return [recordOf(schema, text)];
  return [simpleOf(schema, text)];
}

function recordOf(schema: z.ZodRecord, text: string): object {
  const [key] = samplesOf(schema.keyType as z.ZodType, text);
  return { [String(key)]: samplesOf(schema.valueType as z.ZodType, text)[0] };
}

/** As many objects as the field with most samples has; the samples of the others repeat. */
function objectsOf(shape: Readonly<Record<string, unknown>>, text: string): readonly object[] {
  const fields = Object.entries(shape).map(([name, field]) => [name, samplesOf(field as z.ZodType, text)] as const);
  const count = Math.max(1, ...fields.map(([, samples]) => samples.length));
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(fields.map(([name, samples]) => [name, samples[index % samples.length]])),
  );
}

function simpleOf(schema: z.ZodType, text: string): unknown {
  if (schema instanceof z.ZodISODateTime) return '2026-01-01T00:00:00Z';
  if (schema instanceof z.ZodString) return text;
  if (schema instanceof z.ZodNumber) return 2;
  if (schema instanceof z.ZodBoolean) return true;
  if (schema instanceof z.ZodAny) return { [text]: text };
  throw new Error(`no sample of ${schema.type}`);
}
