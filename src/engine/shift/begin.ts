import type { MeshService } from '../../api/mesh-service.ts';
import { meshShift, type StoredShift } from '../../api/mesh-shift.ts';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { hostOf, meshServiceObjects } from '../../istio/mesh-service.ts';
import { serviceSplit } from '../../mesh/shifted.ts';
import { splitAt } from '../../mesh/split-at.ts';
import { type KubeObject, refOf } from '../../objects/object.ts';
import { serverTime } from '../../observe/shifts.ts';
import { planObject } from '../../plan/change.ts';
import { ownedObject } from '../../plan/desired.ts';
import { clientOf, type ShiftContext, shiftName } from '../../shift/context.ts';
import { createIntent, record, refuseSecond } from '../../shift/intent.ts';
import { parseLimits } from '../../shift/limits.ts';
import { undoRecordOf } from '../../shift/record-of.ts';
import { applied } from '../../shift/weights.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { arm, disarm } from '../../undo/arm.ts';
import { undoName } from '../../undo/undo-objects.ts';
import type { ShiftPlan } from '../options.ts';
import { declaredCluster } from '../session.ts';
import { predictSteps, refused } from './predict.ts';

export type ServiceName = StoredShift['spec']['service'];

const serviceForm = /^(?<name>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.(?<namespace>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)$/;

/** `reviews.bookinfo` as a service. Throws `usage` for anything else. */
export function parseService(text: string): ServiceName {
  const { name, namespace } = serviceForm.exec(text)?.groups ?? {};
  if (name !== undefined && namespace !== undefined) return { name, namespace };
  throw new IsthmusError('usage', `"${text}" names no service`, { remedy: 'write NAME.NAMESPACE' });
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
  await refuseSecond(context, shiftName(service));
  const spec = specOf(context, mesh, { service, plan });
  const host = hostOf(serviceSplit({ ...service, split: splitAt(spec, 1) }));
  const before = await heldBefore(context, mesh, spec);
  await predictSteps(context, spec, host);
  const shift = await createIntent(context, spec);
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

function specOf(
  { home, clock, mesh: name }: ShiftContext,
  mesh: ResolvedMesh,
  { service, plan }: { readonly service: ServiceName; readonly plan: ShiftPlan },
): StoredShift['spec'] {
  const { steps, abortOn, everyMs, expiresMs } = plan;
  const to = declaredCluster(mesh, plan.to);
  parseLimits(abortOn);
  if (!isAscending(steps)) {
    throw new IsthmusError('usage', 'the steps of a shift are whole percents, each larger than the one before', {
      remedy: 'write them such as 5,25,50,100',
    });
  }
  if (expiresMs < everyMs * steps.length) {
    throw new IsthmusError('usage', 'the shift would expire before its steps can be measured', {
      remedy: 'let it expire later, or measure each step for a shorter time',
    });
  }
  const parsed = meshShift.shape.spec.safeParse({
    mesh: name,
    service,
    to,
    from: sourcesOf(mesh, { service, to }),
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

/** How the clusters besides the target divide what it does not get: as the document has it, else all alike. */
function sourcesOf(
  mesh: ResolvedMesh,
  { service, to }: { readonly service: ServiceName; readonly to: string },
): Record<string, number> {
  const document = documentOf(mesh, service);
  refuseOtherwise(document);
  const others = mesh.names.filter((name) => name !== to);
  if (others.length === 0) throw refused(`${to} is the only cluster of the mesh`, 'there is nothing to shift from');
  const split = document?.spec.split;
  const declared = split === undefined ? [] : others.filter((name) => (split[name] ?? 0) > 0);
  const sources = declared.length > 0 ? declared : others;
  const parts = sources.map((name) => (declared.length > 0 ? (split?.[name] ?? 0) : 1));
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const shares = sources.map((name, index) => [name, Math.floor((100 * (parts[index] ?? 0)) / whole)] as const);
  const left = 100 - shares.reduce((sum, [, share]) => sum + share, 0);
  return Object.fromEntries(shares.map(([name, share], index) => [name, index === 0 ? share + left : share]));
}

export function documentOf({ declared }: ResolvedMesh, { name, namespace }: ServiceName): MeshService | undefined {
  return declared.services.find(
    ({ metadata, spec }) => spec.host === undefined && metadata.name === name && metadata.namespace === namespace,
  );
}

/** A split between clusters is the one policy that a shift can move step by step. */
function refuseOtherwise(document: MeshService | undefined): void {
  if (document === undefined) return;
  const { split, splitBy = 'Cluster', scope, failover, prefer } = document.spec;
  if (
    scope === 'Mesh' &&
    failover === undefined &&
    prefer === undefined &&
    (split === undefined || splitBy === 'Cluster')
  )
    return;
  const { name, namespace } = document.metadata;
  throw refused(
    `MeshService ${namespace}/${name} says otherwise than a split between clusters where requests go`,
    'a shift moves the shares of clusters: give the service a split between clusters first, or leave its policy out',
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
  const document = documentOf(mesh, spec.service);
  const declared = (document === undefined ? [] : meshServiceObjects([document])).map((one) =>
    ownedObject(one, mesh.name),
  );
  const wanted = meshServiceObjects([serviceSplit({ ...spec.service, split: splitAt(spec, 1) })]).map(refOf);
  const { signal, digest } = context;
  for (const cluster of spec.clusters) {
    const client = clientOf(context, clusterName.parse(cluster));
    for (const ref of wanted) {
      const live = await client.get(ref, { signal });
      const own = declared.find(({ object }) => object.kind === ref.kind);
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
