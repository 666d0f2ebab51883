import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, startLab } from '../../lab/src/lab.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { refOf } from '../../src/objects/object.ts';
import { fieldManager, managedByLabel, managedByValue, meshLabel } from '../../src/objects/ownership.ts';
import { classify } from '../../src/remove/classify.ts';
import { readSurvey } from '../../src/remove/survey.ts';
import { newClusterRun } from '../../src/verify/cluster-run.ts';
import {
  expiresAnnotation,
  namespaceOf,
  type ProbeSpec,
  purposeLabel,
  purposeValue,
  supportOf,
} from '../../src/verify/manifests.ts';
import { sweep } from '../../src/verify/sweep.ts';
import { eventually } from '../support/eventually.ts';

/** What somebody with a few rights may do to the commands of somebody with all of them, at a real API server. */
let lab: Lab | undefined;
let west: KubeClient;
beforeAll(async () => {
  lab = await startLab({ name: 'hostile', clusters: [{ name: 'west', network: 'us' }], controlPlaneOnly: true });
  const config = await loadKubeconfig({ path: lab.kubeconfig, environment: {}, homeFolder: '/' });
  west = await connect(accessOfContext(config, 'west'), { ...testPorts, cluster: 'west' });
});
afterAll(async () => {
  await west?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

const signal = new AbortController().signal;
const group = 't.example';
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `things.${group}` },
  spec: {
    group,
    names: { kind: 'Thing', plural: 'things' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};

test('an object of thousands of levels leaves a survey whole, and a full list names it', async () => {
  await west.apply(definition, { fieldManager: 'tenant' });
  const kind = { apiVersion: `${group}/v1`, kind: 'Thing' };
  const deep = JSON.parse(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`);
  const path = `/apis/${group}/v1/namespaces/default/things`;
  const plain = { ...kind, metadata: { name: 'plain', namespace: 'default' } };
  await eventually(async () => void (await west.create(plain)), { timeoutMs: 60_000 });
  await west.raw({ method: 'POST', path, body: { ...kind, metadata: { name: 'deep' }, spec: deep } });
  const { objects, unreadable } = await readSurvey(west, { signal });
  const things = objects.filter((object) => object.kind === 'Thing').map(({ metadata }) => metadata.name);
  expect([things.toSorted(), unreadable]).toEqual([['deep', 'plain'], []]);
  const left: string[] = [];
  const read = await west.list(kind, { onUnreadable: ({ object }) => left.push(object) });
  expect([read.map(({ metadata }) => metadata.name), left]).toEqual([['plain'], ['Thing default/deep']]);
});

test('a sweep takes the namespaces of runs, and none that somebody labelled', async () => {
  const spec: ProbeSpec = {
    mesh: 'shop',
    namespace: 'isthmus-verify-0a1b2c3d',
    cluster: 'west',
    clusters: ['west'],
    image: 'probe',
    args: [],
    injectionLabels: {},
    expires: '2020-01-01T00:00:00Z',
    clientSeconds: 60,
    lifetimeSeconds: 60,
  };
  for (const object of [namespaceOf(spec), ...supportOf(spec)]) await west.create(object);
  const labels = { [managedByLabel]: managedByValue, [meshLabel]: 'shop', [purposeLabel]: purposeValue };
  const annotations = { [expiresAnnotation]: '2020-01-01T00:00:00Z' };
  for (const name of ['production', 'isthmus-verify-00000000']) {
    const metadata = { name, labels, annotations };
    await west.apply({ apiVersion: 'v1', kind: 'Namespace', metadata }, { fieldManager: 'tenant' });
  }
  const run = newClusterRun({ name: 'west', network: 'us' }, west, spec, '');
  await sweep(run, west, { clock: systemClock, signal });
  expect(run.state).toMatchObject({ swept: ['isthmus-verify-0a1b2c3d'] });
  expect(run.state.spared.map(({ namespace }) => namespace).toSorted()).toEqual([
    'isthmus-verify-00000000',
    'production',
  ]);
  for (const { namespace: name } of run.state.spared) {
    const found = await west.get({ apiVersion: 'v1', kind: 'Namespace', name });
    expect(found?.metadata.deletionTimestamp, name).toBeUndefined();
  }
});

test('a removal takes what was applied, and no copy of it', async () => {
  const metadata = { namespace: 'default', labels: { [managedByLabel]: managedByValue, [meshLabel]: 'shop' } };
  const object = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, name },
    data: { a: 'b' },
  });
  await west.apply(object('ours'), { fieldManager });
  await west.apply(object('copy'), { fieldManager: 'kubectl' });
  const { remove } = classify(await readSurvey(west, { signal }), {
    mesh: 'shop',
    reach: 'Mesh',
    definitions: 'Keep',
    inventory: [],
  });
  expect(remove.map(refOf).filter(({ kind }) => kind === 'ConfigMap')).toEqual([refOf(object('ours'))]);
});
