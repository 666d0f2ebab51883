import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'src');

/** What a folder of src may import from src besides itself, and why just that. */
interface Row {
  readonly may: readonly string[];
  readonly because: string;
}

/** A folder that is not in the table may not exist. */
const rows: Readonly<Record<string, Row>> = {
  base: { may: [], because: 'it knows nothing of Kubernetes, so that everything may stand on it' },
  api: { may: [], because: 'the kinds are read by people and by other programs: they depend on nothing of ours' },
  objects: { may: ['base'], because: 'an object is JSON with a name' },
  mesh: { may: ['base', 'api', 'objects'], because: 'documents become a declared mesh or findings' },
  topology: { may: ['api', 'mesh'], because: 'it follows from the declared mesh alone' },
  pki: { may: ['base', 'api'], because: 'certificates know lifetimes and algorithms of the kinds, and no cluster' },
  istio: {
    may: ['base', 'api', 'objects', 'topology'],
    because: "Istio's objects follow from the topology and the trust, whatever the clusters hold",
  },
  discovery: {
    may: ['base', 'objects'],
    because: "the model of istiod reads Kubernetes' objects as istiod does, and nothing that we declare",
  },
  predict: { may: ['base', 'objects', 'discovery'], because: 'it follows requests through the model' },
  plan: {
    may: ['base', 'api', 'objects', 'mesh', 'topology', 'istio'],
    because: 'it compares what the mesh wants with plain objects, wherever those were read',
  },
  diagnose: {
    may: ['base', 'api', 'objects', 'topology', 'pki', 'istio'],
    because: 'a rule from facts to a finding needs the words of the mesh and of Istio, and never a cluster',
  },
  rights: {
    may: ['base', 'api', 'objects', 'istio', 'topology'],
    because: 'what a command may need to do follows from what it does and from the topology, whatever a cluster says',
  },
  install: {
    may: ['base', 'api', 'objects', 'rights'],
    because: 'what an operator is made of in a cluster follows from the kinds and the rights alone',
  },
  kube: { may: ['base', 'objects'], because: 'a client for one API server knows no mesh' },
  probe: { may: ['base', 'kube'], because: 'it runs alone in a pod, and writes to one API server at most' },
  fleet: {
    may: ['base', 'api', 'objects', 'pki', 'kube'],
    because:
      'it connects what the mesh declares, before anything is known of it; kubeconfigs are encrypted where they are stored',
  },
  observe: {
    may: ['base', 'api', 'objects', 'topology', 'pki', 'istio', 'kube'],
    because: 'it reads facts, which need no plan',
  },
  trust: {
    may: ['base', 'api', 'objects', 'mesh', 'topology', 'pki', 'istio', 'plan', 'diagnose', 'kube', 'observe'],
    because: 'it decides who signs what from what the clusters hold; applying that is left to others',
  },
  status: {
    may: ['base', 'api', 'objects', 'topology', 'pki', 'istio', 'diagnose', 'kube', 'observe'],
    because: 'it reads facts for the checks of diagnose, and changes nothing',
  },
  apply: {
    may: [
      ...['base', 'api', 'objects', 'mesh', 'topology', 'pki', 'istio', 'plan', 'diagnose', 'kube', 'fleet', 'observe'],
      ...['trust'],
    ],
    because: 'it carries plans out, and needs no report of what other parts found',
  },
  verify: {
    may: ['base', 'objects', 'diagnose', 'kube', 'probe'],
    because: 'it proves the mesh from outside: nothing that made the mesh may help it to pass',
  },
  remove: {
    may: ['base', 'api', 'objects', 'mesh', 'topology', 'istio', 'plan', 'kube', 'fleet', 'observe'],
    because: 'it takes out by the inventory what the apply wrote',
  },
  join: {
    may: [
      ...['base', 'api', 'objects', 'mesh', 'topology', 'istio', 'diagnose', 'kube', 'fleet'],
      ...['probe', 'verify', 'remove'],
    ],
    because: 'it tries beforehand what an apply, a verify and a leave would meet',
  },
  undo: {
    may: ['base', 'api', 'objects', 'istio', 'plan', 'kube', 'observe', 'probe'],
    because: 'it puts back what it has recorded, in a pod of the cluster, whatever became of the one who wrote it',
  },
  drill: {
    may: ['base', 'objects', 'istio', 'kube', 'observe', 'probe', 'verify', 'undo', 'shift'],
    because: 'it breaks one thing under a load, its own or one that is counted as in a shift, and has it repaired',
  },
  shift: {
    may: ['base', 'api', 'objects', 'mesh', 'istio', 'plan', 'kube', 'fleet', 'observe', 'undo'],
    because: 'it writes the weights that an apply would write, and proves and undoes them; the model is asked before',
  },
  guard: {
    may: ['base', 'objects', 'istio', 'plan', 'kube', 'observe', 'undo', 'shift'],
    because: 'it watches what an apply wrote by what a shift reads, and has it undone; the model is asked before',
  },
  keep: {
    may: ['base', 'api', 'objects', 'kube'],
    because:
      'it elects who keeps a mesh, tells it what changed and writes down what it saw: what is done about it is not its own',
  },
  snapshot: {
    may: ['base', 'objects', 'discovery', 'istio', 'kube', 'observe'],
    because: 'it keeps the facts that the model and the status read, and plays them back',
  },
  report: {
    may: ['base'],
    because: 'the contract is what every shell shows: it depends on nothing that makes it',
  },
  engine: {
    may: [
      ...['base', 'api', 'objects', 'mesh', 'topology', 'pki', 'istio', 'diagnose', 'discovery', 'predict', 'plan'],
      ...['kube', 'fleet', 'observe', 'trust', 'status', 'apply', 'verify', 'remove', 'join', 'snapshot', 'report'],
      ...['probe', 'rights', 'keep', 'install', 'shift', 'drill', 'undo', 'guard'],
    ],
    because: 'a use case ties everything below the shells together, and knows no shell',
  },
  wording: { may: ['base'], because: 'a remedy is worded once: a shell adds what it alone knows' },
  operator: {
    may: ['base', 'api', 'engine', 'report', 'wording'],
    because:
      'a shell beside the command line: it decides when the engine works, and says in conditions what it reports',
  },
  dashboard: {
    may: ['base', 'engine', 'report'],
    because: 'a shell that shows reports to a browser: it words nothing, for the shell that starts it knows how',
  },
  cli: {
    may: ['base', 'api', 'engine', 'report', 'wording'],
    because:
      'a shell words what the engine reports, and the kinds that a person writes; what it lacks is missing in the engine',
  },
};

