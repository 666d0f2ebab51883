import { describe, expect, test } from 'vitest';
import { clusterName, networkName } from '../../api/name.ts';
import type { ProxyFacts } from '../facts/proxies.ts';
import { proxyFindings } from './proxies.ts';

const expected = { name: clusterName.parse('west'), network: networkName.parse('us'), spansNetworks: true };
const reading = { at: '2026-11-29T09:20:00Z', context: 'prod-west' };

function proxy(name: string, over: Partial<ProxyFacts> = {}): ProxyFacts {
  const runsSince = '2026-11-29T09:00:00Z';
  const healthy = { cluster: 'west', networks: ['us'], runsSince, proxyIsReady: true, isServed: true };
  return { namespace: 'sample', name, ...healthy, ...over };
}

function messages(proxies: readonly ProxyFacts[], spansNetworks = true): readonly string[] {
  return proxyFindings({ ...expected, spansNetworks }, proxies, reading).map(
    ({ code, severity, message }) => `${severity} ${code}: ${message}`,
  );
}

describe('the proxies of a cluster', () => {
  test('are fine where they state its names and are served', () => {
    expect(messages([proxy('a'), proxy('b', { isServed: undefined }), proxy('c', { runsSince: undefined })])).toEqual(
      [],
    );
  });

  test('that state another cluster get no certificates', () => {
    const strangers = ['a', 'b', 'c'].map((name) => proxy(name, { cluster: 'central', isServed: false }));
    expect(messages([...strangers, proxy('d')])).toEqual([
      'error proxy-names: proxies state cluster central, so that no istiod gives them certificates: sample/a and 2 more',
    ]);
  });

  test('that state another network, in a variable or in a label, take wrong ways', () => {
    expect(messages([proxy('a', { networks: ['us', 'apac'] }), proxy('b', { networks: ['apac'] })])).toEqual([
      'error proxy-names: proxies state network apac and not us, so that they take the wrong ways between networks: sample/a and 1 more',
    ]);
  });

  test('that state no network are wrong only where the mesh spans networks', () => {
    const bare = proxy('a', { networks: [''] });
    expect(messages([bare])).toEqual([
      'error proxy-names: proxies state no network and not us, so that they take the wrong ways between networks: sample/a',
    ]);
    expect(messages([bare], false)).toEqual([]);
  });

  test('that no istiod serves are named when they had a minute to come', () => {
    const lost = { isServed: false };
    const young = { ...lost, runsSince: '2026-11-29T09:19:01Z' };
    expect(messages([proxy('a', lost), proxy('b', young), proxy('c', { ...lost, runsSince: undefined })])).toEqual([
      'error proxy-unserved: no istiod serves the proxies of sample/a',
    ]);
  });

  test('that are served and get no certificate are not ready', () => {
    expect(messages([proxy('a', { proxyIsReady: false })])).toEqual([
      'error proxy-unserved: an istiod serves them, and still they have no certificate or refuse their configuration: the proxies of sample/a',
    ]);
  });
});
