import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { twoNetworks } from '../predict/testing/fake-mesh.ts';
import { withApiDefaults } from './api-defaults.ts';
import { readSnapshotFolder, writeSnapshotFolder } from './folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-snapshot-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n';

test('what was written is read again', async () => {
  const { clusters, istiods } = twoNetworks();
  const asServed = clusters.map(({ cluster, objects }) => ({ cluster, objects: objects.map(withApiDefaults) }));
  const unreadKinds = { east: { Node: 'you may not list nodes' } };
  const resolutions = { 'gw.example.com': ['1.2.3.4'] };
  const unasked = { west: 'you may not create pods/portforward' };
  const snapshot = { clusters: asServed, istiods, resolutions, unasked, unreadKinds };
  const stored = { snapshot, takenAt: '2026-01-01T00:00:00.000Z', gaps: ['east: Node objects could not be read'] };
  await writeSnapshotFolder(folder, stored, [{ kind: 'Mesh' }]);
  const read = await readSnapshotFolder(folder);
  const byName = (one: typeof snapshot) => [...one.clusters].sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
  expect(byName({ ...snapshot, ...read.snapshot } as typeof snapshot)).toEqual(byName(snapshot));
  expect(read).toMatchObject({ takenAt: stored.takenAt, gaps: stored.gaps });
  expect(read.snapshot).toMatchObject({ istiods: snapshot.istiods, resolutions, unasked, unreadKinds });
});

test('what an API server fills in, and the level that Helm leaves out, need not be written', async () => {
  await file('west/objects.yaml', `${service}spec: {ports: [{port: 80}]}\n`);
  await file('istiods.yaml', '- {cluster: west, meshNetworks: {us: {endpoints: [{fromRegistry: west}]}}}\n');
  const { snapshot } = await readSnapshotFolder(folder);
  expect(snapshot.clusters[0]?.objects[0]?.spec).toMatchObject({ ports: [{ targetPort: 80, protocol: 'TCP' }] });
  expect(snapshot.istiods[0]?.meshNetworks).toEqual({ networks: { us: { endpoints: [{ fromRegistry: 'west' }] } } });
});