/** What the files that stand in src itself may import; every folder may import them. */
const rootFiles: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['api', 'base', 'engine', 'report'],
  'dashboard-process.ts': ['dashboard'],
  'node-ports.ts': ['base', 'engine'],
  'operator-process.ts': ['operator'],
  'package-file.ts': [],
  'package-image.ts': [],
  'package-page.ts': [],
  'package-schema.ts': [],
  'package-version.ts': [],
};

/** The files of the engine that a shell may import, and the functions that they export besides types. */
const engineDoors: Readonly<Record<string, readonly string[]>> = {
  'engine/access-roles.ts': ['accessRoles'],
  'engine/draft-mesh.ts': ['draftMesh'],
  'engine/events.ts': [],
  'engine/explain-code.ts': ['explainCode'],
  'engine/home-session.ts': [],
  'engine/known-names.ts': ['knownNames'],
  'engine/mesh-session.ts': [],
  'engine/moments.ts': ['readMoments', 'differencesBetween'],
  'engine/open-home.ts': ['openHome'],
  'engine/open-mesh.ts': ['openMesh'],
  'engine/operator/grant.ts': ['grantOperator'],
  'engine/operator/install.ts': ['operatorManifests', 'installOperator'],
  'engine/operator/options.ts': [],
  'engine/operator/remove.ts': ['removeOperator'],
  'engine/operator/status.ts': ['operatorStatus'],
  'engine/options.ts': [],
  'engine/ports.ts': [],
  'engine/probe.ts': ['runProbe'],
  'engine/own-version.ts': ['ownVersion'],
  'engine/source.ts': [],
};

const shells = ['cli', 'dashboard', 'operator'];

/** Folders whose result depends on their arguments alone: no platform module, clock, timer or randomness. */
const pure = [
  'base',
  'api',
  'objects',
  'mesh',
  'topology',
  'pki',
  'istio',
  'discovery',
  'predict',
  'plan',
  'diagnose',
  'report',
  'rights',
  'install',
  'wording',
];

/** Files of pure folders that hold an effect behind a port. */
const ports = [
  'src/base/system-clock.ts',
  'src/base/whole-file.ts',
  'src/istio/render/istioctl.ts',
  'src/istio/render/helm.ts',
  'src/istio/render/renderers.ts',
  'src/istio/render/program.ts',
  'src/istio/render/remember.ts',
  'src/base/child.ts',
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
  report: ['zod'],
  engine: [],
  probe: ['zod'],
  undo: ['zod'],
  verify: ['zod'],
  remove: ['zod'],
  join: [],
  snapshot: ['zod', 'yaml'],
  operator: ['pino', 'prom-client'],
  cli: ['@stricli/core', 'zod', 'yaml'],
};

