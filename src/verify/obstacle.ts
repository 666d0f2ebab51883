import type { Remedy } from '../base/remedy.ts';
import { istiodOf, type Member } from './checks.ts';
import type { ClusterFacts } from './facts.ts';
import type { Failure } from './report.ts';

/** Why a caller's own side cannot send requests yet, or undefined where it can. */
export function callerObstacle(from: ClusterFacts): Failure | undefined {
  const { member, problem, client, sidecar } = from;
  if (problem?.at === 'Cluster') return unreachable(from, problem);
  if (problem !== undefined)
    return podFailure({ hop: 'ClientPod', name: member.name, detail: problem.message, remedy: problem.remedy });
  if (client.waitsForSidecar) return sidecarFailure(member, client.detail);
  if (!client.started)
    return podFailure({ hop: 'ClientPod', name: member.name, detail: client.detail, remedy: podHint });
  if (sidecar?.state === 'Ready') return undefined;
  if (sidecar === undefined) {
    return {
      hop: 'ClientPod',
      explanation: `the client pod in ${member.name} has reported nothing`,
      evidence: [client.detail, ...(from.logProblem === undefined ? [] : [`reading its log: ${from.logProblem}`])],
      remedy: `verify reads pod logs through the API server of ${member.name}: the account needs \`get pods/log\`, and the API server must reach its kubelets; then check that the image can run \`isthmus probe\``,
    };
  }
  return sidecarFailure(member, sidecar.detail);
}

function sidecarFailure(member: Member, detail: string): Failure {
  return {
    hop: 'ClientProxy',
    explanation: `the sidecar of the client in ${member.name} does not become ready`,
    evidence: [detail],
    remedy: `it waits for certificate and configuration: look at ${istiodOf(member)} and at the log of container istio-proxy`,
  };
}

/** Why the server of a cluster cannot answer, or undefined where it can. */
export function serverObstacle(to: ClusterFacts): Failure | undefined {
  const { member, problem, server } = to;
  if (problem?.at === 'Cluster') return unreachable(to, problem);
  if (problem !== undefined)
    return podFailure({ hop: 'ServerPod', name: member.name, detail: problem.message, remedy: problem.remedy });
  return server.ready
    ? undefined
    : podFailure({ hop: 'ServerPod', name: member.name, detail: server.detail, remedy: podHint });
}

const podHint =
  'the detail says what the pod waits for; `--probe-image` names another image, `--timeout` gives slow pulls more time';

function unreachable(
  { member }: ClusterFacts,
  { message, remedy }: { readonly message: string; readonly remedy: Remedy },
): Failure {
  return { hop: 'Cluster', explanation: `${member.name} was not tested`, evidence: [message], remedy };
}

interface PodTrouble {
  readonly hop: 'ClientPod' | 'ServerPod';
  readonly name: string;
  readonly detail: string;
  readonly remedy: Remedy;
}

function podFailure({ hop, name, detail, remedy }: PodTrouble): Failure {
  const role = hop === 'ClientPod' ? 'client' : 'server';
  return { hop, explanation: `the ${role} pod in ${name} is not ready`, evidence: [detail], remedy };
}
