import type { Field, Kind } from '../../api/fields.ts';
import { table } from '../shell/table.ts';

const width = 80;

/** The kinds, one a line. */
export function kindsText(kinds: readonly Kind[]): string {
  const rows = kinds.map(({ kind, aliases, document }) => [kind, aliases.join(', '), document.description]);
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

/** Words in lines of at most 80 columns; what is longer than a line stands alone. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}
