import { z } from 'zod';
import { type ReportKind, reports } from '../../src/report/reports.ts';

/** What is read here of JSON Schema (draft 2020-12). */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number | boolean)[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

export const kinds = Object.keys(reports) as readonly ReportKind[];

/** The published schema of a report: fields may be added to every object of it, so no schema forbids them. */
export function schemaOf(kind: ReportKind): JsonSchema {
  const { $schema, $defs = {} } = z.toJSONSchema(reports[kind], {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
      // The format says it shorter.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (isAnyString(jsonSchema.propertyNames)) delete jsonSchema.propertyNames;
    },
  }) as JsonSchema;
  const { [kind]: root, ...others } = $defs;
  return {
    ...($schema === undefined ? {} : { $schema }),
    $id: `https://isthmus.dev/schemas/v1alpha1/${kind}.json`,
    title: kind,
    ...root,
    ...(Object.keys(others).length === 0 ? {} : { $defs: others }),
  };
}

function isAnyString(schema: unknown): boolean {
  return JSON.stringify(schema) === '{"type":"string"}';
}
