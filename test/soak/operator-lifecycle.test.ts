import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startClusterPart, stopClusterPart } from '../../lab/src/parts.ts';
import { drainAfterMs, removeAfterMs } from '../../src/operator/absence.ts';
import { eventually } from '../support/eventually.ts';
import { labelled } from '../support/inventory.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { causesOf } from '../support/operator/losses.ts';
import { leads, type Operators, operatorsOf, withLogOf } from '../support/operator/operators.ts';
import { pauseService } from '../support/operator/paused-service.ts';
import { expectHeld, home, inIstio, inSystem, type Site, startSite } from '../support/operator/site.ts';
import type { Counted } from '../support/operator/steady.ts';
import type { Pair } from '../support/truth/fault.ts';
import { say } from './seed.ts';

let lab: TestLab;
let site: Site;
let operators: Operators | undefined;
/** One that loses its Lease on a busy machine ends, and is started again as a kubelet does. */
let keptUp: ReturnType<Operators['keepUp']> | undefined;

/** So long nothing may change of what has to stay. */
const quietMs = 45_000;
/** A look finds that a cluster does not answer, and a second one confirms it. */
const foundMs = 150_000;
const patience = { timeoutMs: 240_000 };

beforeAll(async () => {
  const clusters = [...twoClusters, { name: 'north', network: 'an' }];
  lab = await startTestLab({ name: 'soak-op-life', clusters });
  site = await startSite(lab, { east: { onUnreachable: 'Remove' } });
  operators = operatorsOf(lab, home);
  const leader = operators.start();
  keptUp = operators.keepUp(leader);
  await leader.said(leads);
  await withLogOf(leader, site.whole);
  await site.clients.calm();
});
afterAll(async () => {
  await keptUp?.();
  await operators?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** Counts what is sent while some work is done; requests of these pairs may fail, and of no others. */
async function counting(what: string, pairs: readonly Pair[], work: () => Promise<void>): Promise<void> {
  const from = Date.now();
  await work();
  const counted: Counted = await site.clients.counted(from, Date.now());
  say(`${what} | ${counted.sent} | ${counted.losses.length} | ${causesOf(counted.losses)}`);
  const others = counted.losses.filter(({ pair }) => !pairs.includes(pair));
  expect(causesOf(others)).toBe('');
}

async function deleteDocument(policy: string): Promise<void> {
  const east = ['meshcluster', 'east'] as const;
  const patch = JSON.stringify({ spec: { deletionPolicy: policy } });
  await lab.kubectl(home, ...inSystem, 'patch', ...east, '--type=merge', '-p', patch);
  await lab.kubectl(home, ...inSystem, 'delete', ...east, '--timeout=240s');
}

/** Whether a cluster has a remote secret for another one. */
async function reads(reader: string, peer: string): Promise<boolean> {
  const secret = [...inIstio, 'get', 'secret', `istio-remote-secret-${peer}`, '--ignore-not-found', '-o', 'name'];
  return (await lab.kubectl(reader, ...secret)) !== '';
}

/** The documents as before: the cluster comes back. */
async function applied(): Promise<void> {
  expect(await lab.isthmus.run(['apply', '-f', site.mesh])).toMatchObject({ code: 0 });
  await site.whole();
}

test('a MeshService that is paused is left as it is, and followed again afterwards', async () => {
  await counting('a MeshService is paused', [], async () => await pauseService(site));
});

test('Retain: the document goes, and the mesh stays as it is', async () => {
  const before = await site.held();
  await counting('Retain', [], async () => {
    await deleteDocument('Retain');
    await delay(quietMs);
    expectHeld(before, await site.held(), /$^/);
    const record = [...inSystem, 'get', 'configmap', 'isthmus-retained', '-o', 'jsonpath={.data}'];
    expect(await lab.kubectl(home, ...record)).toContain('shop.east');
    await applied();
  });
  expectHeld(before, await site.held(), /$^/);
});

test('Uninstall: the cluster leaves with everything of the mesh, and joins again', async () => {
  const before = await site.held();
  const cross: readonly Pair[] = ['west east', 'east west', 'east east'];
  await counting('Uninstall', cross, async () => {
    await deleteDocument('Uninstall');
    expect(await labelled(lab, 'east', 'shop')).toEqual([]);
    await eventually(async () => ((await reads(home, 'east')) ? 'west reads east' : undefined), patience);
    expect(await reads(home, 'north')).toBe(true);
    await applied();
    await site.clients.calm();
  });
  expectHeld(before, await site.held(), /east/);
});

async function reasonIs(reason: string, withinMs: number): Promise<void> {
  await eventually(
    async () => {
      const found = await site.condition('east', 'UpToDate');
      return found?.reason === reason ? undefined : `${found?.reason}: ${found?.message}`;
    },
    { timeoutMs: withinMs, everyMs: 2_000 },
  );
}

test('onUnreachable: Keep changes nothing, Remove drains first, and both are back at the first answer', async () => {
  const before = await site.held();
  const away = ['east', 'north'] as const;
  await counting('Keep and Remove', ['west east', 'east west'], async () => {
    for (const name of away) await stopClusterPart(lab.lab.name, name, 'apiserver');
    expect(await reads(home, 'east')).toBe(true);
    await reasonIs('Drained', foundMs + drainAfterMs);
    await eventually(async () => ((await reads(home, 'east')) ? 'west reads east' : undefined), patience);
    expect(await reads(home, 'north')).toBe(true);
    await reasonIs('Removed', foundMs + removeAfterMs);
    expect(await reads(home, 'north')).toBe(true);
    for (const name of away) startClusterPart(lab.lab.name, name, 'apiserver');
    await site.whole();
    await site.clients.calm();
  });
  expectHeld(before, await site.held(), /istio-remote-secret|east/);
});

test('Abandon: what is there stays and works on, and is nobody of ours', async () => {
  await counting('Abandon', [], async () => {
    await deleteDocument('Abandon');
    await delay(quietMs);
  });
  expect(await labelled(lab, 'east', 'shop')).toEqual([]);
  expect(await reads(home, 'east')).toBe(true);
  const running = await lab.kubectl('east', ...inIstio, 'get', 'deployments', '-o', 'name');
  expect(running.trim().split('\n').toSorted()).toEqual([
    'deployment.apps/istio-eastwestgateway',
    'deployment.apps/istiod',
  ]);
  const taken = await lab.kubectl(home, ...inIstio, 'get', 'secret', 'istio-remote-secret-east', '--show-labels');
  expect(taken).not.toContain('isthmus.dev/mesh');
});
