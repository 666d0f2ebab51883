import { expect, test } from 'vitest';
import { object } from '../../discovery/testing/fake-objects.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { threeClusters, twoNetworks } from '../testing/fake-mesh.ts';
import { surveyFlows } from './survey.ts';

/** `west details: Lost, no-endpoint; east no-remote-secret`. */
function lines(snapshot: Snapshot): readonly string[] {
  return surveyFlows(snapshot).map(({ from, host, outcome, answeredBy, findings, excluded }) => {
    const why = [
      findings.map(({ code }) => code).join(' '),
      [...new Set(excluded.map(({ cluster, reason }) => `${cluster} ${reason}`))].join(' '),
    ].filter((part) => part !== '');
    return [`${from} ${host.split('.')[0]}: ${outcome} by ${answeredBy.toSorted().join(' ')}`, ...why].join('; ');
  });
}

test('requests of a healthy mesh are answered, and by whom', () => {
  expect(lines(twoNetworks())).toEqual([
    'west details: Answered by east',
    'east details: Answered by east',
    'west reviews: Answered by east west',
    'east reviews: Answered by east west',
  ]);
  for (const { outcome, findings } of surveyFlows(threeClusters())) {
    expect(outcome).toBe('Answered');
    expect(findings).toEqual([]);
  }
});

test('an istiod that does not read a cluster has no endpoints there', () => {
  const mesh = twoNetworks();
  const istiods = mesh.istiods.map((one) => (one.cluster === 'west' ? { ...one, remotes: [] } : one));
  expect(lines({ ...mesh, istiods })).toContain('west details: Lost by ; no-endpoint; east no-remote-secret');
});

test('a gateway that nothing exposes loses what comes through it', () => {
  const mesh = twoNetworks();
  const clusters = mesh.clusters.map((one) => ({
    ...one,
    objects: one.objects.filter(({ kind }) => one.cluster !== 'east' || kind !== 'Gateway'),
  }));
  const lost = surveyFlows({ ...mesh, clusters }).filter(({ outcome }) => outcome === 'Lost');
  expect(lost.map(({ from, host }) => `${from} ${host.split('.')[0]}`)).toEqual(['west details', 'west reviews']);
  expect(lost.flatMap(({ findings }) => findings.map(({ cluster }) => cluster))).toEqual(['east', 'east']);
});

test('a service that is not meant for the caller has no flow', () => {
  const sidecar = object('networking.istio.io/v1/Sidecar', 'shop/default', {
    spec: { egress: [{ hosts: ['./details.shop.svc.cluster.local'] }] },
  });
  expect(lines(twoNetworks({ west: [sidecar] })).filter((line) => line.startsWith('west'))).toEqual([
    'west details: Answered by east',
  ]);
});
