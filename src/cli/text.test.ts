import { describe, expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import type { ApplyReport } from '../apply/run/report.ts';
import { IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { remedy, run } from '../base/remedy.ts';
import type { ClusterDrift, DriftedObject } from '../diagnose/facts/drift.ts';
import type { ServiceEffect } from '../diagnose/facts/service.ts';
import { applyReport } from '../engine/reporting/apply.ts';
import { statusReport } from '../engine/reporting/status.ts';
import type { ClusterStatus } from '../status/cluster-status.ts';
import { progressLine } from './apply/progress.ts';
import { applyExitCode } from './apply/run.ts';
import { afterApply, applyText } from './apply/text.ts';
import { parseDuration, parseNames } from './shell/flags.ts';
import { table } from './shell/table.ts';
import { wantsColor } from './shell/terminal.ts';
import { statusText } from './status/text.ts';

const west = clusterName.parse('west');
const east = clusterName.parse('east');
const counts = { created: 3, configured: 1, unchanged: 40 };
const plain = { color: false };
const options = { ...plain, ...afterApply('-f mesh.yaml') };

function report(over: Partial<ApplyReport>) {
  const totals = { requests: 60, writes: 4, seconds: 1.25, newRootFolder: undefined };
  return applyReport({ mesh: 'shop', clusters: [], ...totals, ...over });
}

describe('applyText', () => {
  test('ends with the next command where all is done', () => {
    const done = report({ clusters: [{ cluster: west, outcome: 'Applied', counts, unconnected: [] }] });
    expect(applyText(done, options)).toBe(
      'mesh shop: 1 of 1 clusters are as declared (3 created, 1 configured, 40 unchanged) after 1.3 s, 60 requests, 4 writes\n' +
        'next: isthmus verify -f mesh.yaml\n',
    );
  });

  test('says which part is missing, why, and how to resume', () => {
    const error = new IsthmusError('cluster-unreachable', 'cluster east: refuses connections', {
      cluster: 'east',
      remedy: 'start it',
    });
    const half = report({
      clusters: [
        { cluster: west, outcome: 'Applied', counts, unconnected: [{ peer: east, error, stands: false }] },
        { cluster: east, outcome: 'Failed', counts, error },
      ],
    });
    const text = applyText(half, options);
    expect(text).toContain('west: not connected to east, which failed: cluster east: refuses connections');
    expect(text).toContain('east: error: cluster east: refuses connections [cluster-unreachable]\nhint: start it');
    expect(text).toContain('0 of 2 clusters are as declared');
    expect(text).toMatch(/Resume with: isthmus apply -f mesh\.yaml\n$/);
  });

  test('counts a cluster whose connection stands as declared, and where nothing was changed proposes no resuming', () => {
    const error = new IsthmusError('cluster-unreachable', 'cluster east: refuses connections', { cluster: 'east' });
    const none = { created: 0, configured: 0, unchanged: 48 };
    const down = (stands: boolean, counted = none) =>
      report({
        clusters: [
          { cluster: west, outcome: 'Applied', counts: counted, unconnected: [{ peer: east, error, stands }] },
          { cluster: east, outcome: 'Failed', counts: { ...none, unchanged: 0 }, error },
        ],
      });
    const signal = new AbortController().signal;
    const text = applyText(down(true), options);
    expect(text).toContain('west: connected as before to east, which failed');
    expect(text).toContain('1 of 2 clusters are as declared');
    expect(text).toMatch(/Nothing was changed\. When what failed is mended: isthmus apply -f mesh\.yaml\n$/);
    expect(applyExitCode(down(true), { signal })).toBe(4);
    expect(applyExitCode(down(false), { signal })).toBe(6);
    expect(applyExitCode(down(false, counts), { signal })).toBe(4);
  });

  test('tells the owner of a new root where its key is', () => {
    expect(applyText(report({ newRootFolder: '/home/ann/isthmus/shop' }), options)).toContain(
      '/home/ann/isthmus/shop/root.key: move it offline',
    );
  });

  test('says what could not be removed and what was', () => {
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 'istio-remote-secret-old' };
    const none = { deleted: [], released: [], kept: [], failed: [] };
    const pruned = { ...none, failed: [{ ref, reason: 'a policy denied it' }] };
    const half = report({ clusters: [{ cluster: west, outcome: 'Applied', counts, unconnected: [], pruned }] });
    const text = applyText(half, options);
    expect(text).toContain('west: not removed: Secret istio-system/istio-remote-secret-old: a policy denied it');
    expect(text).toContain('0 of 1 clusters are as declared');
    const clean = { ...none, deleted: [ref] };
    const whole = report({ clusters: [{ cluster: west, outcome: 'Applied', counts, unconnected: [], pruned: clean }] });
    expect(applyText(whole, options)).toContain('(3 created, 1 configured, 1 deleted, 40 unchanged)');
  });
});

describe('statusText', () => {
  const ready: ClusterStatus = {
    cluster: west,
    network: 'us',
    reachable: true,
    server: 'https://198.51.100.1',
    kubernetes: 'v1.36.3',
    istiod: { exists: true, wanted: 1, available: 1, updated: 1, complete: true, version: '1.31.0', runsIn: west },
    gateway: { exists: true, wanted: 1, available: 1, updated: 1, complete: true, address: '198.51.100.2' },
    peers: [{ peer: east, configured: true, state: 'synced', answers: 'Yes' }],
    certificate: { notAfter: '2031-01-01T00:00:00.000Z', rootFingerprint: 'AB:CD:EF:01:02' },
    injectNamespaces: [],
    unread: [],
    findings: [],
  };
  const readAt = '2030-01-01T00:00:00.000Z';

  test('is one line for each cluster', () => {
    const text = statusText(statusReport({ mesh: 'shop', readAt, clusters: [ready] }), {
      source: '-f mesh.yaml',
      ...plain,
    });
    expect(text).toMatch(/^west +us +1\.31\.0 1\/1 +1\/1 +1\/1 +365d +Ready$/m);
    expect(text).toContain('mesh shop: healthy');
  });

  test('says once, below what is wrong, that tokens of readers have no end; of a single cluster nothing', () => {
    const shown = (clusters: readonly ClusterStatus[]): string =>
      statusText(statusReport({ mesh: 'shop', readAt, clusters }), { source: '-f mesh.yaml', ...plain });
    const text = shown([ready, { ...ready, cluster: east }]);
    expect(text.match(/^note: the tokens by which the clusters read each other do not expire/gm)).toHaveLength(1);
    expect(text).toContain('mesh shop: healthy');
    expect(shown([{ ...ready, peers: [] }])).not.toContain('note:');
    const none = { peer: east, configured: false, state: 'synced', answers: 'Yes' } as const;
    expect(shown([{ ...ready, peers: [none] }])).not.toContain('note:');
  });

  test('says when the next token ends that an operator renews, and of how many there is none yet', () => {
    const until = (tokenNotAfter: string): ClusterStatus => ({
      ...ready,
      peers: [{ peer: east, configured: true, state: 'synced', answers: 'Yes', tokenNotAfter }],
    });
    const shown = (clusters: readonly ClusterStatus[]): string =>
      statusText(statusReport({ mesh: 'shop', readAt, clusters }), { source: '-f mesh.yaml', ...plain });
    const [late, early] = ['2030-01-02T00:00:00.000Z', '2030-01-01T12:00:00.000Z'].map(until);
    if (late === undefined || early === undefined) throw new Error('two were made');
    const renewed = shown([late, early]);
    expect(renewed).toContain('the next one ends at 2030-01-01T12:00:00.000Z');
    expect(renewed).not.toContain('do not expire');
    expect(shown([late, ready])).toContain('1 of the 2 tokens by which the clusters read each other do not expire');
  });

  test('has a column for what is not as declared, and a line for each MeshService', () => {
    const service = { namespace: 'shop', name: 'web', policy: 'split west 80, east 20', isAsDeclared: true };
    const drift = (objects: readonly [] | readonly [DriftedObject]): ClusterDrift => ({
      state: 'Compared',
      objects,
      services: [],
    });
    const steered = (effect: ServiceEffect['effect']) => ({ services: [{ ...service, effect }] });
    const yes = steered({ state: 'Yes', exceptions: [] });
    const changed: DriftedObject = { object: 'Service istio-system/a', what: 'Changed', fields: [] };
    const shown = (clusters: readonly ClusterStatus[]): string =>
      statusText(statusReport({ mesh: 'shop', readAt, clusters }), { source: '-f mesh.yaml', ...plain });
    const text = shown([
      { ...ready, drift: drift([]), ...yes },
      {
        ...ready,
        cluster: east,
        drift: drift([changed]),
        services: [{ ...service, isAsDeclared: false, effect: yes.services[0]?.effect ?? { state: 'Unused' } }],
      },
    ]);
    expect(text).toMatch(/CERT LEFT +DRIFT +STATE\n/);
    expect(text).toMatch(/^west .* 365d +none +Ready$/m);
    expect(text).toMatch(/^east .* 365d +1 changed +Ready$/m);
    expect(text).toMatch(/^shop\/web +split west 80, east 20 +not in effect in east$/m);
    const unread: ClusterDrift = { state: 'Unread', error: new IsthmusError('istioctl-not-found', 'none') };
    const other = shown([
      { ...ready, drift: drift([]), ...yes },
      { ...ready, cluster: east, drift: unread, ...steered({ state: 'Unknown', why: 'not allowed' }) },
    ]);
    expect(other).toMatch(/^east .* 365d +\? +Ready$/m);
    expect(other).toMatch(/^shop\/web .* not known in east$/m);
    expect(shown([{ ...ready, ...yes }])).toMatch(/^shop\/web .* in effect$/m);
    expect(shown([{ ...ready, ...steered({ state: 'Unused' }) }])).toMatch(/^shop\/web .* no callers in west$/m);
  });

  test('names the address of each ingress gateway that is declared, or says that it has none or is not known', () => {
    const shown = (clusters: readonly ClusterStatus[]): string =>
      statusText(statusReport({ mesh: 'shop', readAt, clusters }), { source: '-f mesh.yaml', ...plain });
    const rollout = { exists: true, wanted: 2, available: 1, updated: 2, complete: false, awaitsAddress: true };
    const text = shown([
      { ...ready, ingress: { ...rollout, address: '198.51.100.9' } },
      { ...ready, cluster: east, ingress: { ...rollout, address: undefined } },
      { ...ready, cluster: clusterName.parse('north'), ingress: null },
      { ...ready, cluster: clusterName.parse('south') },
    ]);
    expect(text).toMatch(/^INGRESS +PODS +ADDRESS\nwest +1\/2 +198\.51\.100\.9\neast +1\/2 +none\nnorth +\? +\?\n\n/m);
    expect(shown([ready])).not.toContain('INGRESS');
    const report = statusReport({
      mesh: 'shop',
      readAt,
      clusters: [{ ...ready, ingress: { ...rollout, address: 'a' } }],
    });
    expect(report.clusters[0]).toMatchObject({ ingress: { address: 'a', wanted: 2, available: 1 } });
    expect(report.clusters[0]).not.toHaveProperty('ingress.awaitsAddress');
  });

  test('a peer that no longer answers is not counted, whatever istiod says of it', () => {
    const cut: ClusterStatus = { ...ready, peers: [{ peer: east, configured: true, state: 'synced', answers: 'No' }] };
    const text = statusText(statusReport({ mesh: 'shop', readAt, clusters: [cut] }), {
      source: '-f mesh.yaml',
      ...plain,
    });
    expect(text).toMatch(/^west .* 1\/1 +0\/1 +365d/m);
  });

  test('what is not known is not healthy', () => {
    const error = new IsthmusError('cluster-unreachable', 'cluster east: refuses connections');
    const unread: Finding = {
      code: 'cluster-unread',
      severity: 'error',
      confidence: 'Unknown',
      cluster: 'east',
      message: `nothing is known of it: ${error.message}`,
      remedy: 'start it',
    };
    const late: Finding = {
      code: 'peer-sync',
      severity: 'error',
      cluster: 'west',
      message: 'istiod reports east as timeout',
      remedy: remedy`renew it with ${run('apply')}`,
    };
    const gone: ClusterStatus = { cluster: east, network: 'eu', reachable: false, error, findings: [unread] };
    const clusters = [{ ...ready, findings: [late] }, gone];
    const text = statusText(statusReport({ mesh: 'shop', readAt, clusters }), { source: '-f mesh.yaml', ...plain });
    expect(text).toMatch(/west .* NotReady/);
    expect(text).toMatch(/east\s+eu\s+\?.*Unknown/);
    expect(text).toContain(
      '! west: istiod reports east as timeout [peer-sync]\n  renew it with `isthmus apply -f mesh.yaml`\n',
    );
    expect(text).toContain(
      '? east: nothing is known of it: cluster east: refuses connections [cluster-unread]\n  start it\n',
    );
  });
});

describe('the small parts', () => {
  test('progress names the cluster in a column', () => {
    const details = { stage: 'Trust', created: 2, configured: 0 } as const;
    const stamp = { at: '2030-01-01T00:00:00.000Z', operation: 'apply', level: 'info' } as const;
    const event = { ...stamp, type: 'Applied', cluster: west, details } as const;
    expect(progressLine(event, { width: 6, color: false })).toBe('west    certificates: 2 created\n');
    expect(progressLine(event, { width: 4, color: true })).toContain('\u001b[1mwest\u001b[0m');
  });

  test('a table has columns two spaces apart and no trailing space', () => {
    expect(
      table([
        ['a', 'b'],
        ['long', 'c'],
      ]),
    ).toBe('a     b\nlong  c');
  });

  test('durations have a unit', () => {
    expect(['90s', '5m', '1.5h', '250ms'].map(parseDuration)).toEqual([90_000, 300_000, 5_400_000, 250]);
    for (const wrong of ['90', 's', '-1s', '1d', '']) expect(() => parseDuration(wrong)).toThrow(/is not a duration/);
  });

  test('names are separated by commas', () => {
    expect(parseNames(' west, east ,')).toEqual(['west', 'east']);
  });

  test('FORCE_COLOR and CLICOLOR_FORCE mean colours in a pipe too, NO_COLOR wins', () => {
    for (const env of [{ FORCE_COLOR: '1' }, { FORCE_COLOR: 'true' }, { CLICOLOR_FORCE: '1' }]) {
      expect(wantsColor({ isTTY: false, env })).toBe(true);
      expect(wantsColor({ isTTY: false, env: { ...env, NO_COLOR: '1' } })).toBe(false);
    }
    expect(wantsColor({ isTTY: true, env: { FORCE_COLOR: '0' } })).toBe(false);
    expect(wantsColor({ isTTY: true, env: { CLICOLOR: '0' } })).toBe(false);
    expect(wantsColor({ isTTY: false, env: { CLICOLOR: '1', CLICOLOR_FORCE: '0' } })).toBe(false);
  });

  test('NO_COLOR, a pipe and a dumb terminal mean no colours', () => {
    expect(wantsColor({ isTTY: true, env: {} })).toBe(true);
    expect(wantsColor({ isTTY: false, env: {} })).toBe(false);
    expect(wantsColor({ isTTY: true, env: { NO_COLOR: '1' } })).toBe(false);
    expect(wantsColor({ isTTY: true, env: { NO_COLOR: '' } })).toBe(true);
    expect(wantsColor({ isTTY: true, env: { TERM: 'dumb' } })).toBe(false);
  });
});
