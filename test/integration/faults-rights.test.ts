import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyExitCode } from '../../src/cli/apply/run.ts';
import { applyReport } from '../../src/engine/reporting/apply.ts';
import { renderersAmong } from '../../src/istio/render/renderers.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { applyAs, type OneCluster, startOneCluster } from '../support/one-cluster.ts';
import {
  allOfApply,
  eventuallyDenied,
  grant,
  impersonate,
  missOneByOne,
  needed,
  rightsNamespaces,
  toGive,
} from '../support/rights.ts';

let one: OneCluster;
beforeAll(async () => {
  one = await startOneCluster('int-rights');
});
afterAll(async () => {
  await one?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await one.etcd.restore(one.empty);
  for (const name of rightsNamespaces) {
    await one.direct.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  one.proxy.begin();
});

describe('the rights of an apply', () => {
  test('are asked for before anything is written: whichever is missing is the one that is named', async () => {
    // Every fourth of them; npm run soak -- rights takes each.
    await missOneByOne(
      one,
      needed.filter((_, index) => index % 4 === 0),
    );
  });

  test('are all that it needs', async () => {
    await grant(one, [...allOfApply, ...toGive]);
    await using client = await one.connect({ access: { impersonate } });
    await eventuallyDenied(client, { asked: [...allOfApply, ...toGive], denied: [] });
    const report = await applyAs(one, client);
    const { clusters } = report;
    expect(clusters).toMatchObject([{ outcome: 'Applied', unconnected: [] }]);
    expect(applyExitCode(applyReport(report), { signal: new AbortController().signal })).toBe(0);
  });

  test('do not suffice to give istiod rights that its maker does not have, which is reported before anything is written', async () => {
    await grant(one, needed);
    await using client = await one.connect({ access: { impersonate } });
    await eventuallyDenied(client, { asked: needed, denied: [] });
    await expect(applyAs(one, client)).rejects.toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(
        /may not give the rights that these roles give, .*; nothing was changed(\n {2}west: .*)*\n {2}west: ClusterRole istiod-clusterrole-istio-system/,
      ),
      remedy: expect.arrayContaining([{ do: 'Run', operation: 'rbac', subject: 'apply' }]),
    });
    expect(one.proxy.requests.filter(({ isWrite }) => isWrite)).toEqual([]);
  });
});

describe('an object that is larger than Kubernetes can store', () => {
  const large = (object: Pick<KubeObject, 'apiVersion' | 'kind'>, field: object): KubeObject => ({
    ...object,
    metadata: { name: 'large', namespace: 'istio-system' },
    ...field,
  });
  const text = 'x'.repeat(1_600_000);

  test.each([
    {
      object: large({ apiVersion: 'v1', kind: 'ConfigMap' }, { data: { text } }),
      says: 'ConfigMap istio-system/large: 1.53 MiB of data, and at most 1 MiB can be stored',
    },
    {
      object: large({ apiVersion: 'v1', kind: 'ServiceAccount' }, { secrets: [{ name: text }] }),
      says: 'ServiceAccount istio-system/large: 1.53 MiB, and at most 1.5 MiB can be stored',
    },
  ])('($object.kind) is refused before anything is written', async ({ object, says }) => {
    await expect(one.direct.apply(object, { fieldManager: 'test' })).rejects.toMatchObject({
      code: 'kubernetes-error',
    });
    const { renderer } = one;
    const more = {
      ...renderer,
      render: async (...call) => [...(await renderer.render(...call)), object],
    } satisfies typeof renderer;
    await using client = await one.connect();
    await expect(applyAs(one, client, { renderers: renderersAmong([more]) })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(`nothing was changed\n  west: ${says}`),
    });
    expect(one.proxy.requests.filter(({ isWrite }) => isWrite)).toEqual([]);
  });
});
