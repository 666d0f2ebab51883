import type { Field, Kind } from '../../api/fields.ts';
import { table } from '../shell/table.ts';
import { wrapped as wrappedWords } from '../shell/wrap.ts';

const width = 80;

/** The kinds, one a line. */
export function kindsText(kinds: readonly Kind[]): string {
  const rows = kinds.flatMap(({ kind, aliases, document }) => {
    // Below the names are columns of 30 characters at most.
    const [first = '', ...more] = wrappedWords(document.description, width - 34);
    return [[kind, aliases.join(', '), first], ...more.map((line) => ['', '', line])];
  });
  return `${table([['KIND', 'ALSO', 'DESCRIPTION'], ...rows])}\n\n\`isthmus explain KIND.FIELD\` describes a field.\n`;
}

/** A field with its description and the fields in it. */
export function fieldText(kind: string, field: Field): string {
  const details = detailsOf(field);
  const parts = [
    heading(kind, field),
    `DESCRIPTION:\n${wrapped(`${field.description}.`, '  ')}${details.map((line) => `\n${wrapped(line, '  ')}`).join('')}`,
    ...(field.fields.length === 0 ? [] : [`FIELDS:\n${field.fields.map(entryText).join('\n\n')}`]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A field with the names and types of everything in it. */
export function treeText(kind: string, field: Field): string {
  const lines = field.fields.flatMap((inner) => branchLines(inner, '  '));
  return `${[heading(kind, field), ...(lines.length === 0 ? [] : [`FIELDS:\n${lines.join('\n')}`])].join('\n\n')}\n`;
}

function heading(kind: string, { path, type }: Field): string {
  const rows = [
    ['KIND:', kind],
    ['VERSION:', 'isthmus.dev/v1alpha1'],
    ...(path === kind ? [] : [['FIELD:', `${path} <${type}>`]]),
  ];
  return table(rows);
}

function entryText(field: Field): string {
  const lines = [`  ${signature(field)}`, wrapped(`${field.description}.`, '    ')];
  return [...lines, ...detailsOf(field).map((line) => wrapped(line, '    '))].join('\n');
}

function signature({ name, type, required }: Field): string {
  return `${name} <${type}>${required ? ' -required-' : ''}`;
}

function branchLines(field: Field, indent: string): readonly string[] {
  return [`${indent}${signature(field)}`, ...field.fields.flatMap((inner) => branchLines(inner, `${indent}  `))];
}

function detailsOf(field: Field): readonly string[] {
  return [
    ...(field.default === undefined ? [] : [`Default: ${field.default}`]),
    ...(field.limits.length === 0 ? [] : [`Limits: ${field.limits.join('; ')}`]),
  ];
}

/** Words in lines of at most 80 columns. */
function wrapped(text: string, indent: string): string {
  return wrappedWords(text, width - indent.length)
    .map((line) => `${indent}${line}`)
    .join('\n');
}
