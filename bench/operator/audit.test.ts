import { expect, test } from 'vitest';
import { auditedIn } from './audit.ts';

const at = (second: number): string => `2031-01-01T00:00:${String(second).padStart(2, '0')}.000000Z`;

function line(second: number, more: object): string {
  const times = { requestReceivedTimestamp: at(0), stageTimestamp: at(second) };
  return JSON.stringify({ verb: 'get', userAgent: 'isthmus', requestURI: '/x?y=1', ...times, ...more });
}

test('requests of Isthmus within the time are counted by what they ask for', () => {
  const log = [
    line(5, { objectRef: { resource: 'leases', name: 'a' } }),
    line(6, { objectRef: { resource: 'leases', name: 'b' } }),
    line(7, { verb: 'create', objectRef: { resource: 'pods', subresource: 'portforward' } }),
    line(8, { verb: 'watch', objectRef: { resource: 'services' } }),
    line(8, { verb: 'watch', requestURI: '/s?labelSelector=a', objectRef: { resource: 'services' } }),
    line(9, {}),
    line(6, { userAgent: 'pilot-discovery', objectRef: { resource: 'pods' } }),
    line(30, { objectRef: { resource: 'leases' } }),
    '',
  ].join('\n');
  expect(Object.fromEntries(auditedIn(log, { from: Date.parse(at(1)), to: Date.parse(at(20)) }))).toEqual({
    'get leases': 2,
    'create pods/portforward': 1,
    'watch services without a label': 1,
    'watch services': 1,
    'get /x': 1,
  });
});
