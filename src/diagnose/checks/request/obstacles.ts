import type { Evidence, Finding } from '../../../base/finding.ts';
import { option, type Remedy, remedy } from '../../../base/remedy.ts';
import { type Failure, failureOf } from '../../facts/hop.ts';
import { istiodOf } from '../../facts/pair.ts';
import { isUntested, type ProbeFacts } from '../../facts/probe.ts';
import { seen } from '../../facts/reading.ts';

/** Why a caller's own side cannot send requests yet, or undefined where it can. */
export function callerObstacle(from: ProbeFacts): Failure | undefined {
  const { member, problem, client, sidecar, readAt } = from;
  if (problem !== undefined) return isUntested(from) ? untested(from, problem) : refused('ClientPod', from, problem);
  const source = podSource('client', from);
  if (from.podsProblem !== undefined && !client.started) return unseen('ClientPod', from, from.podsProblem);
  if (client.waitsForSidecar) return sidecarFailure(from, client.detail);
  if (!client.started) {
    return unready('ClientPod', from, { evidence: seen(client.detail, source, readAt), tested: !client.blocked });
  }
  if (sidecar?.state === 'Ready') return undefined;
  if (sidecar !== undefined) return sidecarFailure(from, sidecar.detail);
  const { name } = member;
  const unread = from.logProblem === undefined ? [] : [`reading its log: ${from.logProblem}`];
  return failureOf(
    {
      hop: 'ClientPod',
      cluster: name,
      message: `the client pod in ${name} has reported nothing`,
      remedy: `see that the account may get pods/log in ${name} and that its API server reaches its kubelets; then that the image is one of Isthmus`,
    },
    [client.detail, ...unread].map((fact): Evidence => ({ fact, source, at: readAt })),
  );
}

/** Why the server of a cluster cannot answer, or undefined where it can. */
export function serverObstacle(to: ProbeFacts): Failure | undefined {
  const { problem, server, readAt } = to;
  if (problem !== undefined) return isUntested(to) ? untested(to, problem) : refused('ServerPod', to, problem);
  if (server.ready) return undefined;
  if (to.podsProblem !== undefined) return unseen('ServerPod', to, to.podsProblem);
  const evidence = seen(server.detail, podSource('server', to), readAt);
  return unready('ServerPod', to, { evidence, tested: !server.blocked });
}

/** Whether the pod runs is not known. */
function unseen(hop: 'ClientPod' | 'ServerPod', { member: { name }, readAt }: ProbeFacts, problem: string): Failure {
  const message = `whether the ${hop === 'ClientPod' ? 'client' : 'server'} pod in ${name} runs is not known`;
  const hint = `see that the account may list pods in ${name}, and that its API server answers`;
  return failureOf(
    { hop, cluster: name, message, remedy: hint, tested: false },
    seen(problem, `API server of ${name}`, readAt),
  );
}

function podSource(role: 'client' | 'server', { member }: ProbeFacts): string {
  return `${member.name}: ${role} pod`;
}

function sidecarFailure(facts: ProbeFacts, detail: string): Failure {
  const { member, readAt } = facts;
  return failureOf(
    {
      hop: 'ClientProxy',
      cluster: member.name,
      message: `the sidecar of the client in ${member.name} does not become ready`,
      remedy: `look at ${istiodOf(member)} and at the log of container istio-proxy: the sidecar waits for certificate and configuration`,
    },
    seen(detail, podSource('client', facts), readAt),
  );
}

function untested({ member, readAt }: ProbeFacts, { message, remedy: hint, evidence }: Finding): Failure {
  return failureOf(
    { hop: 'Cluster', cluster: member.name, message: `${member.name} was not tested`, remedy: hint, tested: false },
    evidence ?? seen(message, `API server of ${member.name}`, readAt),
  );
}

/** The pods were refused, or got no sidecar. */
function refused(hop: 'ClientPod' | 'ServerPod', facts: ProbeFacts, problem: Finding): Failure {
  const { member, readAt } = facts;
  const evidence = seen(problem.message, `API server of ${member.name}`, readAt);
  return unready(hop, facts, { evidence, remedy: problem.remedy, tested: true });
}

const waitRemedy = remedy`see what the pod waits for: an image that is made from the source has to be loaded into the nodes (docs/image.md); ${option('probeImage')} names another one, and ${option('timeout')} gives slow pulls more time`;

interface Unready {
  readonly evidence: readonly Evidence[];
  readonly tested: boolean;
  readonly remedy?: Remedy;
}

function unready(
  hop: 'ClientPod' | 'ServerPod',
  { member: { name } }: ProbeFacts,
  { evidence, tested, remedy: hint = waitRemedy }: Unready,
): Failure {
  const role = hop === 'ClientPod' ? 'client' : 'server';
  const message = `the ${role} pod in ${name} is not ready`;
  return failureOf({ hop, cluster: name, message, remedy: hint, tested }, evidence);
}
