import { errorCodes } from '../../src/base/error.ts';
import { findingCodes } from '../../src/base/finding.ts';
import { remedyText } from '../../src/cli/shell/remedy-text.ts';
import { errorCatalog, findingCatalog } from '../../src/diagnose/catalog/catalog.ts';
import type { CatalogEntry } from '../../src/diagnose/catalog/entry.ts';
import { example, paragraph } from './prose.ts';

const head = `# Findings and errors

<!-- Generated from src/diagnose/catalog by \`npm run docs\`. -->

Every code that Isthmus reports, with the message as it is shown, what it means, how it is established and what to do.

A **finding** is yours to correct: in the mesh file, in a cluster, or between clusters. Findings are collected and shown
all at once, each with what was seen and what to do about it; nothing is written to any cluster while one about the mesh
file is an error. [JSON output](json.md) has its fields.

An **error** means that an operation, or one cluster's part of it, could not go on. It names the object and the cluster
it is about and ends with a hint: the next command, or the field to change.

The codes are stable: scripts may rely on them. The sentences are not.
`;

/** docs/errors.md. */
export function errorsPage(): string {
  return `${[
    head,
    '## Findings\n',
    ...findingCodes.map((code) => entryText(code, findingCatalog[code])),
    '## Errors\n',
    ...errorCodes.map((code) => entryText(code, errorCatalog[code])),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

function entryText(code: string, { shown, means, established, remedy }: CatalogEntry): string {
  const todo = remedyText(remedy, { source: '' });
  return `### \`${code}\`

${example(shown)}

${paragraph(means)}

${paragraph(`**How it is established.** ${established}`)}

${paragraph(`**What to do.** ${todo.charAt(0).toUpperCase()}${todo.slice(1)}.`)}
`;
}
