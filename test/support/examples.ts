import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './lab.ts';

/** What the library makes public and documents with an example: the files of its functions and its one class. */
const documented = [
  'engine/access-roles.ts',
  'engine/draft-mesh.ts',
  'engine/explain-code.ts',
  'engine/moments.ts',
  'engine/open-mesh.ts',
  'engine/mesh-session.ts',
  'node-ports.ts',
  'base/error.ts',
  'base/remedy.ts',
];

/** A function, method or class with the text of its docstring's example. */
export interface Example {
  readonly name: string;
  readonly code: string;
}

/** The examples of the library's docstrings. */
export function docstringExamples(): readonly Example[] {
  return documented.flatMap((file) => examplesIn(readFileSync(join(checkout, 'src', file), 'utf8')));
}

function examplesIn(text: string): readonly Example[] {
  const pattern = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export (?:async )?(?:function|class) )?(\w+)/g;
  return [...text.matchAll(pattern)].flatMap(([, comment = '', name = '']) => {
    const [, example] = comment.split('@example');
    return example === undefined ? [] : [{ name, code: example.replaceAll(/^ *\* ?/gm, '').trim() }];
  });
}

/**
 * A program of the examples: opens a mesh as the example of `openMesh` does, then runs the example that its argument
 * names. The others see its `session`.
 */
export function examplesProgram(examples: readonly Example[]): string {
  const opening = examples.find(({ name }) => name === 'openMesh');
  if (opening === undefined) throw new Error('openMesh has no example');
  const cases = examples
    .filter((example) => example !== opening)
    .map(({ name, code }) => `  async ${name}() {\n${code.replaceAll(/^/gm, '    ')}\n  },`);
  return `import {
  accessRoles,
  differencesBetween,
  draftMesh,
  type EnginePorts,
  explainCode,
  IsthmusError,
  nodePorts,
  openMesh,
  partsOf,
  type UninstallPlan,
} from 'isthmus';

${opening.code}

const examples: Readonly<Record<string, () => Promise<void>>> = {
${cases.join('\n')}
};
const example = examples[process.argv[2] ?? ''];
if (example === undefined) throw new Error('there is no such example');
await example();
`;
}

/** The TypeScript program of a page: its only block of that language. */
export function programOf(page: string): string {
  const blocks = [...readFileSync(join(checkout, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)];
  const [first, ...others] = blocks.map(([, code = '']) => code);
  if (first === undefined || others.length > 0) throw new Error(`${page} holds ${blocks.length} programs`);
  return first;
}
