import { everyService, meshShift, type StoredShift } from '../../api/mesh-shift.ts';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { meshServiceObjects } from '../../istio/mesh-service.ts';
import { shiftedNames } from '../../mesh/shifted.ts';
import { type KubeObject, refKey, refOf } from '../../objects/object.ts';
import { serverTime } from '../../observe/shifts.ts';
import { planObject } from '../../plan/change.ts';
import { ownedObject } from '../../plan/desired.ts';
import { clientOf, locked, type ShiftContext } from '../../shift/context.ts';
import { createIntent, record, refuseSecond } from '../../shift/intent.ts';
import { parseLimits } from '../../shift/limits.ts';
import { undoRecordOf } from '../../shift/record-of.ts';
import { applied, wantedAt } from '../../shift/weights.ts';
import { readMesh } from '../../snapshot/take.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { arm, disarm } from '../../undo/arm.ts';
import { undoName } from '../../undo/undo-objects.ts';
import type { ShiftPlan } from '../options.ts';
import { declaredCluster } from '../session.ts';
import { predictSteps, refused } from './predict.ts';
import { parseLabels, servicesIn } from './services-in.ts';
import { documentOf, sourcesOfAll, stillToMove } from './sources.ts';

export type ServiceName = StoredShift['spec']['service'];

