import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digest } from '../apply/read/digest.ts';
import type { JsonObject } from '../base/json.ts';
import { answer, type ScriptedServer, startScripted, statusBody } from '../kube/testing/scripted-server.ts';
import { checkDocuments } from '../mesh/check/check-documents.ts';
import { clusterOf, meshOf } from '../mesh/testing/mesh-documents.ts';
import { nodePorts } from '../node-ports.ts';
import { declaredDigest, documentsOf, planFileText } from '../plan/plan-file.ts';
import type { MeshSession } from './mesh-session.ts';
import { openMesh } from './open-mesh.ts';
import type { UsersWord } from './source.ts';

const documents = [
  meshOf({ home: 'west' }),
  clusterOf('west'),
  clusterOf('bank', { access: { context: 'prod-bank-admin' } }),
];

/** A home cluster that keeps these documents. */
async function startHome(kept: readonly JsonObject[]): Promise<ScriptedServer> {
  const plurals = { meshes: 'Mesh', meshclusters: 'MeshCluster', meshservices: 'MeshService' };
  const resources = Object.entries(plurals).map(([resource, kind]) => ({
    resource,
    responseKind: { kind },
    scope: 'Namespaced',
  }));
  const group = { metadata: { name: 'isthmus.dev' }, versions: [{ version: 'v1alpha1', resources }] };
  return await startScripted(({ path }, response) => {
    if (path === '/api') return answer(response, 200, { kind: 'APIGroupDiscoveryList', items: [] });
    if (path === '/apis') return answer(response, 200, { kind: 'APIGroupDiscoveryList', items: [group] });
    const kind = Object.entries(plurals).find(([plural]) => path.endsWith(`/${plural}`))?.[1];
    if (kind === undefined) return answer(response, 404, statusBody(404, { reason: 'NotFound', message: 'no' }));
    return answer(response, 200, { metadata: {}, items: kept.filter((document) => document.kind === kind) });
  });
}

let folder: string;
let home: ScriptedServer;
let bank: ScriptedServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-word-'));
  home = await startHome(documents);
  bank = await startHome([]);
  const servers = { west: home, 'prod-bank-admin': bank };
  const clusters = Object.entries(servers).map(([name, { access }]) => ({ name, cluster: { server: access.server } }));
  const contexts = Object.keys(servers).map((name) => ({ name, context: { cluster: name, user: 'me' } }));
  const users = [{ name: 'me', user: {} }];
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify({ clusters, contexts, users }));
});
afterEach(async () => {
  await Promise.all([home[Symbol.asyncDispose](), bank[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true });
});

const ports = () => nodePorts({ KUBECONFIG: join(folder, 'kubeconfig'), PATH: '/nowhere' });

async function refused(opening: Promise<MeshSession>): Promise<void> {
  await expect(opening).rejects.toMatchObject({
    code: 'invalid-config',
    findings: [
      {
        code: 'value-not-given',
        at: { kind: 'MeshCluster', name: 'bank', field: 'spec.access.context' },
        remedy: expect.arrayContaining([{ do: 'Option', name: 'context', value: 'bank=prod-bank-admin' }]),
      },
    ],
  });
  expect(bank.arrived).toEqual([]);
}

async function reachesBank(opening: Promise<MeshSession>): Promise<void> {
  await using session = await opening;
  await session.status({ drift: 'Leave' });
  expect(bank.arrived.length).toBeGreaterThan(0);
}

const word: UsersWord = { contexts: { bank: 'prod-bank-admin' } };

describe('a mesh of a home cluster', () => {
  test('leads to no context that the user has not given', async () => {
    await refused(openMesh({ home: 'west' }, ports()));
    expect(new Set(home.arrived.map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  test.each(['Kept', 'PerCall'] as const)('leads to one that was given, with connections %s', async (connections) => {
    await reachesBank(openMesh({ home: 'west', ...word }, ports(), { connections }));
  });

  test('is named again with what was given', async () => {
    await using session = await openMesh({ home: 'west', ...word, accept: ['x'] }, ports());
    expect(session.origin).toEqual({ home: 'west', ...word, accept: ['x'] });
  });
});

describe('a plan that was made of a home cluster', () => {
  async function planOf(given: { readonly contexts?: Record<string, string> }): Promise<string> {
    const { declared } = checkDocuments(documents);
    if (declared === undefined) throw new Error('the documents are wrong');
    const path = join(folder, 'plan.json');
    const text = planFileText({
      madeAt: '2030-01-01T00:00:00.000Z',
      mesh: 'shop',
      source: { home: 'west', ...given },
      documents: [...documentsOf(declared)],
      declared: declaredDigest(declared, digest),
      clusters: [],
    });
    await writeFile(path, text);
    return path;
  }

  test('keeps what the user gave for it', async () => {
    await reachesBank(openMesh({ plan: await planOf({ contexts: { bank: 'prod-bank-admin' } }) }, ports()));
  });

  test('leads nowhere else', async () => {
    await refused(openMesh({ plan: await planOf({}) }, ports()));
  });
});
