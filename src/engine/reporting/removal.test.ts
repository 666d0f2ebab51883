import { expect, test } from 'vitest';
import { expectContract } from '../../../test/support/contract.ts';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import type { KubeObject } from '../../objects/object.ts';
import type { Verdict } from '../../remove/classify.ts';
import type { Proof } from '../../remove/proof.ts';
import type { RemovalReport, RemovedFacts } from '../../remove/report.ts';
import { uninstallPlan, uninstallReport } from '../../report/uninstall.ts';
import { removalPlan, removalReport } from './removal.ts';

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')];
const error = new IsthmusError('timeout', 'no answer', { remedy: 'try again' });
const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'theirs' };

function object(kind: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name } };
}

const proof: Proof = {
  kinds: 61,
  objects: 420,
  left: { Secret: 1 },
  finalizers: 0,
  webhooks: 0,
  definitionsKept: 1,
  definitionsClaimed: ['gateways.networking.istio.io'],
  namespacesKept: [{ namespace: 'shop', foreign: [ref] }],
  unreleased: ['shop'],
  unreadable: [],
  unread: ['metrics.k8s.io/v1'],
};

const facts: RemovedFacts = {
  removed: { Deployment: 2 },
  released: ['shop'],
  stripped: [{ object: ref, finalizers: ['a/b'] }],
  stuck: [{ object: ref, reason: 'a finalizer', finalizers: ['a/b'] }],
  sidecars: { shop: 3 },
};

const removed: RemovalReport = {
  mesh: 'shop',
  clusters: [{ cluster: west, outcome: 'Removed', ...facts, proof }],
  peerSecrets: [{ cluster: east, removed: 'west' }],
  peerFailures: [],
  seconds: 1,
};

const verdict: Verdict = {
  remove: [object('Deployment', 'istiod')],
  release: [object('Namespace', 'shop')],
  namespaces: [{ namespace: object('Namespace', 'istio-system'), foreign: [ref], contents: { Secret: 4 } }],
  keptDefinitions: [{ definition: object('CustomResourceDefinition', 'gateways.networking.istio.io'), usedBy: [ref] }],
  claimed: [object('CustomResourceDefinition', 'gateways.networking.istio.io')],
  foreignIstio: [ref],
  sidecars: { shop: 3 },
};

test('an uninstall is ok where every cluster is emptied and no other one failed', () => {
  const report = removalReport(removed);
  expectContract(uninstallReport, report);
  expect(report).toMatchObject({ kind: 'UninstallReport', ok: true });
});

test('an uninstall that failed somewhere has the errors as data', () => {
  const report = removalReport({
    ...removed,
    clusters: [
      { cluster: west, outcome: 'Stuck', ...facts, proof },
      { cluster: west, outcome: 'Failed', ...facts, error },
    ],
    peerFailures: [{ cluster: east, error }],
  });
  expectContract(uninstallReport, report);
  const plain = { code: 'timeout', message: 'no answer', remedy: ['try again'], retry: false };
  expect(report).toMatchObject({ ok: false, peerFailures: [{ error: plain }] });
  expect(report.clusters).toMatchObject([{ outcome: 'Stuck' }, { outcome: 'Failed', error: plain }]);
});

test('the plan of an uninstall names what goes and what stays', () => {
  const report = removalPlan({
    mesh: 'shop',
    clusters: [
      {
        cluster: west,
        state: 'Read',
        examined: { survey: { kinds: [], objects: [], silent: [], unreadable: [] }, verdict },
      },
      { cluster: east, state: 'Failed', error },
    ],
    peerSecrets: [{ cluster: east, removed: 'west', secret: { ...ref, uid: undefined } }],
  });
  expectContract(uninstallPlan, report);
  expect(report.clusters).toMatchObject([
    {
      outcome: 'Planned',
      kinds: { Deployment: 1 },
      remove: [{ kind: 'Deployment', name: 'istiod' }],
      namespaces: [{ name: 'istio-system', removed: false }],
    },
    { outcome: 'Failed', error: { code: 'timeout' } },
  ]);
});