const serviceForm = /^(?<name>\*|[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.(?<namespace>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)$/;

/** `reviews.bookinfo` as a service, `*.bookinfo` as those of the namespace. Throws `usage` for anything else. */
export function parseService(text: string): ServiceName {
  const { name, namespace } = serviceForm.exec(text)?.groups ?? {};
  if (name !== undefined && namespace !== undefined) return { name, namespace };
  throw new IsthmusError('usage', `"${text}" names no service`, {
    remedy: 'write NAME.NAMESPACE, or *.NAMESPACE for those of the namespace',
  });
}

/**
 * Decides that a shift may begin, records its intent and arms an undoer in every cluster that will be written. Nothing that
 * requests depend on is changed. What can be refused is refused here.
 */
export async function beginShift(
  context: ShiftContext,
  mesh: ResolvedMesh,
  { service, plan, image }: { readonly service: ServiceName; readonly plan: ShiftPlan; readonly image: string },
): Promise<StoredShift> {
  await refuseSecond(context, { service });
  const to = targetOf(mesh, service, plan);
  const { clients, signal } = context;
  const read = await readMesh([...clients.values()], { signal, unreachable: new Map() });
  const isWhole = service.name === everyService;
  const all = isWhole
    ? servicesIn(read, service.namespace, plan.selector).map((name) => ({ ...service, name }))
    : [service];
  const moving = stillToMove(mesh, all, { to, steps: plan.steps }).map(({ name }) => name);
  const services = isWhole ? moving : undefined;
  const spec = specOf(context, mesh, { service, services, plan, to });
  const before = await heldBefore(context, mesh, spec);
  await predictSteps(context, spec, read);
  const shift = await locked(context, async () => await createIntent(context, spec));
  try {
    const undo = undoRecordOf(context, shift, before);
    const arming = { name: undoName(service), image, record: undo, refuse: refused };
    await Promise.all(
      spec.clusters.map(async (cluster) => {
        await arm(clientOf(context, cluster), context, arming);
        context.report({ type: 'Armed', cluster, details: { expiresAt: spec.expiresAt } });
      }),
    );
    return shift;
  } catch (thrown) {
    await abandon(context, shift, thrown);
    throw thrown;
  }
}

/** Nothing was written yet: the intent ends and what was armed goes. */
async function abandon(context: ShiftContext, shift: StoredShift, thrown: unknown): Promise<void> {
  const still = { ...context, signal: new AbortController().signal };
  const message = thrown instanceof Error ? thrown.message.slice(0, 1000) : 'it could not begin';
  await record(still, shift, { phase: 'Aborted', message }).catch(() => undefined);
  const name = undoName(shift.spec.service);
  const clients = shift.spec.clusters.flatMap((cluster) => still.clients.get(cluster) ?? []);
  await Promise.allSettled(clients.map(async (client) => await disarm(client, name, still.signal)));
}

/** The target. Throws `usage` where the plan is not right. */
function targetOf(mesh: ResolvedMesh, service: ServiceName, plan: ShiftPlan): string {
  const { to, selector, steps, abortOn, everyMs, expiresMs } = plan;
  if (selector !== undefined && service.name !== everyService) {
    throw new IsthmusError('usage', 'labels choose among the services of a namespace, and one service is named', {
      remedy: 'name *.NAMESPACE, or leave the labels out',
    });
  }
  if (selector !== undefined) parseLabels(selector);
  const { p99 } = parseLimits(abortOn);
  if (!isAscending(steps)) {
    throw new IsthmusError('usage', 'the steps of a shift are whole percents, each larger than the one before', {
      remedy: 'write them such as 5,25,50,100',
    });
  }
  if (p99 !== undefined && steps[0] === 100) {
    throw new IsthmusError(
      'usage',
      'p99 is compared with the source clusters, and the first step leaves them nothing',
      {
        remedy: 'begin with a smaller step, such as 50,100',
      },
    );
  }
  if (expiresMs < everyMs * steps.length) {
    throw new IsthmusError('usage', 'the shift would expire before its steps can be measured', {
      remedy: 'let it expire later, or measure each step for a shorter time',
    });
  }
  return declaredCluster(mesh, to);
}

interface Beginning {
  readonly service: ServiceName;
  /** The names of several that are shifted together. */
  readonly services: readonly string[] | undefined;
  readonly plan: ShiftPlan;
  readonly to: string;
}

function specOf(
  { home, clock, mesh: name }: ShiftContext,
  mesh: ResolvedMesh,
  { service, services, plan: { steps, everyMs, abortOn, expiresMs }, to }: Beginning,
): StoredShift['spec'] {
  const parsed = meshShift.shape.spec.safeParse({
    mesh: name,
    service,
    services,
    to,
    from: sourcesOfAll(mesh, services?.map((one) => ({ ...service, name: one })) ?? [service], to),
    steps,
    everySeconds: Math.max(1, Math.round(everyMs / 1000)),
    abortOn,
    expiresAt: new Date(serverTime(home, clock.now()) + expiresMs).toISOString(),
    clusters: mesh.topology.clusters
      .filter(({ controlPlane }) => controlPlane.kind !== 'RemoteOf')
      .map((one) => one.name),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new IsthmusError('usage', `the shift is not right: ${issue?.path.join('.')} ${issue?.message}`);
}

function isAscending(steps: readonly number[]): boolean {
  return (
    steps.length > 0 &&
    steps.every((step, index) => Number.isInteger(step) && step > (steps[index - 1] ?? 0) && step <= 100)
  );
}

/**
 * What our field manager applied for the service so far. Throws `shift-refused` where a cluster holds anything else than what is
 * declared: that could not be put back.
 */
async function heldBefore(
  context: ShiftContext,
  mesh: ResolvedMesh,
  spec: StoredShift['spec'],
): Promise<readonly KubeObject[]> {
  const documents = shiftedNames(spec).flatMap((service) => documentOf(mesh, service) ?? []);
  const declared = meshServiceObjects(documents).map((one) => ownedObject(one, mesh.name));
  const wanted = wantedAt(mesh.name, spec, 1).map(({ object }) => refOf(object));
  const { signal, digest } = context;
  for (const cluster of spec.clusters) {
    const client = clientOf(context, clusterName.parse(cluster));
    for (const ref of wanted) {
      const live = await client.get(ref, { signal });
      const own = declared.find(({ object }) => refKey(refOf(object)) === refKey(ref));
      const isSame =
        own === undefined
          ? live === undefined
          : planObject(own, live, { mesh: mesh.name, digest, drift: 'Repair' }).action === 'Unchanged';
      if (!isSame) {
        throw refused(
          `${cluster} does not hold what is declared for the service: ${ref.kind} ${ref.namespace}/${ref.name} differs`,
          'apply the mesh first, so that what is there can be put back',
        );
      }
    }
  }
  return declared.map((one) => applied(one, context));
}
