import { z } from 'zod';
import type { ValuePath } from './form.ts';

/** A schema without what only changes whether a value must be there. */
function bare(schema: unknown): unknown {
  let current = schema;
  while (current instanceof z.ZodDefault || current instanceof z.ZodOptional || current instanceof z.ZodNullable) {
    current = current.unwrap();
  }
  return current;
}

function step(schema: unknown, segment: PropertyKey): unknown {
  const current = bare(schema);
  if (current instanceof z.ZodObject) return current.shape[String(segment)];
  if (current instanceof z.ZodArray) return current.element;
  if (current instanceof z.ZodRecord) return current.valueType;
  return undefined;
}

/** The keys that an object at a path may have, or none where the schema has no object there. */
export function keysAt(schema: z.ZodType, path: ValuePath): string[] {
  let current: unknown = schema;
  for (const segment of path) current = step(current, segment);
  const object = bare(current);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

/** The paths of the whole schema that end with a key: where a misplaced key belongs. */
export function pathsEndingWith(schema: z.ZodType, key: string): string[][] {
  const found: string[][] = [];
  const visit = (current: unknown, path: readonly string[]): void => {
    const object = bare(current);
    if (!(object instanceof z.ZodObject)) return;
    for (const [name, child] of Object.entries(object.shape)) {
      if (name === key) found.push([...path, name]);
      visit(child, [...path, name]);
    }
  };
  visit(schema, []);
  return found;
}
