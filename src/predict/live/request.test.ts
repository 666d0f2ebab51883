import { describe, expect, test } from 'vitest';
import { traceFinding } from '../request/finding.ts';
import { type Trace, trace } from '../request/trace.ts';
import { gatewayOf, twoNetworks } from '../testing/fake-mesh.ts';
import { findCaller } from '../world/caller.ts';
import { worldOf } from '../world/world.ts';
import { isAnswered, judgeRequest, type RequestOutcome, whyNoRequest } from './request.ts';

function traced(over: { readonly host?: string; readonly subset?: string } = {}): Trace {
  const snapshot = twoNetworks();
  return trace(worldOf(snapshot), findCaller(snapshot, 'west/shop/client'), {
    host: 'reviews',
    port: 80,
    subset: '',
    headers: {},
    method: 'GET',
    path: '/',
    ...over,
  });
}

const envoyCluster = 'outbound|80||reviews.shop.svc.cluster.local';
const pod = { envoyCluster, address: '10.1.0.1:8080', requests: 1, successes: 1 };
const gateway = { envoyCluster, address: `${gatewayOf('east')}:15443`, requests: 1, successes: 1 };
const stranger = { envoyCluster, address: '10.7.7.7:8080', requests: 1, successes: 1 };
const answered: RequestOutcome = { status: 200, fromUpstream: true, hosts: [pod] };
const unanswered: RequestOutcome = { status: 503, fromUpstream: false, hosts: [gateway] };

describe('one request', () => {
  test.each<[string, RequestOutcome, string]>([
    ['answered by a predicted host', answered, 'AsPredicted'],
    ['tried at several predicted hosts', { ...answered, hosts: [pod, gateway] }, 'AsPredicted'],
    ['answered by another host', { ...answered, hosts: [stranger] }, 'Elsewhere'],
    ['answered by none of the destinations', { ...answered, hosts: [] }, 'Elsewhere'],
    ['answered while Envoy says nothing', { ...answered, hosts: null }, 'AsPredicted'],
    ['whose server says 404 of its own', { ...answered, status: 404, fromUpstream: false }, 'AsPredicted'],
    ['that Envoy answers itself', unanswered, 'NotAnswered'],
    ['that no route takes', { status: 404, fromUpstream: false, hosts: [] }, 'NotAnswered'],
    ['without any answer', { status: null, fromUpstream: false, hosts: [pod] }, 'NotAnswered'],
  ])('%s', (_, outcome, verdict) => {
    expect(judgeRequest(traced(), outcome)).toBe(verdict);
  });

  test('of which nothing is to be delivered is not answered as predicted', () => {
    const lost = { ...traced(), deliveredShare: 0 };
    expect(judgeRequest(lost, unanswered)).toBe('AsPredicted');
    expect(judgeRequest(lost, answered)).toBe('Answered');
  });

  test('of which some are to be lost proves nothing either way', () => {
    const half = { ...traced(), deliveredShare: 50 };
    expect([answered, unanswered].map((outcome) => judgeRequest(half, outcome))).toEqual([
      'AsPredicted',
      'AsPredicted',
    ]);
  });

  test('that a policy denies is not answered, where the prediction expects it or leaves it open', () => {
    const refused: RequestOutcome = { ...answered, status: 403 };
    for (const code of ['policy-denies', 'policy-not-decided'] as const) {
      const findings = [traceFinding(code, 'It is denied.', 100)];
      expect(judgeRequest({ ...traced(), deliveredShare: 0, findings }, refused)).toBe('AsPredicted');
      expect(isAnswered({ findings }, refused)).toBe(false);
    }
    expect(judgeRequest({ ...traced(), deliveredShare: 0 }, refused)).toBe('Answered');
  });

  test('is sent only where it shows what was predicted', () => {
    expect(whyNoRequest(traced())).toBeUndefined();
    expect(whyNoRequest({ ...traced(), protocol: 'GRPC' })).toBeUndefined();
    expect(whyNoRequest({ ...traced(), protocol: 'TCP' })).toMatch(/speaks TCP, not HTTP/);
    expect(whyNoRequest(traced({ host: 'nobody' }))).toMatch(/is not declared/);
    expect(whyNoRequest(traced({ subset: 'v2' }))).toMatch(/only routes choose a subset/);
  });
});