/** Files that make regular expressions of constants, of numbers, or of a text that they escape. */
const ownExpressions = [
  'src/cli/shell/foreign-text.ts',
  'src/discovery/re2/char-set.ts',
  'src/discovery/values/ip.ts',
  'src/istio/authentication.ts',
];

/** Files that write to a stream of the process: the one writer, which cleans, and those that write our own words or ask with clean ones. */
const writers = [
  'src/cli/shell/confirm.ts',
  'src/cli/shell/context.ts',
  'src/cli/shell/interrupt.ts',
  'src/cli/start.ts',
];

/** What the page in the browser may import as values: how one state is made of findings, and the paths that it asks. */
const pageValues = ['src/base/finding.ts', 'src/dashboard/messages.ts', 'src/mesh/split-at.ts'];

/** The worker of the page alone runs the model, so that a slider is answered without a request; and shows names as visible. */
const workerFile = 'ui/src/model/worker.ts';
const workerValues = [
  'src/base/error.ts',
  'src/dashboard/messages.ts',
  'src/engine/model.ts',
  'src/wording/visible.ts',
];

/** The files whose types it may import. */
const pageTypes = /^src\/(report\/[a-z-]+|dashboard\/messages|engine\/(model|options))\.ts$/;

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

function pageSources(): readonly string[] {
  return readdirSync(join(root, 'ui/src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(root, 'ui/src', name));
}

function valuesFor(file: string): readonly string[] {
  return relative(root, file) === workerFile ? workerValues : pageValues;
}

/** The files that a file imports as values, and those that they do. */
function reachedFrom(file: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*? from '(\.[^']+)';/gms,
  )) {
    reachedFrom(resolve(dirname(file), path), found);
  }
  return found;
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
    return wayViolation(folder, relative(source, resolve(dirname(file), specifier)));
  }
  if (specifier.startsWith('node:')) {
    const isPort = ports.includes(relative(root, file));
    return pure.includes(folder) && !isPort ? `${folder} is pure and may not import ${specifier}` : undefined;
  }
  return packages[folder]?.includes(packageOf(specifier))
    ? undefined
    : `${folder} may not use the package ${specifier}`;
}

function wayViolation(folder: string, target: string): string | undefined {
  if (target.startsWith('..')) return `imports ${target}, which is outside src`;
  const to = target.split('/')[0] ?? '';
  if (to === 'engine' && folder !== 'engine' && !(target in engineDoors)) return `${target} is no door of the engine`;
  const may = rows[folder]?.may ?? rootFiles[folder] ?? [];
  return to === folder || may.includes(to) || target in rootFiles ? undefined : `${folder} may not import ${to}`;
}

/** Each circle once, from its first file in order. */
function circlesOf(targets: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) circles.push([...way.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...way, file]);
    done.add(file);
  };
  for (const file of [...targets.keys()].toSorted()) visit(file, []);
  return circles;
}

