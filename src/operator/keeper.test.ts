import { describe, expect, test } from 'vitest';
import type { MeshClusterStatus } from '../api/mesh-cluster-status.ts';
import { IsthmusError } from '../base/error.ts';
import type { Happening, KeptDocument, KeptMesh, KeptProbes, WatchListener } from '../engine/home-session.ts';
import type { MeshSession } from '../engine/mesh-session.ts';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { ApplyReport } from '../report/apply.ts';
import type { LeaveReport } from '../report/leave.ts';
import type { PlannedChange, PlanReport } from '../report/plan.ts';
import type { StatusReport } from '../report/status.ts';
import { keepMesh } from './keeper.ts';
import { createMetrics } from './metrics.ts';
import { quietMs } from './queue.ts';

const names = ['west', 'east'] as const;

const fresh = { isPaused: false, isDeleted: false, isHeld: true, spec: {}, status: {} } as const;

function documentOf(name: string, more: Partial<KeptDocument> = {}): KeptDocument {
  const kind = name === 'shop' ? 'Mesh' : 'MeshCluster';
  return { kind, name, namespace: 'isthmus-system', uid: `uid-${name}`, generation: 1, ...fresh, ...more };
}

const change: PlannedChange = {
  action: 'Update',
  stage: 'ControlPlane',
  ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' },
  reason: 'somebody changed it',
  drift: [{ field: 'spec.replicas', managers: ['hpa'] }],
  fields: [],
};

/** What happens in a cluster of the scene. */
interface World {
  documents: readonly KeptDocument[];
  /** The documents describe none, for this reason. */
  invalid: IsthmusError | undefined;
  /** Changes that a plan finds; an apply takes them away. */
  readonly changes: Map<string, readonly PlannedChange[]>;
  verdict: 'Allowed' | 'OverLimit' | 'KindHalved';
  leads: boolean;
  /** Clusters that do not answer. */
  readonly away: Set<string>;
  /** Clusters that could not be emptied. */
  stuck: readonly string[];
  /** When the intermediates are due. */
  renewAt: string | undefined;
  /** Whether probes are on. */
  readonly peers: boolean;
  /** Endpoints that the istiod of west holds of east and that are gone. */
  gone: readonly string[];
  /** How the requests of a cluster end; answered where it says nothing. */
  readonly answers: Map<string, 'Answered' | 'Failed'>;
  /** Clusters that hold what the others may still use; with all of those as declared it goes. */
  readonly keeps: Set<string>;
}

function planOf(cluster: string, { changes, verdict, keeps }: World, settled: readonly string[]): PlanReport {
  const guard = {
    deletions: 9,
    inventory: 20,
    limit: 5,
    halved: [{ kind: 'DestinationRule', deletions: 4, inventory: 4 }],
    verdict,
  };
  const planned = {
    cluster,
    outcome: 'Planned',
    server: '',
    totals: { create: 0, change: 0, delete: 0 },
    barriers: [],
    respected: [],
    kept: keeps.has(cluster) && settled.length < names.length - 1 ? [{}] : [],
  };
  const one = { ...planned, changes: changes.get(cluster) ?? [], unchanged: 1, guard, notices: [] };
  return { clusters: [one] } as unknown as PlanReport;
}

function awayReportOf(cluster: string): StatusReport {
  const error = { code: 'cluster-unreachable', message: `cluster ${cluster}: refuses connections`, retry: true };
  return { clusters: [{ cluster, network: 'eu', reachable: false, error, findings: [] }] } as unknown as StatusReport;
}

function statusReportOf(cluster: string, { renewAt, peers, away }: World): StatusReport {
  const rollout = { exists: true, wanted: 1, available: 1, updated: 1, complete: true };
  const status = {
    cluster,
    network: 'us',
    reachable: true,
    istiod: { ...rollout, runsIn: cluster },
    peers:
      peers && cluster === 'west'
        ? [{ peer: 'east', configured: true, state: 'synced', answers: away.has('east') ? 'No' : 'Yes' }]
        : [],
    certificate: {
      notAfter: '2031-01-01T00:00:00Z',
      rootFingerprint: '',
      ...(renewAt === undefined ? {} : { renewAt }),
    },
    injectNamespaces: [],
    unread: [],
    findings: [],
  };
  return { clusters: [status] } as unknown as StatusReport;
}

