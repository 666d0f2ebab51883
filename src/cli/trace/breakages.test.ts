import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { traceReport } from '../../engine/reporting/trace.ts';
import type { KubeObject } from '../../objects/object.ts';
import { trace } from '../../predict/request/trace.ts';
import { twoNetworks } from '../../predict/testing/fake-mesh.ts';
import { findCaller } from '../../predict/world/caller.ts';
import { worldOf } from '../../predict/world/world.ts';
import { traceText } from './text.ts';

/** What trace says of a request from west to a service that only east serves. */
function traceOf(snapshot: Snapshot): string {
  const request = { host: 'details', port: 80, subset: '', headers: {}, method: 'GET', path: '/' };
  const report = traceReport(trace(worldOf(snapshot), findCaller(snapshot, 'west/shop/client'), request));
  return traceText(report, { color: false, source: '-f mesh.yaml', next: undefined, lists: 'Assumptions' });
}

/** The mesh with each object of east as this has it; undefined leaves it out. */
function withEast(change: (object: KubeObject) => KubeObject | undefined): Snapshot {
  const snapshot = twoNetworks();
  const clusters = snapshot.clusters.map(({ cluster, objects }) => ({
    cluster,
    objects: cluster === 'east' ? objects.flatMap((one) => change(one) ?? []) : objects,
  }));
  return { ...snapshot, clusters };
}

const without = (kind: string, name: string): Snapshot =>
  withEast((one) => (one.kind === kind && one.metadata.name === name ? undefined : one));

function network(value: string): Snapshot {
  return withEast((one) => {
    if (one.metadata.labels?.['topology.istio.io/network'] === undefined) return one;
    const labels = { ...one.metadata.labels, 'topology.istio.io/network': value };
    return one.kind === 'Service' ? { ...one, metadata: { ...one.metadata, labels } } : one;
  });
}

function withWestIstiod(change: Partial<Snapshot['istiods'][number]>): Snapshot {
  const snapshot = twoNetworks();
  const istiods = snapshot.istiods.map((istiod) => (istiod.cluster === 'west' ? { ...istiod, ...change } : istiod));
  return { ...snapshot, istiods };
}

describe('trace names what is broken, with what mends it', () => {
  test.each([
    [
      'the remote secret is gone',
      withWestIstiod({ remotes: [] }),
      'the istiod of west has no remote secret for cluster east',
    ],
    ['the gateway is gone', without('Pod', 'eastwest-1'), 'eastwest of cluster east selects no pod'],
    [
      'the gateway has no Service',
      without('Service', 'eastwest'),
      'no Service of east selects the pods of its gateway',
    ],
    ['the Gateway object is gone', without('Gateway', 'cross-network'), 'no Gateway of cluster east has a server'],
    ['the gateway is labelled with another network', network('usx'), 'has the label topology.istio.io/network=usx'],
  ] satisfies readonly (readonly [string, Snapshot, string])[])('where %s', (...[, snapshot, cause]) => {
    const text = traceOf(snapshot);
    expect(text).toContain(cause);
    expect(text).toContain('`isthmus apply -f mesh.yaml`');
    expect(text).toMatch(/^assumes: .*\n✗ not delivered · \d+ assumptions$/m);
  });

  test('what could not be read is not judged', () => {
    const hints = { east: 'start the API server' };
    const snapshot = { ...twoNetworks(), unread: { east: 'the connection was refused' }, hints };
    const clusters = snapshot.clusters.filter(({ cluster }) => cluster !== 'east');
    const text = traceOf({ ...snapshot, clusters });
    expect(text).toContain('the connection was refused');
    expect(text).toContain('start the API server');
    expect(text).toContain('not judged');
    expect(text).not.toContain('isthmus apply');
  });
});