test('nobody but the user may read it, whatever the folder and the umask were', async () => {
  const snapshot = twoNetworks();
  await chmod(folder, 0o755);
  const before = process.umask(0);
  try {
    await writeSnapshotFolder(folder, { snapshot, takenAt: '2026-01-01T00:00:00.000Z', gaps: [] }, [{ kind: 'Mesh' }]);
  } finally {
    process.umask(before);
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const modes = entries.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mode & 0o777);
  expect(new Set(await Promise.all(modes))).toEqual(new Set([0o700, 0o600]));
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('a folder written by hand needs no more than clusters and the names of istiods', async () => {
  await file('west/objects.yaml', `${service}---\n${service.replace('web', 'api')}`);
  await file('east/objects.yaml', `apiVersion: v1\nkind: List\nitems:\n- ${service.trim().replaceAll('\n', '\n  ')}\n`);
  await file('istiods.yaml', '- cluster: west\n- {cluster: east, remotes: [], flags: {PILOT_X: true}}\n');
  const { snapshot, takenAt } = await readSnapshotFolder(folder);
  expect(takenAt).toBeUndefined();
  expect(
    snapshot.clusters.map(({ cluster, objects }) => [cluster, objects.map(({ metadata }) => metadata.name)]),
  ).toEqual([
    ['east', ['web']],
    ['west', ['web', 'api']],
  ]);
  expect(snapshot.istiods).toEqual([
    expect.objectContaining({
      cluster: 'west',
      runsIn: 'west',
      serves: ['west'],
      remotes: ['east'],
      domain: 'cluster.local',
    }),
    expect.objectContaining({ cluster: 'east', remotes: [], flags: { PILOT_X: 'true' } }),
  ]);
});

describe('a folder that is not as it should be', () => {
  const istiods = '- cluster: west\n';
  test.each([
    ['has no cluster', {}, /holds no cluster/],
    ['lacks istiods.yaml', { 'west/objects.yaml': service }, /istiods\.yaml does not exist/],
    [
      'has a cluster without objects',
      { 'west/other.yaml': '', 'istiods.yaml': istiods },
      /objects\.yaml does not exist/,
    ],
    [
      'has YAML that is none',
      { 'west/objects.yaml': `${service}---\na: [1\n`, 'istiods.yaml': istiods },
      /objects\.yaml:\d+:\d+: /,
    ],
    [
      'has a document that is no object',
      { 'west/objects.yaml': `${service}---\nhello: 1\n`, 'istiods.yaml': istiods },
      /document 2 is no Kubernetes object/,
    ],
    [
      'has an object whose kind is misspelt',
      { 'west/objects.yaml': service.replace('kind: Service', 'kind: Servise'), 'istiods.yaml': istiods },
      /west\/objects\.yaml: Servise .*predictions read no Servise of v1/,
    ],
    [
      'has an istiod without a cluster',
      { 'west/objects.yaml': service, 'istiods.yaml': '- runsIn: west\n' },
      /istiods\.yaml at 0\.cluster: /,
    ],
    [
      'has a misspelt field',
      { 'west/objects.yaml': service, 'istiods.yaml': '- {cluster: west, server: [west]}\n' },
      /istiods\.yaml at 0: .*server/,
    ],
    ['has no list of istiods', { 'west/objects.yaml': service, 'istiods.yaml': 'cluster: west\n' }, /istiods\.yaml: /],
    [
      'has facts that are none',
      { 'west/objects.yaml': service, 'istiods.yaml': istiods, 'facts.yaml': 'takenAt: now\n' },
      /facts\.yaml at takenAt: /,
    ],
  ])('%s', async (_, files, message) => {
    for (const [name, text] of Object.entries(files)) await file(name, text);
    await expect(readSnapshotFolder(folder)).rejects.toThrow(message);
  });

  test('is not there', async () => {
    await expect(readSnapshotFolder(join(folder, 'none'))).rejects.toMatchObject({ code: 'file-unreadable' });
  });
});

describe('a snapshot that someone else wrote to do harm', () => {
  const bomb = Array.from({ length: 8 }, (_, index) => `  a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}]`);
  const deepYaml = `spec: ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`;
  const deepJson = `spec: ${'{a: '.repeat(300)}1${'}'.repeat(300)}\n`;

  test.each([
    ['an alias bomb', `${service}spec:\n  a0: &a0 [x, x]\n${bomb.join('\n')}\n`, /aliases/],
    ['an alias of nothing', `${service}spec: *nothing\n`, /alias/],
    ['nesting that exhausts the parser', service + deepYaml, /nested more than 200 levels/],
    ['nesting that would exhaust others', service + deepJson, /document 1 \(Service shop\/web\).*nested more than 200/],
  ])('%s is a fault of its file, and no defect of ours', async (_, content, message) => {
    await file('west/objects.yaml', content);
    await file('istiods.yaml', '- cluster: west\n');
    await expect(readSnapshotFolder(folder)).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(readSnapshotFolder(folder)).rejects.toThrow(message);
  });

  test('a link in the place of the folder of a cluster is not followed', async () => {
    await file('elsewhere/objects.yaml', service);
    await file('snapshot/istiods.yaml', '- cluster: west\n');
    await symlink(join(folder, 'elsewhere'), join(folder, 'snapshot/west'));
    await expect(readSnapshotFolder(join(folder, 'snapshot'))).rejects.toThrow(/holds no cluster/);
  });

  test('a link to a file of the reader, which is no snapshot, shows nothing of it', async () => {
    const text = 'ssh-rsa AAAAB3NzaC1yc2E: [the-s3cret';
    await file('elsewhere', text);
    await file('istiods.yaml', '- cluster: west\n');
    await mkdir(join(folder, 'west'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'west/objects.yaml'));
    const error: unknown = await readSnapshotFolder(folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid-config' });
    expect(inspect(error, { depth: 9 })).not.toMatch(/s3cret|AAAAB3/);
  });
});

test('objects are written as JSON, and read as well where a person wrote YAML between them', async () => {
  const { clusters, istiods } = twoNetworks();
  await writeSnapshotFolder(folder, { snapshot: { clusters, istiods, resolutions: {} }, takenAt: undefined, gaps: [] });
  const before = await readSnapshotFolder(folder);
  const path = join(folder, 'east/objects.yaml');
  const written = await readFile(path, 'utf8');
  const documents = written.split(/^---\n/m);
  expect(documents.map((text) => JSON.parse(text).kind)).toEqual(
    clusters.find(({ cluster }) => cluster === 'east')?.objects.map(({ kind }) => kind),
  );
  await writeFile(path, `${service}---\n${written}`);
  const { objects = [] } =
    (await readSnapshotFolder(folder)).snapshot.clusters.find(({ cluster }) => cluster === 'east') ?? {};
  expect(objects[0]).toMatchObject({ kind: 'Service', metadata: { name: 'web', namespace: 'shop' } });
  expect(objects.slice(1)).toEqual(before.snapshot.clusters.find(({ cluster }) => cluster === 'east')?.objects);
});
