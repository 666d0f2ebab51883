import { expect, test } from 'vitest';
import type { OperatorChange, OperatorStatus } from '../../report/operator.ts';
import { changeText, statusText } from './text.ts';

const apiVersion = 'isthmus.dev/v1alpha1';

const change: OperatorChange = {
  apiVersion,
  kind: 'OperatorChange',
  operation: 'Grant',
  outcome: 'Done',
  cluster: 'east',
  changes: [
    {
      context: 'prod-east',
      object: { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'isthmus-system', name: 'isthmus-operator' },
      action: 'Create',
    },
    { context: 'hub', object: { apiVersion: 'v1', kind: 'Namespace', name: 'isthmus-system' }, action: 'Keep' },
  ],
};

test('a grant says what was made where, and what comes next', () => {
  expect(changeText(change)).toBe(
    [
      'prod-east  created  ServiceAccount isthmus-system/isthmus-operator',
      '1 object is as wanted',
      'The operator has its way into east. Apply MeshCluster east in namespace isthmus-system of the home cluster.',
      '',
    ].join('\n'),
  );
});

test('a plan says that it is one', () => {
  expect(changeText({ ...change, outcome: 'Planned' })).toContain('prod-east  create  ServiceAccount');
  expect(changeText({ ...change, outcome: 'Planned' })).toMatch(/Nothing was changed: this is a plan\.\n$/);
});

test('a new root is named with what to do about it', () => {
  const text = changeText({ ...change, operation: 'Install', rootFolder: '/home/ann/.local/state/isthmus/shop' });
  expect(text).toContain('/home/ann/.local/state/isthmus/shop');
  expect(text).toContain('offline');
});

const status: OperatorStatus = {
  apiVersion,
  kind: 'OperatorStatus',
  context: 'hub',
  readAt: '2026-11-29T12:00:00Z',
  installed: true,
  image: 'registry.example/isthmus:1',
  available: 1,
  wanted: 2,
  leader: { holder: 'pod-1', ageSeconds: 3, isExpired: false },
  queue: [{ cluster: 'east', state: 'Waiting', failures: 2, sinceSeconds: 40, nextInSeconds: 90 }],
  clusters: [
    {
      cluster: 'east',
      network: 'eu',
      phase: 'Degraded',
      isCurrent: true,
      isPaused: true,
      conditions: [
        { type: 'Reachable', status: 'True', reason: 'Confirmed', message: 'it answers', ageSeconds: 4 },
        { type: 'GatewayReady', status: 'False', reason: 'GatewayMissing', message: 'there is none', ageSeconds: 130 },
        { type: 'Drifted', status: 'False', reason: 'NoDrift', message: 'nothing', ageSeconds: null },
      ],
    },
  ],
};

test('a status shows who leads, and of the conditions those that are not as they should be', () => {
  expect(statusText(status, false)).toBe(
    [
      'operator: 1 of 2 pods available, registry.example/isthmus:1',
      'leader: pod-1, renewed 3s ago',
      'queue: east waits for 40s, its turn is in 90s, after 2 failures in a row',
      '',
      'CLUSTER  NETWORK  STATUS    LOOKED AT  NOTE',
      'east     eu       Degraded  2m ago     paused',
      'east: GatewayReady=False GatewayMissing: there is none (2m ago)',
      '',
    ].join('\n'),
  );
});

test('says whether nothing waits, or why that is not known', () => {
  expect(statusText({ ...status, queue: [] }, false)).toContain('\nqueue: empty\n');
  const working = { cluster: 'west', state: 'Working', failures: 0, sinceSeconds: 3 } as const;
  expect(statusText({ ...status, queue: [working] }, false)).toContain('\nqueue: west is worked on for 3s\n');
  const unread = { queue: null, queueUnread: 'it may not forward ports' };
  expect(statusText({ ...status, ...unread }, false)).toContain('\nqueue: not known: it may not forward ports\n');
});

test('nobody leads where the Lease is over, or where there is none', () => {
  const over = { holder: 'pod-1', ageSeconds: 90, isExpired: true };
  expect(statusText({ ...status, leader: over, queue: null }, false)).toContain(
    'leader: nobody since pod-1, renewed 90s ago',
  );
  expect(statusText({ ...status, leader: null, queue: null, installed: false, clusters: [] }, false)).toBe(
    'operator: not installed\nleader: nobody\n\nno MeshCluster is in namespace isthmus-system\n',
  );
});
