import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'src');

/** What each folder of src may import from src besides itself. A folder that is not in the table may not exist. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  api: [],
  objects: ['base'],
  mesh: ['base', 'api'],
  topology: ['base', 'api', 'mesh'],
  pki: ['base', 'api'],
  istio: ['base', 'api', 'objects', 'topology', 'pki'],
  discovery: ['base', 'objects'],
  plan: ['base', 'api', 'objects', 'mesh', 'topology', 'istio'],
  kube: ['base', 'objects'],
  probe: ['base', 'api', 'objects', 'kube'],
  fleet: ['base', 'api', 'objects', 'mesh', 'kube'],
  observe: ['base', 'api', 'objects', 'mesh', 'topology', 'pki', 'istio', 'plan', 'kube', 'fleet'],
  apply: ['base', 'api', 'objects', 'mesh', 'topology', 'pki', 'istio', 'plan', 'kube', 'fleet', 'observe'],
  verify: ['base', 'api', 'objects', 'mesh', 'topology', 'pki', 'istio', 'kube', 'fleet', 'probe'],
  remove: ['base', 'api', 'objects', 'mesh', 'topology', 'istio', 'kube', 'fleet', 'observe', 'apply'],
  join: [
    'base',
    'api',
    'objects',
    'mesh',
    'topology',
    'istio',
    'plan',
    'kube',
    'fleet',
    'observe',
    'apply',
    'probe',
    'verify',
    'remove',
  ],
  predict: ['base', 'objects', 'discovery'],
  snapshot: ['base', 'objects', 'discovery', 'istio', 'kube', 'observe'],
  cli: [
    'discovery',
    'predict',
    'snapshot',
    'base',
    'api',
    'objects',
    'mesh',
    'topology',
    'pki',
    'istio',
    'plan',
    'kube',
    'fleet',
    'observe',
    'apply',
    'verify',
    'remove',
    'join',
    'probe',
  ],
};

/** Folders whose result depends on their arguments alone: no platform module, clock, timer or randomness. */
const pure = ['base', 'api', 'objects', 'mesh', 'topology', 'pki', 'istio', 'discovery', 'predict', 'plan'];

/** Files of pure folders that hold an effect behind a port. */
const ports = [
  'src/base/system-clock.ts',
  'src/istio/render/istioctl.ts',
  'src/istio/render/helm.ts',
  'src/istio/render/program.ts',
  'src/istio/render/remember.ts',
  'src/istio/render/child.ts',
  'src/istio/render/cache-folder.ts',
];

/** The packages that a folder may use; a folder that is not listed uses none. */
const packages: Readonly<Record<string, readonly string[]>> = {
  api: ['zod'],
  mesh: ['zod', 'yaml'],
  pki: ['zod', '@peculiar/x509', 'reflect-metadata'],
  istio: ['zod', 'yaml'],
  discovery: ['yaml'],
  plan: ['zod'],
  kube: ['zod', 'yaml', 'undici'],
  fleet: ['zod'],
  observe: ['zod', 'yaml'],
  apply: ['zod'],
  probe: ['zod'],
  verify: ['zod'],
  remove: ['zod'],
  join: [],
  snapshot: ['zod', 'yaml'],
  cli: ['@stricli/core', 'zod', 'yaml'],
};

const forbidden =
  /\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|setImmediate\(|performance\.now\(|process\.)/;

interface Import {
  readonly specifier: string;
  readonly line: number;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(text: string): Import[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    specifier: match[1] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }));
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function violation(file: string, folder: string, { specifier }: Import): string | undefined {
  if (specifier.startsWith('.')) {
    const target = relative(source, resolve(dirname(file), specifier));
    if (target.startsWith('..')) return `imports ${specifier}, which is outside src`;
    const to = target.split('/')[0] ?? '';
    if (to === folder || allowed[folder]?.includes(to) || !target.includes('/')) return undefined;
    return `${folder} may not import ${to}`;
  }
  if (specifier.startsWith('node:')) {
    const isPort = ports.includes(relative(root, file));
    return pure.includes(folder) && !isPort ? `${folder} is pure and may not import ${specifier}` : undefined;
  }
  return packages[folder]?.includes(packageOf(specifier))
    ? undefined
    : `${folder} may not use the package ${specifier}`;
}

describe('architecture', () => {
  const files = sourceFiles(source).filter((file) => relative(source, file).includes('/'));

  test('imports follow the table', () => {
    const found: string[] = [];
    for (const file of files) {
      const folder = relative(source, file).split('/')[0] ?? '';
      if (!(folder in allowed)) found.push(`${relative(root, file)}: the folder ${folder} is not in the table`);
      for (const entry of importsOf(readFileSync(file, 'utf8'))) {
        const problem = violation(file, folder, entry);
        if (problem !== undefined) found.push(`${relative(root, file)}:${entry.line}: ${problem}`);
      }
    }
    expect(found).toEqual([]);
  });

  test('pure folders use no clock, timer, randomness or process', () => {
    const found: string[] = [];
    for (const file of files) {
      const folder = relative(source, file).split('/')[0] ?? '';
      if (!pure.includes(folder) || ports.includes(relative(root, file))) continue;
      readFileSync(file, 'utf8')
        .split('\n')
        .forEach((line, index) => {
          if (forbidden.test(line)) found.push(`${relative(root, file)}:${index + 1}: ${line.trim()}`);
        });
    }
    expect(found).toEqual([]);
  });

  test('nothing in src imports the lab, and every folder of the table exists', () => {
    const folders = new Set(files.map((file) => relative(source, file).split('/')[0]));
    expect([...Object.keys(allowed)].filter((folder) => !folders.has(folder))).toEqual([]);
  });

  test('docs/architecture.md has a sentence for every folder of src', () => {
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    expect(Object.keys(allowed).filter((folder) => !text.includes(`\`src/${folder}/\``))).toEqual([]);
  });
});
