import type { StoredShift } from '../api/mesh-shift.ts';
import { IsthmusError } from '../base/error.ts';
import { hostOf, meshServiceObjects, subsetName } from '../istio/mesh-service.ts';
import type { ServiceName } from '../mesh/declared.ts';
import { serviceSplit, shiftedNames } from '../mesh/shifted.ts';
import { splitAt } from '../mesh/split-at.ts';
import type { KubeObject } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import { planObject } from '../plan/change.ts';
import { ownedObject, type StagedObject } from '../plan/desired.ts';
import { clientOf, type ShiftContext } from './context.ts';
import { readLackingSubsets } from './readings.ts';

type Rendering = Pick<ShiftContext, 'mesh' | 'digest'>;

/** What a step wants, as an apply would want it meanwhile. */
export function wantedAt(mesh: string, spec: StoredShift['spec'], step: number): readonly StagedObject[] {
  const split = splitAt(spec, step);
  const services = shiftedNames(spec).map((service) => serviceSplit({ ...service, split }));
  return meshServiceObjects(services).map((object) => ownedObject(object, mesh));
}

/** The services of a shift, each with its name as proxies have it. */
export function shiftedHosts(spec: StoredShift['spec']): ReadonlyMap<string, ServiceName> {
  const split = { [spec.to]: 100 };
  return new Map(shiftedNames(spec).map((service) => [hostOf(serviceSplit({ ...service, split })), service]));
}

/** An object as an apply writes it, with its digest. */
export function applied(wanted: StagedObject, { mesh, digest }: Rendering): KubeObject {
  const change = planObject(wanted, undefined, { mesh, digest, drift: 'Repair' });
  return change.action === 'Create' ? change.object : wanted.object;
}

/** How long proxies may take to learn of subsets, and how often they are asked, in milliseconds. */
const patienceMs = 120_000;
const lookMs = 500;

/**
 * Makes the subsets known to every proxy before a route names one: Envoy answers 503 where the route comes first, and istiod sends
 * both at once where both are new. Requests go on as before meanwhile.
 */
export async function writeSubsets(context: ShiftContext, { spec }: StoredShift): Promise<void> {
  const { clock, signal, report } = context;
  const rules = wantedAt(context.mesh, spec, 1).filter(({ object }) => object.kind === 'DestinationRule');
  await write(context, spec.clusters, rules);
  const started = clock.monotonic();
  const subsets = [...new Set([spec.to, ...Object.keys(spec.from)])].map(subsetName);
  const hosts = [...shiftedHosts(spec).keys()];
  for (;;) {
    const lacking = await readLackingSubsets(context, { hosts, subsets });
    const afterMs = Math.round(clock.monotonic() - started);
    const [first] = lacking;
    if (first === undefined) return report({ type: 'Prepared', details: { subsets, afterMs } });
    if (afterMs > patienceMs) {
      const others = lacking.length === 1 ? '' : ` and ${lacking.length - 1} others`;
      throw new IsthmusError(
        'timeout',
        `${first}${others} does not know the subsets of ${hosts.join(', ')}; no weight was written`,
        {
          remedy: 'see that its istiod is connected and takes the configuration of its cluster',
        },
      );
    }
    await clock.sleep(lookMs, signal);
  }
}

/** Writes the weights of a step into every cluster that an istiod takes its configuration from. */
export async function writeStep(context: ShiftContext, { spec }: StoredShift, step: number): Promise<void> {
  await write(context, spec.clusters, wantedAt(context.mesh, spec, step));
}

async function write(
  context: ShiftContext,
  clusters: readonly string[],
  wanted: readonly StagedObject[],
): Promise<void> {
  const objects = wanted.map((one) => applied(one, context));
  await Promise.all(
    clusters.map(async (cluster) => {
      const client = clientOf(context, cluster);
      for (const object of objects) await client.apply(object, { fieldManager, conflicts: 'Refuse' });
    }),
  );
}
