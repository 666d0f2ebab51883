import { describe, expect, test } from 'vitest';
import { clusterName, meshName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readMesh } from '../mesh/read.ts';
import { refKey, refOf } from '../objects/object.ts';
import type { Observed } from '../observe/observe.ts';
import { secretTexts } from '../observe/secret.ts';
import { createRoot } from '../pki/authority.ts';
import type { RootFiles } from '../pki/schema.ts';
import { rootToFiles } from '../pki/stored.ts';
import type { StagedObject } from '../plan/desired.ts';
import type { RootStore } from './root-store.ts';
import { type MeshTrust, resolveTrust } from './trust.ts';

const now = Date.parse('2030-01-01T00:00:00Z');
const year = 365 * 24 * 3_600_000;
const west = clusterName.parse('west');
const east = clusterName.parse('east');

const cluster = (name: string): string =>
  `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: ${name}}\n`;
const text = `apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n${cluster('west')}${cluster('east')}`;

function declaredMesh(): DeclaredMesh {
  const { declared, findings } = readMesh(text, 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return declared;
}

function store(files?: RootFiles | 'Keyless'): RootStore {
  return { read: async () => files, write: async () => undefined, folder: () => '/state/isthmus/shop' };
}

function holding(...objects: readonly (StagedObject | undefined)[]): Observed {
  const entries = objects.flatMap((one) =>
    one === undefined ? [] : [[refKey(refOf(one.object)), one.object] as const],
  );
  return { live: new Map(), whole: new Map(entries) };
}

interface Situation {
  readonly west?: Observed;
  readonly east?: Observed;
  readonly root?: RootFiles | 'Keyless';
  readonly at?: number;
}

function resolve(situation: Situation): Promise<MeshTrust> {
  return resolveTrust({
    declared: declaredMesh(),
    observed: new Map([
      [west, situation.west ?? holding()],
      [east, situation.east ?? holding()],
    ]),
    roots: store(situation.root),
    environment: { crypto: globalThis.crypto, now: situation.at ?? now },
  });
}

async function failure(work: Promise<unknown>): Promise<IsthmusError> {
  return await work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      if (error instanceof IsthmusError) return error;
      throw error;
    },
  );
}

describe('resolveTrust', () => {
  test('makes root, issuer and an intermediate per cluster where there is nothing', async () => {
    const trust = await resolve({});
    expect(trust).toMatchObject({ isNewIssuer: true, notices: [] });
    expect(trust.newRoot).toBeDefined();
    const [first, second] = [west, east].map((name) => secretTexts(trust.caCerts.get(name)?.object));
    expect(first?.['root-cert.pem']).toBe(second?.['root-cert.pem']);
    expect(first?.['ca-cert.pem']).not.toBe(second?.['ca-cert.pem']);
  });

  test('keeps what is there, to the letter', async () => {
    const before = await resolve({});
    const after = await resolve({
      west: holding(before.issuer, before.caCerts.get(west)),
      east: holding(before.caCerts.get(east)),
      at: now + year / 4,
    });
    expect(after).toMatchObject({ isNewIssuer: false, newRoot: undefined, rootFingerprint: before.rootFingerprint });
    expect(after.caCerts.get(east)?.object).toEqual(before.caCerts.get(east)?.object);
  });

  test('makes only what is missing, under the same root', async () => {
    const before = await resolve({});
    const after = await resolve({ west: holding(before.issuer, before.caCerts.get(west)) });
    expect(after.rootFingerprint).toBe(before.rootFingerprint);
    expect(after.caCerts.get(west)?.object).toEqual(before.caCerts.get(west)?.object);
    expect(after.caCerts.get(east)).toBeDefined();
  });

  test('a lost issuer is made anew under the root on this machine', async () => {
    const root = await createRoot({ mesh: meshName.parse('shop') }, { crypto: globalThis.crypto, now });
    const before = await resolve({ root: rootToFiles(root) });
    const after = await resolve({ root: rootToFiles(root), east: holding(before.caCerts.get(east)) });
    expect(after).toMatchObject({ isNewIssuer: true, newRoot: undefined, rootFingerprint: before.rootFingerprint });
  });

  test('asks for the key of a root that was taken offline', async () => {
    const error = await failure(resolve({ root: 'Keyless' }));
    expect(error).toMatchObject({ code: 'root-key-missing' });
    expect(error.hint).toContain('put root.key back into /state/isthmus/shop');
  });

  test('makes no second root beside certificates that exist', async () => {
    const before = await resolve({});
    const error = await failure(resolve({ east: holding(before.caCerts.get(east)) }));
    expect(error).toMatchObject({ code: 'root-key-missing' });
    expect(error.message).toContain('east already has a Secret istio-system/cacerts');
    expect(error.hint).toContain('/state/isthmus/shop');
  });

  test('refuses certificates of another root, naming each cluster', async () => {
    const [ours, theirs] = [await resolve({}), await resolve({})];
    const error = await failure(resolve({ west: holding(ours.issuer), east: holding(theirs.caCerts.get(east)) }));
    expect(error).toMatchObject({ code: 'trust-invalid' });
    expect(error.message).toMatch(/east: .*root/);
    expect(error.message).not.toContain('PRIVATE');
  });

  test('announces that an intermediate is due to be renewed, and refuses one that has expired', async () => {
    const before = await resolve({});
    const situation = {
      west: holding(before.issuer, before.caCerts.get(west)),
      east: holding(before.caCerts.get(east)),
    };
    const due = await resolve({ ...situation, at: now + 0.8 * year });
    expect(due.notices.map(({ cluster: name }) => name).sort()).toEqual(['east', 'west']);
    expect(await failure(resolve({ ...situation, at: now + 1.1 * year }))).toMatchObject({ code: 'trust-invalid' });
  });
});
