import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { pinnedImage } from '../scripts/pinned-image.ts';
import { sourceImage } from '../src/base/source-image.ts';

const root = resolve(import.meta.dirname, '..');

/**
 * What would fetch and run something under a name that is not ours: a package by its name, a runner that fetches what is
 * not installed, an image of a public registry, a script from the network.
 */
const strangers: readonly RegExp[] = [
  /\bnpx (?!--no )/,
  /\b(?:npm (?:exec|init|create)|yarn|pnpm|bunx|bun (?:add|x)|deno install|dlx)\b/,
  // A file has a path; FILE stands for one.
  /\bnpm (?:install|i|add)(?: -\S+)*(?= +[^\s./`'";|&)#-])(?! +FILE\b)(?! +takes\b)/,
  /\b(?:docker|podman|nerdctl|crictl|ctr(?: \S+)*) (?:pull|run|create)\b/,
  /\b(?:docker\.io|ghcr\.io|quay\.io|gcr\.io|public\.ecr\.aws|registry\.npmjs\.org)\/[^\s'"`]*isthmus/,
  /(?<![.\w])isthmus\/isthmus\b/,
  // A manifest of krew is a file.
  /\bkubectl krew install\b(?! --manifest \S+ --archive )/,
  /\b(?:brew|pip3?|pipx|gem|cargo) install\b|\bgo (?:install|run) [^\s`']+@/,
  // A chart in a folder, or in an archive that lies here, is a file.
  /\bhelm (?:repo add|install|upgrade|pull) (?!\S+ \.\/(?:charts\/|\S+\.tgz))[^\n]*isthmus|oci:\/\/[^\s'"`]*isthmus/,
  /\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo )?(?:ba|z)?sh\b/,
];

const places = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'NOTICE', 'Makefile', 'package.json'];
const folders = ['docs', 'examples', 'src', 'scripts', 'bench', 'lab', 'charts'];

/** Every page, message, example, manifest and script that a reader may follow or that runs for one. */
function written(): readonly string[] {
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:md|ts|ya?ml|json|sh)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/\/node_modules\/|\.test\.ts$/.test(file)),
  );
  return [...places.map((place) => join(root, place)), ...found];
}

test('nothing that we say or ship fetches what is under a name that is not ours', () => {
  const files = written();
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, at) =>
        strangers.some((one) => one.test(line)) ? [`${relative(root, file)}:${at + 1}: ${line.trim()}`] : [],
      ),
  );
  expect(found).toEqual([]);
});

test.each([
  'npx isthmus apply -f mesh.yaml',
  'npx lab up west:us',
  'npm install --global isthmus',
  'npm i isthmus',
  'npm exec isthmus',
  'pnpm dlx isthmus',
  'docker run isthmus',
  'image: docker.io/isthmus/isthmus:0.1.0',
  'image: isthmus/isthmus:0.1.0',
  'helm install isthmus oci://ghcr.io/isthmus/chart',
  'kubectl krew install isthmus',
  'helm install isthmus isthmus-operator-0.1.0.tgz',
  'curl -sL https://isthmus.example/install | sh',
])('%s would be found', (line) => {
  expect(strangers.some((one) => one.test(line))).toBe(true);
});

test.each([
  'npm ci',
  'npm install --global ./isthmus-0.1.0.tgz        # the file, not the name',
  '`npm install FILE` takes it into a project',
  'npx --no lab up west:us east:eu',
  `image: ${sourceImage('0.1.0')}`,
  'kubectl krew install --manifest isthmus.yaml --archive isthmus-0.1.0-linux-amd64.tar.gz',
  'helm install operator ./isthmus-operator-0.1.0.tgz',
])('%s would not', (line) => {
  expect(strangers.some((one) => one.test(line))).toBe(false);
});

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
}

test('every package of a build comes from the registry by its digest, and few may run a script', () => {
  const { packages } = readJson<{ packages: Readonly<Record<string, Locked>> }>('package-lock.json');
  const fetched = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && link !== true,
  );
  expect(fetched.length).toBeGreaterThan(100);
  for (const [path, { resolved, integrity }] of fetched) {
    expect(resolved ?? 'https://registry.npmjs.org/', path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    expect(integrity, path).toMatch(/^sha512-/);
  }
  const { allowScripts } = readJson<{ allowScripts: Readonly<Record<string, boolean>> }>('package.json');
  const named = fetched
    .filter(([, one]) => one.hasInstallScript === true)
    .map(([path]) => path.split('node_modules/').at(-1));
  const decided = Object.keys(allowScripts).map((name) => name.replace(/(?<=.)@.*$/, ''));
  expect(decided).toEqual(expect.arrayContaining([...new Set(named)]));
});

test('an image is pinned by its digest, and by no tag', () => {
  const image = `registry.example:5000/team/isthmus@sha256:${'0'.repeat(64)}`;
  expect(JSON.parse(pinnedImage(image))).toEqual({ image });
  for (const tagged of ['registry.example/isthmus:0.1.0', 'isthmus', `${image}0`, `${image}\n`]) {
    expect(() => pinnedImage(tagged)).toThrow('by its digest');
  }
});
