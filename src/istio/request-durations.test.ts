import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRequestDurations } from './request-durations.ts';

const host = 'helloworld.sample.svc.cluster.local';

function line(le: string, count: string, more: Readonly<Record<string, string>> = {}): string {
  const labels = { reporter: 'source', destination_service: host, destination_cluster: 'east', le, ...more };
  const text = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return `istio_request_duration_milliseconds_bucket{${text.join(',')}} ${count}`;
}

test('the series of a service and cluster are added up by bucket', () => {
  const page = [
    '# TYPE istio_request_duration_milliseconds histogram',
    ...[line('0.5', '1'), line('10', '3'), line('+Inf', '4')],
    ...['0.5', '10', '+Inf'].map((le) => line(le, '2', { response_code: '503', request_protocol: 'grpc' })),
    line('+Inf', '7', { destination_cluster: 'west' }),
    `istio_request_duration_milliseconds_sum{reporter="source",destination_service="${host}"} 9`,
  ].join('\n');
  expect(parseRequestDurations(page)).toEqual([
    { host, cluster: 'east', histogram: { bounds: [0.5, 10], atMost: [3, 5], count: 6 } },
    { host, cluster: 'west', histogram: { bounds: [], atMost: [], count: 7 } },
  ]);
});

test('what the answering side measured is another thing', () => {
  expect(parseRequestDurations(line('+Inf', '7', { reporter: 'destination' }))).toEqual([]);
});

test('labels may hold quotes, braces and commas', () => {
  const page = line('+Inf', '7', { source_app: String.raw`a\"},le=\"1` });
  expect(parseRequestDurations(page)[0]?.histogram.count).toBe(7);
});

test('what is no count, no bound and no name is left out', () => {
  const wrong = [line('1', 'many'), line('1', '-1'), line('1', '1.5'), line('x', '1'), line('-1', '1'), line('1', '')];
  const names = [line('1', '1', { destination_service: 'x'.repeat(300) }), line('1', '1', { destination_service: '' })];
  expect(parseRequestDurations([...wrong, ...names, line('1', '1').replace('}', '')].join('\n'))).toEqual([]);
});

test('any text gives histograms whose counts never fall', () => {
  const bounds = fc.constantFrom('0.5', '1', '10', '+Inf', 'NaN', '');
  const lines = fc.array(fc.tuple(bounds, fc.oneof(fc.nat().map(String), fc.string())).map(([le, n]) => line(le, n)));
  fc.assert(
    fc.property(lines, fc.string(), (known, any) => {
      for (const { histogram } of parseRequestDurations([...known, any].join('\n'))) {
        const counts = [0, ...histogram.atMost, histogram.count];
        expect(counts).toEqual(counts.toSorted((one, other) => one - other));
      }
    }),
  );
});

test('a page with more buckets than an Envoy has is cut', () => {
  const page = Array.from({ length: 5000 }, (_, index) => line(`${index + 1}`, '1')).join('\n');
  expect(parseRequestDurations(page)[0]?.histogram.bounds).toHaveLength(200);
});
