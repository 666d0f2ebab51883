import { expect, test } from 'vitest';
import { parseSyncz } from './syncz.ts';

test('a proxy is named by its pod, whose name may have dots', () => {
  const answer = [
    { cluster_id: 'west', proxy: 'web-1.2-abc.shop', proxy_type: 'sidecar', istio_version: '1.31.0' },
    { cluster_id: 'east', proxy: 'gateway.istio-system', proxy_type: 'router' },
  ];
  expect(parseSyncz(JSON.stringify(answer))).toEqual([
    { cluster: 'west', namespace: 'shop', name: 'web-1.2-abc', version: '1.31.0' },
    { cluster: 'east', namespace: 'istio-system', name: 'gateway', version: undefined },
  ]);
});

test.each(['', '{}', '[{"cluster_id":"west"}]'])('%j is not what istiod says', (answer) => {
  expect(() => parseSyncz(answer)).toThrow(expect.objectContaining({ code: 'unexpected-response' }));
});
