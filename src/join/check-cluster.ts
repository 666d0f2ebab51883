import type { Finding } from '../base/finding.ts';
import type { ClusterFacts } from './facts.ts';

export interface Joining {
  readonly facts: ClusterFacts;
  /** Its API server as the members are to reach it. */
  readonly server: string;
  /** The Istio version of the mesh file, e.g. `1.31`. */
  readonly istio: string;
  /** `Installed` adopts the Istio that is there. */
  readonly renderer: string;
}

/** What in the joining cluster itself, or in what the members know of it, stands against it. */
export function checkCluster(joining: Joining, members: readonly ClusterFacts[]): readonly Finding[] {
  return [
    ...checkForeignIstio(joining),
    ...checkNetworkLabels(joining),
    ...members.flatMap((member) => checkName(joining, member)),
    ...members.flatMap((member) => checkVersions(joining, member)),
  ];
}

function checkForeignIstio({ facts: { cluster, foreignIstio }, renderer }: Joining): readonly Finding[] {
  if (foreignIstio.length === 0 || renderer === 'Installed') return [];
  return [
    {
      code: 'join-foreign-istio',
      severity: 'error',
      cluster,
      message: `an Istio is there that Isthmus did not install: ${foreignIstio.join(', ')}`,
      remedy: `where nothing needs it, remove it with isthmus uninstall --clusters ${cluster} --any-istio; or adopt what is there with spec.istio.renderer Installed`,
    },
  ];
}

function checkNetworkLabels({ facts: { cluster, network, networkLabels } }: Joining): readonly Finding[] {
  return networkLabels
    .filter((label) => label.network !== network && !label.ours)
    .map(({ namespace, network: other }) => ({
      code: 'join-network-differs',
      severity: namespace === 'istio-system' ? 'error' : 'warning',
      cluster,
      message: `namespace ${namespace} says that its pods are on network ${other}, and the mesh file says ${network}`,
      remedy: `take the label topology.istio.io/network off the namespace, or set spec.network to ${other}`,
    }));
}

/** Two secrets for one cluster name: which of them istiod takes is chance (pkg/kube/multicluster/secretcontroller.go). */
function checkName({ facts: { cluster }, server }: Joining, member: ClusterFacts): readonly Finding[] {
  return member.remotes
    .filter((remote) => remote.cluster === cluster && !(remote.ours && remote.server === server))
    .map(({ secret, server: other, ours }) => ({
      code: 'join-name-taken',
      severity: ours ? 'warning' : 'error',
      cluster,
      message: `${member.cluster} already reads a cluster called ${cluster}, at ${other ?? 'an address that cannot be read'} (${secret})`,
      remedy: ours
        ? 'it is of this mesh and will be brought to the new address'
        : 'give the joining cluster another name, or remove that Secret where nothing needs it',
    }));
}

/** Istio runs control planes of neighbouring minor versions in one mesh (https://istio.io/latest/docs/releases/supported-releases/). */
const tolerance = 1;

function checkVersions({ facts, istio }: Joining, member: ClusterFacts): readonly Finding[] {
  const findings: Finding[] = member.istio
    .filter((version) => distance(version, istio) > tolerance)
    .map((version) => ({
      code: 'join-version-skew',
      severity: 'error',
      cluster: facts.cluster,
      message: `it is to run Istio ${istio}, and ${member.cluster} runs ${version}`,
      remedy: `upgrade ${member.cluster} first, a minor version at a time: control planes of one mesh may be one minor version apart`,
    }));
  if (distance(facts.kubernetes, member.kubernetes) <= tolerance) return findings;
  findings.push({
    code: 'join-version-skew',
    severity: 'warning',
    cluster: facts.cluster,
    message: `it runs Kubernetes ${facts.kubernetes}, and ${member.cluster} ${member.kubernetes}`,
    remedy: 'see that the Istio version supports both',
  });
  return findings;
}

/** How many minor versions two versions are apart; versions of another form count as equal. */
function distance(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => /^v?1\.(\d+)/.exec(text)?.[1]);
  return a === undefined || b === undefined ? 0 : Math.abs(Number(a) - Number(b));
}
