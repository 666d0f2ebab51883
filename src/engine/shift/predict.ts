import type { StoredShift } from '../../api/mesh-shift.ts';
import { IsthmusError } from '../../base/error.ts';
import { splitAt } from '../../mesh/split-at.ts';
import type { ObjectEdit } from '../../objects/edit.ts';
import { type MeshWideService, type ServiceFlow, surveyServices } from '../../predict/scenario/services.ts';
import type { ShiftContext } from '../../shift/context.ts';
import { applied, shiftedHosts, wantedAt } from '../../shift/weights.ts';
import { edited } from '../../snapshot/edit.ts';
import { type ReadMesh, snapshotOf } from '../../snapshot/take.ts';
import { lookUp } from '../read-snapshot.ts';

/** A share may differ by this much from what is written, in percent: the model computes with fractions. */
const tolerance = 0.01;

/**
 * Predicts every step by the model. Throws `shift-refused` where the requests of any calling cluster would not be divided as it
 * says, or would be lost: a target without endpoints, a rule of another owner, a gateway that is missing.
 */
export async function predictSteps(
  context: ShiftContext,
  spec: StoredShift['spec'],
  read: ReadMesh,
): Promise<readonly string[]> {
  const hosts = [...shiftedHosts(spec).keys()];
  let callers: readonly string[] = [];
  for (const [index, share] of spec.steps.entries()) {
    const services = await servicesAt(context, { spec, read, hosts }, index + 1);
    for (const { host, flows } of services) {
      for (const flow of flows) refuseUnlike({ host, flow }, splitAt(spec, index + 1), share);
    }
    callers = [...new Set(services.flatMap(({ flows }) => flows.map(({ from }) => from)))];
  }
  if (callers.length === 0) {
    throw refused(
      `no pod of the mesh calls ${hosts.join(', ')} through a sidecar`,
      'shift a service that the mesh steers',
    );
  }
  context.report({ type: 'Predicted', details: { steps: spec.steps, callers } });
  return callers;
}

interface Prediction {
  readonly spec: StoredShift['spec'];
  readonly read: ReadMesh;
  readonly hosts: readonly string[];
}

async function servicesAt(
  context: ShiftContext,
  { spec, read, hosts }: Prediction,
  step: number,
): Promise<readonly MeshWideService[]> {
  const objects = wantedAt(context.mesh, spec, step).map((wanted) => applied(wanted, context));
  const edits = spec.clusters.flatMap((cluster) =>
    objects.map((object): ObjectEdit => ({ cluster, action: 'Put', object })),
  );
  const clusters = read.clusters.map((cluster) => edited(cluster, edits));
  const services = surveyServices(await snapshotOf({ ...read, clusters }, lookUp), (one) => hosts.includes(one));
  const missing = hosts.filter((host) => !services.some((one) => one.host === host));
  if (missing.length > 0) {
    throw new IsthmusError('not-found', `no cluster that was read has a service ${missing.join(', ')}`);
  }
  const { to } = spec;
  const without = services.filter(({ endpoints }) => (endpoints.get(to) ?? 0) === 0).map(({ host }) => host);
  if (without.length > 0) {
    throw refused(`${to} has no ready endpoint of ${without.join(', ')}`, 'start what is missing there first');
  }
  return services;
}

function refuseUnlike(
  { host, flow }: { readonly host: string; readonly flow: ServiceFlow },
  wanted: Readonly<Record<string, number>>,
  share: number,
): void {
  const { from, port, outcome, shares, lost, reasons } = flow;
  const why = reasons.length === 0 ? '' : ` (${reasons.map((one) => one.replace(/\.$/, '')).join('; ')})`;
  const what = `of the requests from ${from} to ${host}:${port}, when the target is to get ${share}%`;
  if (outcome === 'Open') throw refused(`the model does not know what becomes ${what}${why}`, 'correct what it names');
  if (lost > tolerance) throw refused(`the model loses ${round(lost)}% ${what}${why}`, 'correct what it names');
  for (const [cluster, weight] of Object.entries(wanted)) {
    const predicted = shares.get(cluster) ?? 0;
    if (Math.abs(predicted - weight) > tolerance) {
      const message = `the model sends ${round(predicted)}% and not ${weight}% to ${cluster} ${what}${why}`;
      throw refused(
        message,
        'a rule of yours for the service may hold in the place of the weights: look at its rules in force',
      );
    }
  }
}

export function refused(message: string, remedy: string): IsthmusError {
  return new IsthmusError('shift-refused', `${message.replace(/\.$/, '')}; nothing was changed`, { remedy });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
