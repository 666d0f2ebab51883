import { z } from 'zod';
import { definitions } from './crd.ts';

/** A field of a document as people read about it. */
export interface Field {
  /** From the kind on: `MeshCluster.spec.gateway.type`. */
  readonly path: string;
  readonly name: string;
  /** As `kubectl explain` writes types: `string`, `[]string`, `map[string]integer`, `Object`. */
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
  /** Written as JSON; undefined where there is none. */
  readonly default: string | undefined;
  /** What a value must be, besides its type, each without a full stop. */
  readonly limits: readonly string[];
  /** Those of the object, or of the objects of the list or map. */
  readonly fields: readonly Field[];
}

/** A kind of the mesh file: its document as a field, and the other names that kubectl knows it by. */
export interface Kind {
  readonly kind: string;
  readonly aliases: readonly string[];
  readonly document: Field;
}

/** What is read here of a JSON Schema. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | false;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string }[];
}

/** The kinds of the mesh file with all fields that a person writes, from the schemas that read the file. */
export function kindsOfFile(): readonly Kind[] {
  return definitions.map(({ kind, plural, shortName, schema }) => ({
    kind,
    aliases: [...new Set([plural, shortName])].filter((alias) => alias !== kind.toLowerCase()),
    document: fieldOf(z.toJSONSchema(schema, { io: 'input' }) as Schema, { path: kind, name: kind, required: true }),
  }));
}

function fieldOf(schema: Schema, place: Pick<Field, 'path' | 'name' | 'required'>): Field {
  const { properties = {}, required = [] } = schema.items ?? valuesOf(schema) ?? schema;
  return {
    ...place,
    type: typeOf(schema),
    description: schema.description ?? '',
    default: schema.default === undefined ? undefined : JSON.stringify(schema.default),
    limits: limitsOf(schema),
    fields: Object.entries(properties).map(([name, inner]) =>
      fieldOf(inner, { path: `${place.path}.${name}`, name, required: required.includes(name) }),
    ),
  };
}

/** What each value of a map is; undefined of an object with fields, and of one whose content is free. */
function valuesOf({ additionalProperties }: Schema): Schema | undefined {
  if (typeof additionalProperties !== 'object' || additionalProperties.type === undefined) return undefined;
  return additionalProperties;
}

function typeOf(schema: Schema): string {
  const { type, items } = schema;
  const values = valuesOf(schema);
  if (items !== undefined) return `[]${typeOf(items)}`;
  if (values !== undefined) return `map[string]${typeOf(values)}`;
  return type === 'object' ? 'Object' : (type ?? 'any');
}

function limitsOf(schema: Schema): readonly string[] {
  const each = schema.items ?? valuesOf(schema);
  const rules = schema['x-kubernetes-validations'] ?? [];
  return [
    ...(schema.const === undefined ? [] : [schema.const]),
    ...(schema.enum === undefined ? [] : [`one of ${schema.enum.join(', ')}`]),
    ...between('', [schema.minimum, schema.maximum]),
    ...between(' entries', [schema.minItems, schema.maxItems]),
    ...between(' characters', [schema.minLength, schema.maxLength]),
    ...(schema.pattern === undefined ? [] : [`matches ${schema.pattern}`]),
    ...rules.map(({ message }) => message),
    ...(each === undefined ? [] : limitsOf(each).map((limit) => `each: ${limit}`)),
  ];
}

function between(unit: string, [least, most]: readonly [number | undefined, number | undefined]): readonly string[] {
  // Of a number without a limit of its own the definitions hold those of 32 bits.
  const low = least === undefined || least <= -(2 ** 31) ? undefined : least;
  const high = most === undefined || most >= 2 ** 31 - 1 ? undefined : most;
  if (low !== undefined && high !== undefined) return [`${low} to ${high}${unit}`];
  if (low === 1 && unit !== '') return ['not empty'];
  if (low !== undefined) return [`at least ${low}${unit}`];
  return high === undefined ? [] : [`at most ${high}${unit}`];
}
