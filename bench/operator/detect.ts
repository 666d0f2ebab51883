import { setTimeout as pause } from 'node:timers/promises';
import { apiVersion } from '../../src/api/mesh.ts';
import { pausedAnnotation } from '../../src/api/mesh-cluster-status.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';
import { quantile } from '../statistics.ts';
import { table } from '../table.ts';
import type { PartOptions } from './bench.ts';
import { areAvailable, type Fleet, untilConditions } from './conditions.ts';
import { type Fault, type FaultSite, faults } from './faults.ts';
import { home, type KeptMesh, onKeptMesh, remote } from './kept-mesh.ts';

const both = [home, remote];
/** What is not found then is not found. */
const limitMs = 180_000;
/** A mesh that has just been mended: what a fault left is over, and the next one comes at some moment of a probe's period. */
const calmMs = { least: 5_000, spread: 15_000 };

interface Detected {
  readonly fault: Fault;
  /** Undefined where it was not found in time. */
  readonly ms: number | undefined;
}

/** How long faults take to be in the right condition, while the operator is kept from mending them. */
export async function measureDetection({ wanted, signal, print }: PartOptions): Promise<void> {
  await onKeptMesh({ signal }, async (mesh) => {
    const found: Detected[] = [];
    for (let round = 0; round < wanted.rounds; round += 1) {
      for (const fault of faults) {
        const one = await detected(mesh, fault);
        print(`  ${seconds(one.ms).padStart(5)} s  ${fault.name}: ${fault.type} of ${fault.cluster}`);
        found.push(one);
      }
    }
    print(detectedText(found));
  });
}

async function detected(mesh: KeptMesh, fault: Fault): Promise<Detected> {
  const { ground, signal } = mesh;
  const site: FaultSite = { home: mesh.home, remote: mesh.remote, lab: ground.lab.name };
  await setPause(mesh, 'true');
  try {
    await untilConditions(mesh.home, { until: arePaused, awaited: 'both are paused and Available', signal });
    await pause(calmMs.least + Math.random() * calmMs.spread, undefined, { signal });
    const watching = untilConditions(mesh.home, { until: tells(fault), awaited: fault.name, signal, limitMs });
    watching.catch(() => undefined);
    const begun = performance.now();
    await fault.inject(site);
    const at = await watching.catch((error: unknown) => {
      signal.throwIfAborted();
      process.stderr.write(`${String(error)}\n`);
      return undefined;
    });
    return { fault, ms: at === undefined ? undefined : at - begun };
  } finally {
    await fault.heal?.(site);
    await setPause(mesh, null);
    await untilConditions(mesh.home, { until: areWell, awaited: `mended after: ${fault.name}`, signal });
  }
}

function tells({ cluster, type, reasons }: Fault): (fleet: Fleet) => boolean {
  return (fleet) => {
    const condition = fleet.get(cluster)?.get(type);
    return condition?.status === 'False' && reasons.includes(condition.reason);
  };
}

function arePaused(fleet: Fleet): boolean {
  return areAvailable(both)(fleet) && both.every((name) => fleet.get(name)?.get('UpToDate')?.reason === 'Paused');
}

function areWell(fleet: Fleet): boolean {
  return areAvailable(both)(fleet) && both.every((name) => fleet.get(name)?.get('UpToDate')?.reason === 'Applied');
}

async function setPause({ home: client }: Pick<KeptMesh, 'home'>, value: 'true' | null): Promise<void> {
  for (const name of both) await annotate(client, name, { [pausedAnnotation]: value });
}

async function annotate(client: KubeClient, name: string, annotations: Record<string, string | null>): Promise<void> {
  const path = `/apis/${apiVersion}/namespaces/${systemNamespace}/meshclusters/${name}`;
  const body = { metadata: { annotations } };
  await client.raw({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : (ms / 1000).toFixed(1);
}

function detectedText(found: readonly Detected[]): string {
  const row = (who: string, kind: Fault['found'], aim: string): readonly string[] => {
    const of = found.filter(({ fault }) => fault.found === kind);
    const times = of.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY);
    const of50 = quantile(times, 0.5);
    const shown = [of50, quantile(times, 0.99)].map((ms) => (Number.isFinite(ms) ? seconds(ms) : 'never'));
    return [who, String(of.length), ...shown, aim];
  };
  return `\nseconds from a fault to the condition that tells of it\n${table([
    ['what is', 'faults', 'p50', 'p99', 'aim of p99'],
    row('watched', 'Watched', '10'),
    row('shown by requests alone', 'Asked', '60'),
  ])}`;
}
