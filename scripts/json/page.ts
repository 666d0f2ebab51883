import type { ReportKind } from '../../src/report/reports.ts';
import { paragraph } from '../docs/prose.ts';
import { fieldList } from './field-list.ts';
import { type JsonSchema, kinds, schemaOf } from './schemas.ts';
import { ending, introduction, type Section, sections, shared } from './sections.ts';
import { type Headings, refOf, typeText } from './types.ts';

/** docs/json.md. */
export function page(): string {
  const book = readBook();
  const common = book.named.filter((name) => book.sectionsWith(name).length > 1);
  return `${[
    introduction,
    ...sections.flatMap((section) => sectionText(section, book)),
    `## ${shared.title}`,
    shared.text,
    ...common.flatMap((name) => definitionText(name, book)),
    ending,
  ]
    .flatMap((text) => text.split('\n\n'))
    .map((text) => (/^(?:#|\||- |```| {4})/.test(text) ? text : paragraph(text.replaceAll('\n', ' '))))
    .join('\n\n')}\n`;
}

/** Everything that the page knows of the schemas. */
interface Book extends Headings {
  readonly reports: Readonly<Record<string, JsonSchema>>;
  /** What has a heading of its own. */
  readonly named: readonly string[];
  /** The sections whose reports hold the definition. */
  readonly sectionsWith: (name: string) => readonly Section[];
}

function readBook(): Book {
  const reports = Object.fromEntries(kinds.map((kind) => [kind, schemaOf(kind)]));
  const definitions: Record<string, JsonSchema> = {};
  for (const { $defs = {} } of Object.values(reports)) Object.assign(definitions, $defs);
  const named = Object.keys(definitions).filter((name) => !(name in reports) && hasHeading(definitions[name]));
  const sectionsWith = (name: string): readonly Section[] =>
    sections.filter(({ reports: [...own] }) => own.some(({ kind }) => holds(kind, name, { reports, definitions })));
  const anchorOf = (name: string): string | undefined => {
    const home = sections.find(({ reports: own }) => own.some(({ kind }) => kind === name));
    return home?.title ?? (named.includes(name) ? name.toLowerCase() : undefined);
  };
  return { reports, definitions, named, sectionsWith, anchorOf };
}

/** Objects have a list of fields, and a remedy is worth a word; unions and closed lists stand where they are used. */
function hasHeading(definition: JsonSchema | undefined): boolean {
  return definition?.properties !== undefined || definition?.type === 'array';
}

/** Whether a report holds a definition, other than inside a report that it holds. */
function holds(
  kind: ReportKind,
  name: string,
  { reports, definitions }: Pick<Book, 'reports' | 'definitions'>,
): boolean {
  const seen = new Set<string>();
  const visit = (schema: JsonSchema): void => {
    for (const ref of refsIn(schema)) {
      if (seen.has(ref) || ref in reports) continue;
      seen.add(ref);
      visit(definitions[ref] ?? {});
    }
  };
  visit({ ...reports[kind], $defs: {} });
  return seen.has(name);
}

function refsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { $ref } = value as JsonSchema;
  const own = typeof $ref === 'string' ? [refOf({ $ref }) ?? ''] : [];
  return [...own, ...Object.values(value).flatMap(refsIn)];
}

function sectionText(section: Section, book: Book): readonly string[] {
  const own = book.named.filter((name) => {
    const [first, ...others] = book.sectionsWith(name);
    return first === section && others.length === 0;
  });
  return [
    `## ${section.title}`,
    ...section.reports.flatMap(({ kind, printed }) => {
      const report = book.reports[kind] ?? {};
      return [`${printed}: \`${kind}\`. ${report.description ?? ''}`, fieldList(report, book)];
    }),
    ...(section.after === undefined ? [] : [section.after]),
    ...own.flatMap((name) => definitionText(name, book)),
  ];
}

function definitionText(name: string, book: Book): readonly string[] {
  const definition = book.definitions[name] ?? {};
  const { description = '' } = definition;
  const heading = `### ${name}`;
  if (definition.properties !== undefined) return [heading, description, fieldList(definition, book)];
  return [heading, description, `JSON: ${typeText({ ...definition, description: '' }, book)}.`];
}