/** Without peers nothing is probed. */
function probesOf({ peers, answers, away }: World, calls: string[]): KeptProbes {
  const counts = new Map<string, number>();
  return {
    peersOf: (name) => (peers ? names.filter((one) => one !== name) : []),
    keep: async (name) => void calls.push(`probe ${name}`),
    clear: async ({ keep }) => {
      calls.push(`clear all but ${keep.join()}`);
      return [];
    },
    read: async (name) => {
      if (away.has(name)) throw new IsthmusError('cluster-unreachable', `cluster ${name}: refuses connections`);
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const to = name === 'west' ? 'east' : 'west';
      const outcome = answers.get(name) ?? 'Answered';
      const isAnswered = outcome === 'Answered';
      const gateways = [{ address: `${to}:15443`, answers: isAnswered ? 'Yes' : 'No' } as const];
      const hop = isAnswered ? undefined : 'Connect';
      const latencyMs = isAnswered ? 3 : null;
      return {
        pod: 'p',
        obstacle: undefined,
        probes: [{ to, count, outcome, hop, latencyMs, finding: undefined, gateways }],
      };
    },
  };
}

interface Scene {
  readonly world: World;
  readonly calls: string[];
  /** Looks at clusters, each with the call that came before it. */
  readonly looks: string[];
  /** The MeshServices that the last plan of a cluster left out. */
  readonly left: Map<string, readonly object[]>;
  /** The clusters that each plan took for settled. */
  readonly settled: string[];
  readonly written: Map<string, MeshClusterStatus>;
  readonly happenings: Happening[];
  /** Told of changes: of the documents, of Secrets, of the objects of each cluster. */
  readonly listeners: Map<string, WatchListener>;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  pass(ms?: number): Promise<void>;
}

