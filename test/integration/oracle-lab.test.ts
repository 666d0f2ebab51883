import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crashesIn } from '../../lab/src/oracle/crash.ts';
import { type ActualAnswer, type Oracle, startOracle } from '../../lab/src/oracle/oracle.ts';
import { listResidue } from '../../lab/src/residue.ts';
import type { IstiodSettings, Snapshot } from '../../src/discovery/values/snapshot.ts';
import {
  webCluster as cluster,
  plainEndpoints as endpoints,
  plainObjects as objects,
  plainIstiod,
  plainProxy as proxy,
} from '../oracle/plain-mesh.ts';

const oracleName = 'oracle-lab';

let oracle: Oracle;

beforeAll(async () => {
  oracle = await startOracle({ name: oracleName, clusters: 2 });
});

afterAll(async () => {
  await oracle?.[Symbol.asyncDispose]();
  expect(listResidue(oracleName)).toEqual([]);
});

function mesh(westPods: number, eastPods: number, flags?: IstiodSettings['flags']): Snapshot {
  return {
    clusters: [
      { cluster: 'west', objects: objects('us', westPods, '203.0.113.1') },
      { cluster: 'east', objects: objects('europe', eastPods, '203.0.113.2') },
    ],
    istiods: [plainIstiod('west', ['east'], flags), plainIstiod('east', ['west'], flags)],
  };
}

async function ask(): Promise<ActualAnswer> {
  return await oracle.query('west', proxy, [cluster]);
}

describe('an istiod that reads two clusters on two networks', () => {
  test('sends own pods and the other network by its gateway, with the weight of all that is behind it', async () => {
    await oracle.load(mesh(2, 3));
    const answer = await ask();
    expect(endpoints(answer)).toEqual(['europe 203.0.113.2:15443 3', 'us 10.2.0.1:8080 1', 'us 10.2.0.2:8080 1']);
    expect(answer.eds.get(cluster)?.groups.map(({ locality, weight }) => [locality, weight])).toEqual([
      ['europe', 3],
      ['us', 2],
    ]);
    expect(answer.clusters.get(cluster)).toMatchObject({
      type: 'EDS',
      tls: { mode: 'raw' },
      matches: [
        { tlsMode: 'istio', tls: { mode: 'istio', sni: 'outbound_.80_._.web.shop.svc.cluster.local' } },
        { tlsMode: '', tls: { mode: 'raw' } },
      ],
    });
  });

  test('holds what the next load has and nothing of the one before', async () => {
    await oracle.load(mesh(1, 1));
    expect(endpoints(await ask())).toEqual(['europe 203.0.113.2:15443 1', 'us 10.2.0.1:8080 1']);
  });

  test('restarts where its flags change, and obeys them', async () => {
    const flags = { PILOT_ENABLE_TELEMETRY_LABEL: 'false' };
    await oracle.load(mesh(1, 2, flags));
    const answer = await ask();
    expect(endpoints(answer)).toEqual(['europe 203.0.113.2:15443 2', 'us 10.2.0.1:8080 1']);
    expect(answer.eds.get(cluster)?.endpoints.map(({ workload }) => workload)).toEqual(['', '']);
  });

  test('follows a change of its remote clusters', async () => {
    const { clusters } = mesh(1, 2);
    const alone = plainIstiod('west', []);
    await oracle.load({ clusters, istiods: [alone] });
    expect(endpoints(await ask())).toEqual(['us 10.2.0.1:8080 1']);
    await oracle.load({ clusters, istiods: [{ ...alone, remotes: ['east'] }] });
    expect(endpoints(await ask())).toEqual(['europe 203.0.113.2:15443 2', 'us 10.2.0.1:8080 1']);
  });

  // docs/upstream/istio-remote-credentials.md. Where it fails with a newer Istio, `sparesRemoteSecretsSince` wants that version.
  test('ends at its first remote secret where a setting has it leave the Secrets of other clusters alone', async () => {
    const flags = { PILOT_ENABLE_REMOTE_CREDENTIALS_CONTROLLER: 'false' };
    const { clusters, istiods } = mesh(1, 1, flags);
    const one = istiods.slice(0, 1);
    await expect(oracle.load({ clusters, istiods: one })).rejects.toThrow('istiod of west: it ended');
    const nil =
      /^panic: runtime error: invalid memory address or nil pointer dereference.* in HasSynced \(secrets\.go:\d+\)$/;
    expect(crashesIn(oracle.logs)).toEqual([expect.stringMatching(nil)]);
    await oracle.load({ clusters, istiods: one.map((settings) => ({ ...settings, remotes: [] })) });
    expect(endpoints(await ask())).toEqual(['us 10.2.0.1:8080 1']);
  });

  test('a name that no service has is in neither answer', async () => {
    const name = 'outbound|80||nobody.shop.svc.cluster.local';
    const answer = await oracle.query('west', proxy, [name]);
    expect([answer.clusters.has(name), answer.eds.get(name)?.endpoints]).toEqual([false, []]);
  });
});
