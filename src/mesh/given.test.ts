import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import { homeDocuments } from '../plan/documents.ts';
import { documentsOf } from '../plan/plan-file.ts';
import { checkDocuments } from './check/check-documents.ts';
import type { DeclaredMesh, MeshReading } from './declared.ts';
import { type Given, withGiven } from './given.ts';
import { clusterOf, meshOf } from './testing/mesh-documents.ts';

/** The documents of a home cluster that the user reaches by the context `w`. */
function read(documents: readonly JsonObject[], given: Omit<Given, 'home'> = {}): MeshReading {
  const { declared, findings } = checkDocuments(documents);
  if (declared === undefined) throw new Error(findings.map(({ message }) => message).join('; '));
  return withGiven(declared, { home: 'w', ...given });
}

/** The field and the flag of each finding. */
function asked({ findings }: MeshReading): readonly unknown[] {
  return findings.map(({ at, remedy }) => [
    at !== undefined && 'field' in at ? `${at.kind} ${at.name} ${at.field}` : undefined,
    typeof remedy === 'string' ? remedy : remedy.at(-1),
  ]);
}

function accessOf({ declared }: MeshReading, name: string): unknown {
  return declared?.clusters.find(({ metadata }) => metadata.name === name)?.spec.access;
}

const context = (value: string): object => ({ do: 'Option', name: 'context', value });
const accept = (value: string): object => ({ do: 'Option', name: 'accept', value });

const files = { certificate: '/home/me/i.pem', privateKey: '/home/me/.ssh/id_ed25519', root: '/home/me/r.pem' };

/** What somebody with write access in isthmus-system of the home cluster says. */
const hostile = [
  meshOf({
    home: 'west',
    istio: { version: '1.31', renderer: 'Helm', charts: 'https://attacker.example/charts' },
    trust: { issuer: { files } },
  }),
  clusterOf('west', { access: { context: 'prod-west-admin' } }),
  clusterOf('bank', { access: { context: 'prod-bank-admin' } }),
  clusterOf('prod-shop'),
  clusterOf('exec', { access: { kubeconfig: './kubeconfig-in-the-working-directory' } }),
  clusterOf('evil', { access: { secret: 'evil' } }),
  clusterOf('pod', { access: { inCluster: {} } }),
];

describe('documents of a home cluster', () => {
  test('choose no context, kubeconfig, Secret, chart or file: each is named with its document, field, value and flag', () => {
    const reading = read(hostile);
    expect(reading.declared).toBeUndefined();
    expect(asked(reading)).toEqual([
      ['Mesh shop spec.istio.charts', accept('https://attacker.example/charts')],
      ['Mesh shop spec.trust.issuer.files.certificate', accept(files.certificate)],
      ['Mesh shop spec.trust.issuer.files.privateKey', accept(files.privateKey)],
      ['Mesh shop spec.trust.issuer.files.root', accept(files.root)],
      ['MeshCluster bank spec.access.context', context('bank=prod-bank-admin')],
      ['MeshCluster prod-shop spec.access.context', context('prod-shop=prod-shop')],
      ['MeshCluster exec spec.access.context', context('exec=exec')],
      ['MeshCluster exec spec.access.kubeconfig', accept('./kubeconfig-in-the-working-directory')],
      ['MeshCluster evil spec.access.secret', accept('evil')],
      ['MeshCluster pod spec.access.inCluster', accept('inCluster')],
    ]);
    expect(reading.findings.map(({ message }) => message)).toContain(
      'MeshCluster bank of the home cluster: spec.access.context is "prod-bank-admin", and it counts only where you give the same',
    );
    for (const { code, severity } of reading.findings) expect([code, severity]).toEqual(['value-not-given', 'error']);
  });

  test('count where the user gives the same', () => {
    const contexts = { bank: 'prod-bank-admin', 'prod-shop': 'prod-shop', exec: 'exec' };
    const given = ['https://attacker.example/charts', ...Object.values(files), 'evil', 'inCluster'];
    const reading = read(hostile, { contexts, accept: [...given, './kubeconfig-in-the-working-directory'] });
    expect(reading.findings).toEqual([]);
    expect(accessOf(reading, 'bank')).toEqual({ context: 'prod-bank-admin' });
    expect(accessOf(reading, 'exec')).toEqual({
      context: 'exec',
      kubeconfig: './kubeconfig-in-the-working-directory',
    });
    expect(accessOf(reading, 'evil')).toEqual({ secret: 'evil' });
    expect(reading.declared?.mesh.spec.istio.charts).toBe('https://attacker.example/charts');
  });

  test('are read by the context of the home, whatever they say of it', () => {
    const reading = read([
      meshOf({ home: 'west' }),
      clusterOf('west', { access: { kubeconfig: './x', context: 'y' } }),
    ]);
    expect(accessOf(reading, 'west')).toEqual({ context: 'w' });
    expect(reading.declared?.home.spec.access).toEqual({ context: 'w' });
  });

  test('make no other cluster the home without a word', () => {
    const reading = read([meshOf({ home: 'bank' }), clusterOf('west'), clusterOf('bank')]);
    expect(asked(reading)).toEqual([['MeshCluster west spec.access.context', context('west=west')]]);
  });

  test('have a kubeconfig of their own left out where the user gives a context alone', () => {
    const reading = read(
      [meshOf({ home: 'west' }), clusterOf('west'), clusterOf('exec', { access: { kubeconfig: './x' } })],
      {
        contexts: { exec: 'mine' },
      },
    );
    expect(accessOf(reading, 'exec')).toEqual({ context: 'mine' });
  });

  test('need no contexts where the caller connects, and still no files and charts', () => {
    const reading = read(hostile, { connects: 'ByCaller' });
    expect(reading.findings.map(({ at }) => (at !== undefined && 'kind' in at ? at.kind : ''))).toEqual(
      Array.from({ length: 4 }, () => 'Mesh'),
    );
  });

  test('give a typing error in a name away', () => {
    const reading = read([meshOf({ home: 'west' }), clusterOf('west'), clusterOf('east')], {
      contexts: { esat: 'e', east: 'e', ['__proto__']: 'e' },
    });
    expect(reading.findings).toMatchObject([
      { code: 'cluster-unknown', remedy: 'write east, or leave it out' },
      { code: 'cluster-unknown' },
    ]);
  });
});

test('the home cluster keeps its documents: the contexts of one user do not go there', () => {
  const documents = [meshOf({ home: 'west' }), clusterOf('west'), clusterOf('east', { access: { context: 'theirs' } })];
  const { declared } = read(documents, { contexts: { east: 'mine' } });
  const mesh = declared as DeclaredMesh;
  expect(mesh.clusters[1]?.spec.access).toEqual({ context: 'mine' });
  const kept = homeDocuments(mesh).filter(({ kind }) => kind === 'MeshCluster');
  expect(kept).toMatchObject([{ spec: { access: {} } }, { spec: { access: { context: 'theirs' } } }]);
  expect(documentsOf(mesh)[2]).toMatchObject({ spec: { access: { context: 'theirs' } } });
  expect(JSON.stringify([kept, documentsOf(mesh)])).not.toMatch(/mine|"w"/);
});
