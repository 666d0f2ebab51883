import { type Field, type Kind, kindsOfFile } from '../../src/api/fields.ts';
import { list } from './prose.ts';

const head = `# The mesh file, field by field

<!-- Generated from src/api by \`npm run docs\`. -->

Every kind and field of a mesh file, with its type, its default and what a value must be. \`isthmus explain KIND.FIELD\`
shows the same in a terminal, \`kubectl explain\` in a home cluster.

An editor completes and checks a mesh file by [its JSON Schema](../schemas/MeshFile.json). With the YAML language server
the first line of the file names it, as in every file of \`examples/\`:

\`\`\`yaml
# yaml-language-server: $schema=../../schemas/MeshFile.json
\`\`\`

A field that is marked with \`*\` must be given.
`;

/** docs/mesh-file.md. */
export function meshFilePage(): string {
  return `${[head, ...kindsOfFile().map(section)].join('\n')}`;
}

function section({ kind, document }: Kind): string {
  const entries = document.fields.flatMap(all).map((field) => entryOf(field, kind));
  return `## ${kind}\n\n${document.description}.\n\n${list(entries)}\n`;
}

function all(field: Field): readonly Field[] {
  return [field, ...field.fields.flatMap(all)];
}

function entryOf({ path, type, required, description, default: standard, limits }: Field, kind: string): string {
  const name = `\`${path.slice(kind.length + 1)}\`${required ? ' \\*' : ''}`;
  const more = [...(standard === undefined ? [] : [`default \`${standard}\``]), ...limits.map(limitText)];
  return `${name}, ${type}: ${[description, ...more].join('; ')}`;
}

function limitText(limit: string): string {
  return limit.replace(/matches (.*)$/, 'matches `$1`');
}
