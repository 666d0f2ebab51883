import { expect, test } from 'vitest';
import { crashOf } from './crash.ts';

const folder = 'istio.io/istio@v0.0.0/pilot/pkg/networking/core/loadbalancer';
const log = [
  '2026-11-29T08:58:34.975607Z\tinfo\tads\tADS: new connection for node:api-c1-0.edge-1',
  'panic: runtime error: index out of range [1] with length 1',
  '',
  'goroutine 1528 [running]:',
  'istio.io/istio/pilot/pkg/networking/core/loadbalancer.applyFailoverPriorityPerLocality(0x73, {0x3, 0x3})',
  `\t${folder}/loadbalancer.go:653 +0x8d9`,
  'istio.io/istio/pilot/pkg/xds.(*DiscoveryServer).processRequest(0x7300dac47e0)',
];

test('a panic is named with the function of Istio that it ended in', () => {
  expect(crashOf(log.join('\n'))).toBe(
    'panic: runtime error: index out of range [1] with length 1 in applyFailoverPriorityPerLocality (loadbalancer.go:653)',
  );
  const method = [...log.slice(0, 4), ...log.slice(6), `\t${folder}/ads.go:179 +0x8`].join('\n');
  expect(crashOf(method)).toContain('in processRequest (ads.go:179)');
});

test('an end without a stack of Istio keeps its own words, and a log without an end is none', () => {
  expect(crashOf('fatal error: out of memory\n\nruntime.throw()')).toBe('fatal error: out of memory');
  expect(crashOf(log[0] ?? '')).toBeUndefined();
});
