import type { ClusterName } from '../api/name.ts';
import { type Clock, timeOf } from '../base/clock.ts';
import { IsthmusError, type IsthmusErrorOptions } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { accessFinding, homeFinding, rightsFinding, withoutHome } from '../diagnose/checks/access.ts';
import type { Fleet, OpenMember } from '../fleet/fleet.ts';
import { mayI } from '../fleet/identity.ts';
import { describeRight, type Right } from '../objects/right.ts';
import { rulesOf } from '../rights/commands.ts';
import { type RightsMesh, rightsIn, rulesIn } from '../rights/select.ts';

const everything: Right = { verb: '*', group: '*', resource: '*' };

/** A cluster that is merely not there costs its own part; anything else about it must be put right first. */
function isAbsence({ code }: IsthmusError): boolean {
  return code === 'cluster-unreachable' || code === 'timeout';
}

/** A plan only reads. */
export type Purpose = 'Apply' | 'Plan' | 'Renew';

const commandOf = { Apply: 'apply', Plan: 'plan', Renew: 'renewTrust' } as const;

export interface PreflightOptions {
  readonly mesh: RightsMesh;
  readonly chosen: readonly ClusterName[];
  readonly purpose: Purpose;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** What was found before a run. */
export interface Preflight {
  readonly findings: readonly Finding[];
  /** What ends the run: the error of the first finding, which carries the others; none where the run may begin. */
  readonly error: IsthmusError | undefined;
}

/** An obstacle to the run, as a finding and as the error that it ends the run with. */
interface Obstacle {
  readonly finding: Finding;
  readonly error: IsthmusError;
}

/**
 * Everything that keeps an apply from beginning, before it writes anything: a context that does not exist, a credential
 * that is refused, a missing right, a home cluster that does not answer.
 */
export async function preflight(fleet: Fleet, options: PreflightOptions): Promise<Preflight> {
  const { mesh, chosen, clock } = options;
  const { home } = mesh;
  const at = timeOf(clock);
  const failed = fleet.members.flatMap((member) => (member.state === 'Failed' ? [member] : []));
  const isAllGone = failed.length === fleet.members.length;
  const unopened = failed.flatMap(({ name, error }): readonly Obstacle[] => {
    if (isAllGone) return [{ finding: accessFinding(name, error, at), error }];
    if (name === home && isAbsence(error)) return [{ finding: homeFinding(name, error, at), error: homeError(error) }];
    return isAbsence(error) ? [] : [{ finding: accessFinding(name, error, at), error }];
  });
  const denied = await Promise.all(
    fleet.open
      .filter(({ name }) => chosen.some((one) => one === name))
      .map((member) => deniedIn(member, rightsAsked(options.purpose, options.mesh, member.name), options)),
  );
  return concluded([...unopened, ...denied.filter((obstacle) => obstacle !== undefined)]);
}

function concluded(obstacles: readonly Obstacle[]): Preflight {
  const findings = obstacles.map(({ finding }) => finding);
  const [first] = obstacles;
  return { findings, error: first === undefined ? undefined : withFindings(first.error, findings.slice(1)) };
}

/** What every run of its kind does in a cluster: what only some do is asked for when it is known to be done. */
export function rightsAsked(purpose: Purpose, mesh: RightsMesh, cluster: string): readonly Right[] {
  const rules = rulesOf(commandOf[purpose]).filter(({ use }) => use === 'Always');
  return rightsIn(rulesIn(rules, mesh, cluster));
}

function homeError(error: IsthmusError): IsthmusError {
  const { code, retry } = error;
  return new IsthmusError(code, `${error.message}; ${withoutHome}`, { cause: error, retry, ...placeOf(error) });
}

/** The error with more findings beside it. */
export function withFindings(error: IsthmusError, more: readonly Finding[]): IsthmusError {
  if (more.length === 0) return error;
  const { code, message, cause, retry } = error;
  const findings = [...error.findings, ...more];
  return new IsthmusError(code, message, { cause, retry, findings, ...placeOf(error) });
}

function placeOf({ remedy, cluster }: IsthmusError): Pick<IsthmusErrorOptions, 'remedy' | 'cluster'> {
  return { ...(remedy === undefined ? {} : { remedy }), ...(cluster === undefined ? {} : { cluster }) };
}

async function deniedIn(
  { client, health }: OpenMember,
  rights: readonly Right[],
  { mesh, clock, purpose, signal }: PreflightOptions,
): Promise<Obstacle | undefined> {
  if ((await mayI(client, [everything], { signal })).length === 0) return undefined;
  const denied = await mayI(client, rights, { signal });
  const [first] = denied;
  if (first === undefined) return undefined;
  const { cluster } = client;
  const declared = mesh.topology.clusters.find(({ name }) => name === cluster)?.cluster;
  const reading = { at: timeOf(clock), context: declared?.spec.access.context ?? cluster };
  const command = purpose === 'Renew' ? 'trust renew' : commandOf[purpose];
  const finding = rightsFinding(
    { cluster, user: health.user, rights: denied.map(describeRight), first, command },
    reading,
  );
  const { message, remedy } = finding;
  return { finding, error: new IsthmusError('access-denied', `cluster ${cluster}: ${message}`, { cluster, remedy }) };
}