describe('architecture', () => {
  const files = sourceFiles(source);

  test('imports follow the table', () => {
    const found: string[] = [];
    for (const file of files) {
      const folder = relative(source, file).split('/')[0] ?? '';
      if (!(folder in rows) && !(folder in rootFiles))
        found.push(`${relative(root, file)}: the folder ${folder} is not in the table`);
      for (const entry of importsOf(readFileSync(file, 'utf8'))) {
        const problem = violation(file, folder, entry);
        if (problem !== undefined) found.push(`${relative(root, file)}:${entry.line}: ${problem}`);
      }
    }
    expect(found).toEqual([]);
  });

  test('the doors of the engine export use cases and types alone', () => {
    const found = Object.entries(engineDoors).map(([file, functions]) => {
      const text = readFileSync(join(source, file), 'utf8');
      const values = [...text.matchAll(/^export (?:async )?(?:function|const|class|let) (\w+)/gm)].map(
        ([, name]) => name,
      );
      return [file, values, functions] as const;
    });
    for (const [file, values, functions] of found) expect(values, file).toEqual(functions);
  });

  test('every function of a session answers with a report of the contract', () => {
    const text = readFileSync(join(source, 'engine/mesh-session.ts'), 'utf8');
    const reports = [...text.matchAll(/^import type \{ ([^}]+) \} from '\.\.\/report\//gm)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    const answers = [...text.matchAll(/^ {2}\w+\(.*\): (?:Promise<)?(?:readonly )?(\w+)/gm)].map(
      ([, name = '']) => name,
    );
    expect(answers.length).toBeGreaterThanOrEqual(15);
    // What predictions are made from is no answer, but what answers come from elsewhere.
    expect(answers.filter((name) => !reports.includes(name))).toEqual(['TrafficFacts']);
  });

  test('shells do not import each other', () => {
    for (const shell of shells) expect(rows[shell]?.may.filter((to) => shells.includes(to))).toEqual([]);
  });

  test('every row of the table is needed', () => {
    const used = new Map(Object.keys(rows).map((folder) => [folder, new Set<string>()]));
    for (const file of files) {
      const folder = relative(source, file).split('/')[0] ?? '';
      for (const { specifier } of importsOf(readFileSync(file, 'utf8'))) {
        if (!specifier.startsWith('.')) continue;
        used.get(folder)?.add(relative(source, resolve(dirname(file), specifier)).split('/')[0] ?? '');
      }
    }
    const unused = Object.entries(rows).flatMap(([folder, { may }]) =>
      may.filter((to) => used.get(folder)?.has(to) === false).map((to) => `${folder} does not import ${to}`),
    );
    expect(unused).toEqual([]);
  });

  test('no imports go round in a circle, those of types included', () => {
    const targets = new Map(
      files.map((file) => [
        file,
        importsOf(readFileSync(file, 'utf8')).flatMap(({ specifier }) =>
          specifier.startsWith('.') ? [resolve(dirname(file), specifier)] : [],
        ),
      ]),
    );
    const circles = circlesOf(targets).map((circle) => circle.map((file) => relative(root, file)).join(' → '));
    expect(circles).toEqual([]);
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

  test('no text from outside becomes a regular expression of JavaScript, which may run for hours', () => {
    const found = files
      .filter((file) => /\b(new )?RegExp\(/.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file));
    expect(found.toSorted()).toEqual(ownExpressions.toSorted());
  });

  test('texts of others reach the terminal by one writer alone', () => {
    const streams = /^(?!\s*(\*|\/\/)).*(console\.\w+\(|(stdout|stderr)\.write\(|process\.(stdout|stderr))/m;
    const found = files.filter((file) => streams.test(readFileSync(file, 'utf8'))).map((file) => relative(root, file));
    expect(found.toSorted()).toEqual(writers);
  });

  test('the page shows reports and has no rules: of the sources it takes types, and what few files say', () => {
    const found = pageSources().flatMap((file) => {
      const imports = [...readFileSync(file, 'utf8').matchAll(/^import (type )?[^;]*? from '(\.[^']+)';/gms)];
      return imports
        .map(([, type, path = '']) => ({ type, target: relative(root, resolve(dirname(file), path)) }))
        .filter(
          ({ type, target }) =>
            !target.startsWith('ui/src/') &&
            !(type === undefined ? valuesFor(file).includes(target) : pageTypes.test(target)),
        )
        .map(({ target }) => `${relative(root, file)} imports ${target}`);
    });
    expect(found).toEqual([]);
  });

  test('what the model in the browser is made of is pure, and brings no schemas along', () => {
    const reached = [...reachedFrom(join(root, workerFile))].map((file) => relative(root, file));
    const isPure = (file: string): boolean => pure.some((folder) => file.startsWith(`src/${folder}/`));
    const others = [workerFile, 'src/dashboard/messages.ts', 'src/engine/model.ts'];
    expect(
      reached.filter((file) => !isPure(file) && !file.startsWith('src/engine/reporting/') && !others.includes(file)),
    ).toEqual([]);
    const imported = new Set(
      reached
        .flatMap((file) => importsOf(readFileSync(join(root, file), 'utf8')))
        .map(({ specifier }) => specifier)
        .filter((one) => !one.startsWith('.')),
    );
    expect([...imported]).toEqual(['yaml']);
  });

  test('nothing in src imports the lab, and every folder of the table exists', () => {
    const folders = new Set(files.map((file) => relative(source, file).split('/')[0] ?? ''));
    expect([...Object.keys(rows)].filter((folder) => !folders.has(folder))).toEqual([]);
  });

  test('docs/architecture.md has a sentence for every folder of src', () => {
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    expect(Object.keys(rows).filter((folder) => !text.includes(`\`src/${folder}/\``))).toEqual([]);
  });
});