function scene(start: Partial<World> = {}): Scene {
  const documents = ['shop', ...names].map((name) => documentOf(name));
  const world: World = {
    documents,
    invalid: undefined,
    changes: new Map(),
    verdict: 'Allowed',
    leads: true,
    away: new Set(),
    stuck: [],
    renewAt: undefined,
    peers: false,
    gone: [],
    answers: new Map(),
    keeps: new Set(),
    ...start,
  };
  const clock = handClock();
  const calls: string[] = [];
  const looks: string[] = [];
  const left = new Map<string, readonly object[]>();
  const settled: string[] = [];
  const written = new Map<string, MeshClusterStatus>();
  const happenings: Happening[] = [];
  const listeners = new Map<string, WatchListener>();
  const stop = new AbortController();
  const session = {
    clusters: world.documents.flatMap(({ kind, name }) => (kind === 'MeshCluster' ? [name] : [])),
    plan: async ({ clusters: [name = ''] = [], without, drained, pausedServices = [], settled: others = [] } = {}) => {
      left.set(name, pausedServices);
      settled.push([name, ...others].join(' beside '));
      const kept = Object.entries({ without, drained }).flatMap(([key, value]) =>
        value === undefined ? [] : ` ${key} ${value}`,
      );
      calls.push(`plan ${name}${kept.join('')}`);
      return planOf(name, world, others);
    },
    apply: async ({ clusters: [name = ''] = [], homeDocuments, pausedServices = [] } = {}) => {
      expect(pausedServices).toEqual(left.get(name));
      calls.push(`apply ${name} ${homeDocuments}`);
      world.changes.delete(name);
      const counts = { created: 0, configured: 1, unchanged: 1 };
      return {
        clusters: [{ cluster: name, outcome: 'Applied', counts, unconnected: [] }],
        writes: 1,
      } as unknown as ApplyReport;
    },
    status: async ({ clusters: [name = ''] = [] } = {}) => {
      looks.push(`after ${calls.at(-1)}`);
      return world.away.has(name) ? awayReportOf(name) : statusReportOf(name, world);
    },
    mesh: 'shop',
    leave: async (name, { side } = {}) => {
      calls.push(`leave ${name}${side === undefined ? '' : ` ${side}`}`);
      if (name === 'west') throw new IsthmusError('leave-refused', 'west is the home of the mesh');
      if (world.away.has(name) && side !== 'Lost') throw new IsthmusError('cluster-unreachable', `${name} is away`);
      return {
        left: { clusters: world.stuck.map((one) => ({ cluster: one, outcome: 'Stuck', stuck: [] })) },
      } as unknown as LeaveReport;
    },
  } as Partial<MeshSession> as MeshSession;
  const mesh: KeptMesh = {
    session,
    home: 'west',
    renewAccess: async () => undefined,
    restoreTokens: async () => [],
    renewTokens: async (cluster, { asked }) => {
      calls.push(['tokens', cluster, ...asked.values()].join(' '));
      return [];
    },
    mayLeave: (name) => name !== 'west',
    abandon: async (name) => {
      calls.push(`abandon ${name}`);
      return [];
    },
    probes: probesOf(world, calls),
    endpoints: {
      compare: async (name) => {
        if (name !== 'west') return [];
        const differences = world.gone.map(
          (address) => ({ pod: 'istiod-1', what: 'Gone', service: 'shop/cart', address }) as const,
        );
        return [{ peer: 'east', outcome: 'Compared', differences, remedy: 'restart istiod' }];
      },
    },
    watchSecrets: (listener) => void listeners.set('secrets', listener),
    watchOwned: (cluster, listener) => void listeners.set(cluster, listener),
    [Symbol.asyncDispose]: async () => void calls.push('closed'),
  };
  const ended = keepMesh({
    home: {
      read: async () => ({ documents: world.documents, mesh: world.invalid ?? mesh }),
      documents: async () => world.documents,
      watch: (listener) => void listeners.set('documents', listener),
      writeStatus: async ({ name }, status) => {
        written.set(name, status as MeshClusterStatus);
        return true;
      },
      hold: async ({ name }) => void calls.push(`hold ${name}`),
      release: async ({ name }, record) => void calls.push(`release ${name} ${JSON.stringify(record)}`),
      record: async (happening) => void happenings.push(happening),
    },
    leadership: {
      signal: stop.signal,
      check: () => {
        if (!world.leads) throw new IsthmusError('lock-held', 'another one leads');
      },
    },
    clock,
    random: () => 0.5,
    log: () => undefined,
    metrics: createMetrics(),
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  };
  const pass = async (ms = quietMs): Promise<void> => {
    await settle();
    clock.advance(ms);
    await settle();
  };
  return { world, calls, looks, left, settled, written, happenings, listeners, stop, ended, pass };
}

/** A scene that has read its documents and done what they ask for. */
async function begun(start: Partial<World> = {}): Promise<Scene> {
  const made = scene(start);
  for (let turn = 0; turn < 4; turn += 1) await made.pass();
  return made;
}

function conditionOf({ written }: Scene, name: string, wanted: string): unknown {
  const found = written.get(name)?.conditions?.find(({ type }) => type === wanted);
  return found === undefined ? undefined : `${found.status} ${found.reason}`;
}

describe('what the operator does', () => {
  test('a cluster that differs is applied, alone and without its documents; one that does not is not written to', async () => {
    const made = await begun({ changes: new Map([['east', [change]]]) });
    expect(made.calls.filter((call) => call.startsWith('apply'))).toEqual(['apply east Leave']);
    expect(conditionOf(made, 'east', 'UpToDate')).toBe('True Applied');
    expect(conditionOf(made, 'west', 'Available')).toBe('True Confirmed');
    expect(made.happenings.map(({ reason }) => reason)).toContain('Restored');
    expect(made.happenings.find(({ reason }) => reason === 'Restored')?.note).toContain('spec.replicas, set by hpa');
  });

  test('what a cluster keeps for the others is looked at again as soon as all of them are as declared', async () => {
    const made = await begun({ keeps: new Set(names), changes: new Map([['east', [change]]]) });
    expect(made.settled.slice(0, 2).sort()).toEqual(['east', 'west']);
    expect(made.settled.slice(2).sort()).toEqual(['east beside west', 'west beside east']);
    expect((await begun()).settled).toHaveLength(names.length);
  });

  test('and not while one of them differs', async () => {
    const made = await begun({ keeps: new Set(names), verdict: 'OverLimit', changes: new Map([['east', [change]]]) });
    expect(made.settled.toSorted()).toEqual(['east', 'west']);
  });

  test('and once more where one of them differed for a while', async () => {
    const made = await begun({ keeps: new Set(names) });
    const changed = async (cluster: string): Promise<void> => {
      made.settled.length = 0;
      made.listeners.get(cluster)?.onChange({ what: 'Deleted ConfigMap istio', kind: 'ConfigMap', part: 'Object' });
      for (let turn = 0; turn < 3; turn += 1) await made.pass();
    };
    made.world.verdict = 'OverLimit';
    made.world.changes.set('east', [change]);
    await changed('east');
    made.world.verdict = 'Allowed';
    await changed('west');
    expect(made.settled).toEqual(['west']);
    await changed('east');
    expect(made.settled).toEqual(['east beside west', 'west beside east']);
  });

  test('what a change undid is put back before the cluster is looked at', async () => {
    const made = await begun();
    made.calls.length = 0;
    made.looks.length = 0;
    made.world.changes.set('east', [change]);
    made.listeners.get('east')?.onChange({ what: 'Deleted ConfigMap istio', kind: 'ConfigMap', part: 'Object' });
    for (let turn = 0; turn < 2; turn += 1) await made.pass();
    expect(made.looks).toEqual(['after apply east Leave']);
  });

  test('a changed object wakes its own cluster, the addresses of a Service and the tokens of Secrets all of them', async () => {
    const made = await begun();
    made.calls.length = 0;
    made.listeners.get('east')?.onChange({ what: 'Deleted ConfigMap istio', kind: 'ConfigMap', part: 'Object' });
    await made.pass();
    expect(made.calls).toEqual(['plan east']);
    made.listeners.get('west')?.onChange({ what: 'Modified Deployment istiod', kind: 'Deployment', part: 'Status' });
    await made.pass();
    expect(made.calls).toEqual(['plan east']);
    made.listeners.get('west')?.onChange({ what: 'Modified Service gateway', kind: 'Service', part: 'Status' });
    await made.pass();
    expect(made.calls.slice(1).toSorted()).toEqual(['plan east', 'plan west']);
    made.listeners.get('east')?.onChange({ what: 'Added Secret reader-token', kind: 'Secret', part: 'Object' });
    await made.pass();
    expect(made.calls.slice(3).toSorted()).toEqual(['plan east', 'plan west']);
  });

  test('a token that is asked for is looked at without a plan, and a changed document is planned for', async () => {
    const made = await begun();
    made.calls.length = 0;
    made.world.documents = [documentOf('shop'), documentOf('west'), documentOf('east', { renewToken: 'now' })];
    const documents = made.listeners.get('documents');
    documents?.onChange({ what: 'Modified MeshCluster east', kind: 'MeshCluster', part: 'Asked' });
    for (let turn = 0; turn < 3; turn += 1) await made.pass();
    expect(made.calls.toSorted()).toEqual(['tokens east now', 'tokens west now']);
    made.calls.length = 0;
    documents?.onChange({ what: 'Modified MeshCluster east', kind: 'MeshCluster', part: 'Object' });
    documents?.onChange({ what: 'Modified MeshCluster east', kind: 'MeshCluster', part: 'Asked' });
    for (let turn = 0; turn < 4; turn += 1) await made.pass();
    expect(made.calls).toContain('plan east');
    expect(made.calls).toContain('tokens west now');
  });

  test('an intermediate that is due is renewed by a reconcile, and tried again an hour later where it still is', async () => {
    const made = await begun({ renewAt: '2030-01-01T01:00:00Z' });
    made.calls.length = 0;
    for (let minute = 0; minute < 55; minute += 1) await made.pass(60_000);
    expect(made.calls).toEqual([]);
    for (let minute = 0; minute < 10; minute += 1) await made.pass(60_000);
    expect(made.calls.toSorted()).toEqual(['plan east', 'plan west']);
    for (let minute = 0; minute < 60; minute += 1) await made.pass(60_000);
    expect(made.calls.toSorted()).toEqual(['plan east', 'plan east', 'plan west', 'plan west']);
  });

  test('nothing is done while nothing changes, but for looks', async () => {
    const made = await begun();
    made.calls.length = 0;
    for (let minute = 0; minute < 60; minute += 1) await made.pass(60_000);
    expect(made.calls).toEqual([]);
  });

  test.each([
    ['the MeshCluster', [documentOf('shop'), documentOf('west'), documentOf('east', { isPaused: true })]],
    ['the Mesh', [documentOf('shop', { isPaused: true }), documentOf('west'), documentOf('east')]],
  ])('a pause on %s keeps it from writing', async (_, documents) => {
    const made = await begun({ documents, changes: new Map([['east', [change]]]) });
    expect(made.calls.filter((call) => call.startsWith('apply'))).toEqual([]);
    expect(conditionOf(made, 'east', 'UpToDate')).toBe('False Paused');
  });

  test.each([
    ['more deletions than may be', 'OverLimit', '9 objects would be deleted and 5 may be.'],
    ['half of a kind', 'KindHalved', '4 of 4 DestinationRules would be deleted.'],
  ] as const)('%s: nothing is deleted, and it waits for a person', async (_, verdict, says) => {
    const made = await begun({ verdict, changes: new Map([['east', [change]]]) });
    expect(conditionOf(made, 'east', 'UpToDate')).toBe('False DeletionGuard');
    const { conditions = [] } = made.written.get('east') ?? {};
    expect(conditions.find(({ type }) => type === 'UpToDate')?.message).toContain(says);
    made.calls.length = 0;
    for (let minute = 0; minute < 10; minute += 1) await made.pass(60_000);
    expect(made.calls).toEqual([]);
  });

  test('who keeps setting a field is named, and met more and more rarely', async () => {
    const made = await begun();
    for (let turn = 0; turn < 3; turn += 1) {
      made.world.changes.set('east', [change]);
      made.listeners.get('east')?.onChange({ what: 'Modified Deployment istiod', kind: 'Deployment', part: 'Object' });
      await made.pass();
    }
    await made.pass();
    expect(conditionOf(made, 'east', 'Drifted')).toBe('True ChangedByOthers');
    made.calls.length = 0;
    made.world.changes.set('east', [change]);
    made.listeners.get('east')?.onChange({ what: 'Modified Deployment istiod', kind: 'Deployment', part: 'Object' });
    await made.pass();
    expect(made.calls).toEqual([]);
    await made.pass(1_000);
    expect(made.calls).toContain('apply east Leave');
  });
});

describe('when the operator must not write', () => {
  test('one that no longer leads neither applies nor writes a status', async () => {
    const made = await begun({ leads: false, changes: new Map([['east', [change]]]) });
    expect(made.calls.filter((call) => call.startsWith('apply'))).toEqual([]);
    expect(made.written.size).toBe(0);
  });

  test('documents that describe no mesh are reported, and nothing is planned', async () => {
    const made = await begun();
    made.calls.length = 0;
    made.world.invalid = new IsthmusError('invalid-config', 'the documents do not describe a mesh');
    made.listeners
      .get('documents')
      ?.onChange({ what: 'Modified MeshCluster east', kind: 'MeshCluster', part: 'Object' });
    await made.pass();
    await made.pass();
    expect(made.calls).toEqual(['closed']);
    for (const name of names) expect(conditionOf(made, name, 'UpToDate')).toBe('False InvalidDocuments');
    made.world.invalid = undefined;
    made.listeners
      .get('documents')
      ?.onChange({ what: 'Modified MeshCluster east', kind: 'MeshCluster', part: 'Object' });
    for (let turn = 0; turn < 3; turn += 1) await made.pass();
    expect(conditionOf(made, 'east', 'UpToDate')).toBe('True Applied');
  });

  test('a home cluster that cannot be read ends nothing', async () => {
    const made = await begun();
    made.calls.length = 0;
    made.world.invalid = new IsthmusError('cluster-unreachable', 'refuses connections', { retry: true });
    made.listeners.get('documents')?.onChange({ what: 'listed Mesh', kind: 'Mesh', part: 'Object' });
    await made.pass();
    made.listeners.get('east')?.onChange({ what: 'Deleted ConfigMap istio', kind: 'ConfigMap', part: 'Object' });
    await made.pass();
    expect(made.calls).toEqual(['plan east']);
  });

  test('it ends with the leadership, and its connections are closed', async () => {
    const made = await begun();
    made.calls.length = 0;
    made.stop.abort();
    await made.ended;
    expect(made.calls).toEqual(['closed']);
  });
});

describe('when a document is deleted', () => {
  const deleted = (spec: Partial<KeptDocument['spec']>, name = 'east'): readonly KeptDocument[] =>
    ['shop', 'west', 'east'].map((one) => documentOf(one, one === name ? { isDeleted: true, spec: { ...spec } } : {}));
  const lifecycle = ({ calls }: Scene): readonly string[] =>
    calls.filter((call) => /^(leave|abandon|release|hold)/.test(call));

  test('a document that is new is held, once', async () => {
    const documents = [documentOf('shop'), documentOf('west'), documentOf('east', { isHeld: false })];
    const made = await begun({ documents });
    made.listeners.get('east')?.onChange({ what: 'Deleted Secret cacerts', kind: 'Secret', part: 'Object' });
    await made.pass();
    expect(lifecycle(made)).toEqual(['hold east']);
  });

  test.each([
    ['nothing', {}, ['release east {"retainedIn":"shop"}']],
    ['Uninstall', { deletionPolicy: 'Uninstall' }, ['leave east', 'release east {"forgottenIn":"shop"}']],
    ['Abandon', { deletionPolicy: 'Abandon' }, ['abandon east', 'release east {"forgottenIn":"shop"}']],
  ])('with %s said the cluster is let go of that way', async (_, spec, expected) => {
    const made = await begun({ documents: deleted(spec) });
    expect(lifecycle(made)).toEqual(expected);
  });

  test('the others are brought to the mesh without the cluster while it leaves', async () => {
    const made = await begun({ documents: deleted({ deletionPolicy: 'Uninstall' }), stuck: ['east'] });
    expect(made.calls).toContain('plan west without east');
    expect(lifecycle(made)).toEqual(['leave east']);
    expect(conditionOf(made, 'east', 'UpToDate')).toBe('False Leaving');
    expect(made.written.get('east')?.phase).toBe('Leaving');
    await made.pass(1_000);
    await made.pass();
    expect(lifecycle(made).length).toBeGreaterThan(1);
  });

  test('a cluster that is not reached holds up nobody, and says how the document can go', async () => {
    const made = await begun({ documents: deleted({ deletionPolicy: 'Uninstall' }), away: new Set(['east']) });
    const said = made.written.get('east')?.conditions?.find(({ type }) => type === 'UpToDate')?.message;
    expect(said).toContain('Set spec.onUnreachable to Remove where the cluster is gone for good.');
    expect(said).toContain('Set spec.deletionPolicy to Retain or Abandon');
    expect(said).not.toContain('--');
    expect(conditionOf(made, 'west', 'UpToDate')).toBe('True Applied');
  });

  test('a cluster that is gone for good leaves without its own part', async () => {
    const spec = { deletionPolicy: 'Uninstall', onUnreachable: 'Remove' };
    const made = await begun({ documents: deleted(spec), away: new Set(['east']) });
    expect(lifecycle(made)).toEqual(['leave east', 'leave east Lost', 'release east {"forgottenIn":"shop"}']);
  });

  test('the mesh goes on with a cluster that it cannot do without', async () => {
    const made = await begun({ documents: deleted({ deletionPolicy: 'Uninstall' }, 'west') });
    expect(conditionOf(made, 'west', 'UpToDate')).toBe('False LeaveRefused');
    expect(made.calls).toContain('plan east');
    made.calls.length = 0;
    for (let minute = 0; minute < 10; minute += 1) await made.pass(60_000);
    expect(lifecycle(made)).toEqual([]);
  });

  test('without a mesh the documents of clusters that are to stay go', async () => {
    const invalid = new IsthmusError('not-found', 'west keeps no mesh');
    const made = await begun({ documents: deleted({}), invalid });
    expect(lifecycle(made)).toEqual(['release east "NoMesh"']);
    const other = await begun({ documents: deleted({ deletionPolicy: 'Uninstall' }), invalid });
    expect(lifecycle(other)).toEqual([]);
  });
});

test('the others drain a cluster that is not reached where its document says so, and read it again when it answers', async () => {
  const documents = [documentOf('shop'), documentOf('west'), documentOf('east', { spec: { onUnreachable: 'Drain' } })];
  const made = await begun({ documents, away: new Set(['east']) });
  for (let turn = 0; turn < 40; turn += 1) await made.pass(15_000);
  expect(made.calls).toContain('plan west drained east');
  expect(conditionOf(made, 'east', 'UpToDate')).toBe('Unknown Drained');
  expect(made.written.get('east')?.phase).toBe('Unreachable');
  expect(made.happenings.map(({ reason }) => reason)).toContain('Drained');
  made.calls.length = 0;
  made.world.away.delete('east');
  for (let turn = 0; turn < 4; turn += 1) await made.pass(15_000);
  expect(made.calls).toContain('plan west');
  expect(conditionOf(made, 'east', 'UpToDate')).toBe('True Applied');
  expect(made.happenings.map(({ reason }) => reason)).toContain('Returned');
});
describe('what probes are to it', () => {
  const quarterMs = 15_000;

  test('a probe is made once the cluster holds what the mesh declares, and its answers are the data path', async () => {
    const made = await begun({ peers: true });
    expect(made.calls.filter((call) => call.startsWith('probe'))).toEqual(['probe west', 'probe east']);
    await made.pass(quarterMs);
    expect(conditionOf(made, 'west', 'DataPath')).toBe('True Confirmed');
    expect(conditionOf(made, 'west', 'Available')).toBe('True Confirmed');
  });

  test('one request that fails changes nothing, the second does, and the gateway of the other is named', async () => {
    const made = await begun({ peers: true });
    await made.pass(quarterMs);
    made.world.answers.set('west', 'Failed');
    await made.pass(quarterMs);
    expect(conditionOf(made, 'west', 'DataPath')).toBe('True NotConfirmed');
    await made.pass(5_000);
    expect(conditionOf(made, 'west', 'DataPath')).toBe('False PairFailing');
    expect(conditionOf(made, 'east', 'GatewayReady')).toBe('False GatewayNotReached');
    expect(conditionOf(made, 'east', 'DataPath')).toBe('True Confirmed');
    made.world.answers.clear();
    await made.pass(quarterMs);
    expect(conditionOf(made, 'west', 'DataPath')).toBe('True Confirmed');
    expect(conditionOf(made, 'east', 'GatewayReady')).toBe('True OneNetwork');
  });

  test('a cluster that does not answer what is read of its probe is looked at at once, and a second time soon', async () => {
    const made = await begun({ peers: true });
    await made.pass(quarterMs);
    made.world.away.add('east');
    await made.pass(quarterMs);
    await made.pass();
    expect(conditionOf(made, 'east', 'Reachable')).toBe('True NotConfirmed');
    await made.pass(5_000);
    expect(conditionOf(made, 'east', 'Reachable')).toBe('False Unreachable');
  });

  test('nothing is made in a cluster that is paused', async () => {
    const documents = [documentOf('shop'), documentOf('west', { isPaused: true }), documentOf('east')];
    const made = await begun({ peers: true, documents });
    expect(made.calls.filter((call) => call.startsWith('probe'))).toEqual(['probe east']);
  });

  test('a peer that the others do without is no failure of theirs', async () => {
    const documents = [
      documentOf('shop'),
      documentOf('west'),
      documentOf('east', { spec: { onUnreachable: 'Drain' } }),
    ];
    const made = await begun({ peers: true, documents, away: new Set(['east']) });
    made.world.answers.set('west', 'Failed');
    await made.pass(quarterMs);
    await made.pass(quarterMs);
    expect(conditionOf(made, 'west', 'DataPath')).toBe('False PairFailing');
    for (let turn = 0; turn < 40; turn += 1) await made.pass(quarterMs);
    expect(made.calls).toContain('plan west drained east');
    expect(conditionOf(made, 'west', 'DataPath')).toBe('Unknown NotProbed');
  });

  test('nothing is made by an operator that no longer leads', async () => {
    const made = await begun({ peers: true, leads: false });
    expect(made.calls.filter((call) => call.startsWith('probe'))).toEqual([]);
  });
});

describe('what an istiod holds of its peers', () => {
  const look = async (made: Scene): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await made.pass(2_000);
  };

  test('endpoints that are gone in one look change nothing, and in a second one the istiod does not follow its peer', async () => {
    const made = await begun({ peers: true });
    expect(conditionOf(made, 'west', 'Discovered')).toBe('True Confirmed');
    made.world.gone = ['10.1.0.1'];
    await made.pass(60_000);
    expect(conditionOf(made, 'west', 'Discovered')).toBe('True NotConfirmed');
    await look(made);
    expect(conditionOf(made, 'west', 'Discovered')).toBe('False EndpointsFrozen');
    expect(conditionOf(made, 'west', 'Available')).toBe('False EndpointsFrozen');
    expect(conditionOf(made, 'east', 'Discovered')).toBe('True Confirmed');
    made.world.gone = [];
    await made.pass(60_000);
    expect(conditionOf(made, 'west', 'Discovered')).toBe('True Confirmed');
  });

  test('other ones that are gone in each look are changes on the way', async () => {
    const made = await begun({ peers: true });
    for (const address of ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4']) {
      made.world.gone = [address];
      await made.pass(60_000);
      expect(conditionOf(made, 'west', 'Discovered')).toBe('True NotConfirmed');
    }
  });
});

describe('the documents that are about every cluster', () => {
  const service = { ...documentOf('cart'), kind: 'MeshService', namespace: 'sample', generation: 3 } as const;
  const documents = ['shop', ...names].map((name) => documentOf(name));
  const told = ({ written }: Scene, name: string): unknown => {
    const { observedGeneration, conditions = [] } = written.get(name) ?? {};
    return [observedGeneration, ...conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`)];
  };

  test('say what their clusters are together', async () => {
    const made = await begun({ documents: [...documents, service] });
    expect(told(made, 'shop')).toEqual([1, 'Available True Confirmed', 'UpToDate True Applied']);
    expect(told(made, 'cart')).toEqual([3, 'UpToDate True Applied']);
  });

  test('a MeshService that is paused is left out everywhere and says so, and the others are compared', async () => {
    const cart = { ...service, isPaused: true };
    const till = { ...service, name: 'till', uid: 'uid-till' };
    const changes = new Map([['east', [change]]]);
    const made = await begun({ documents: [...documents, cart, till], changes });
    expect([...made.left.values()]).toEqual(names.map(() => [{ name: 'cart', namespace: 'sample' }]));
    expect(told(made, 'cart')).toEqual([3, 'UpToDate Unknown Paused']);
    expect(told(made, 'till')).toEqual([3, 'UpToDate True Applied']);
    expect(told(made, 'shop')).toEqual([1, 'Available True Confirmed', 'UpToDate True Applied']);
    const { conditions = [] } = made.written.get('west') ?? {};
    expect(conditions.find(({ type }) => type === 'UpToDate')?.message).toMatch(
      /paused were left out: sample\/cart\.$/,
    );
    made.world.documents = [...documents, service, till];
    made.listeners
      .get('documents')
      ?.onChange({ what: 'Modified MeshService cart', kind: 'MeshService', part: 'Object' });
    for (let turn = 0; turn < 4; turn += 1) await made.pass();
    expect([...made.left.values()]).toEqual(names.map(() => []));
    expect(told(made, 'cart')).toEqual([3, 'UpToDate True Applied']);
  });

  test('name the cluster in which something is wrong', async () => {
    const made = await begun({ verdict: 'OverLimit', changes: new Map([['east', [change]]]), documents });
    expect(told(made, 'shop')).toEqual([1, 'Available False DeletionGuard', 'UpToDate False DeletionGuard']);
    expect(made.written.get('shop')?.conditions?.[0]?.message).toMatch(/^west: /);
  });

  test('are not true by what was found for documents that were others', async () => {
    const made = await begun({ documents });
    made.world.documents = documents.map((one) => (one.kind === 'Mesh' ? { ...one, generation: 2 } : one));
    const history: string[] = [];
    const { set } = made.written;
    made.written.set = (name, status) => {
      if (name === 'shop') history.push(`${status.observedGeneration} ${status.conditions?.[0]?.status}`);
      return set.call(made.written, name, status);
    };
    // East takes longer than west.
    made.world.changes.set('east', [change]);
    made.listeners.get('documents')?.onChange({ what: 'Modified Mesh shop', kind: 'Mesh', part: 'Object' });
    for (let turn = 0; turn < 4; turn += 1) await made.pass();
    expect([...new Set(history)]).toEqual(['2 Unknown', '2 True']);
  });
});
