import type { Evidence, Finding, FindingCategory, Severity } from '../../../base/finding.ts';
import { type Remedy, remedy, run, set } from '../../../base/remedy.ts';
import type { JoinFacts } from '../../facts/join.ts';
import { seen } from '../../facts/reading.ts';

export interface Joining {
  readonly facts: JoinFacts;
  /** Its API server as the members are to reach it. */
  readonly server: string;
  /** The Istio version of the mesh file, e.g. `1.31`. */
  readonly istio: string;
  /** `Installed` adopts the Istio that is there. */
  readonly renderer: string;
}

/** What in the joining cluster itself, or in what the members know of it, keeps it from joining. */
export function checkCluster(joining: Joining, members: readonly JoinFacts[]): readonly Finding[] {
  return [
    ...checkForeignIstio(joining),
    ...checkNetworkLabels(joining),
    ...members.flatMap((member) => checkName(joining, member)),
    ...members.flatMap((member) => checkVersions(joining, member)),
  ];
}

function checkForeignIstio({ facts, renderer }: Joining): readonly Finding[] {
  const { cluster, foreignIstio, readAt } = facts;
  if (foreignIstio.length === 0 || renderer === 'Installed') return [];
  const names = foreignIstio.join(', ');
  return [
    {
      code: 'join-foreign-istio',
      severity: 'error',
      category: 'Config',
      cluster,
      message: `an Istio is there that Isthmus did not install: ${names}`,
      remedy: remedy`where nothing needs it, take it out as it was installed; or adopt it: ${set('spec.istio.renderer', { kind: 'MeshCluster', name: cluster }, 'Installed')}`,
      evidence: seen('without the label of this mesh', `${cluster}: ${names}`, readAt),
    },
  ];
}

function checkNetworkLabels({ facts }: Joining): readonly Finding[] {
  const { cluster, network, networkLabels, readAt } = facts;
  return networkLabels
    .filter((label) => label.network !== network && !label.ours)
    .map(({ namespace, network: other }) => ({
      code: 'join-network-differs',
      severity: namespace === 'istio-system' ? 'error' : 'warning',
      category: 'Config',
      cluster,
      message: `namespace ${namespace} says that its pods are on network ${other}, and the mesh file says ${network}`,
      remedy: remedy`take the label topology.istio.io/network off the namespace, or ${set('spec.network', { kind: 'MeshCluster', name: cluster }, other)}`,
      evidence: seen(`topology.istio.io/network=${other}`, `${cluster}: Namespace ${namespace}`, readAt),
    }));
}

/** Two secrets for one cluster name: which of them istiod takes is chance (pkg/kube/multicluster/secretcontroller.go). */
function checkName({ facts: { cluster }, server }: Joining, member: JoinFacts): readonly Finding[] {
  return member.remotes
    .filter((remote) => remote.cluster === cluster && !(remote.ours && remote.server === server))
    .map(({ secret, server: other, ours }) => ({
      code: 'join-name-taken',
      severity: ours ? 'warning' : 'error',
      category: 'Discovery',
      cluster,
      message: `${member.cluster} already reads a cluster called ${cluster}, at ${other ?? 'an address that cannot be read'} (${secret})`,
      remedy: ours
        ? remedy`nothing to do: it is of this mesh, and ${run('apply')} brings it to the new address`
        : 'give the joining cluster another name, or remove that Secret where nothing needs it',
      evidence: seen(`leads to ${other ?? 'an unreadable address'}`, `${member.cluster}: ${secret}`, member.readAt),
    }));
}

/** Istio runs control planes of neighbouring minor versions in one mesh (https://istio.io/latest/docs/releases/supported-releases/). */
const tolerance = 1;

function checkVersions({ facts, istio }: Joining, member: JoinFacts): readonly Finding[] {
  const findings = member.istio
    .filter((version) => distance(version, istio) > tolerance)
    .map((version) =>
      skew(facts, 'error', {
        message: `it is to run Istio ${istio}, and ${member.cluster} runs ${version}`,
        remedy: `upgrade ${member.cluster} first, a minor version at a time: control planes of one mesh may be one minor version apart`,
        evidence: seen(`istiod ${version}`, `${member.cluster}: image of istiod`, member.readAt),
      }),
    );
  if (distance(facts.kubernetes, member.kubernetes) <= tolerance) return findings;
  return [
    ...findings,
    skew(facts, 'warning', {
      message: `it runs Kubernetes ${facts.kubernetes}, and ${member.cluster} ${member.kubernetes}`,
      remedy: 'see that the Istio version supports both',
      evidence: seen(`Kubernetes ${member.kubernetes}`, `API server of ${member.cluster}`, member.readAt),
    }),
  ];
}

interface Skew {
  readonly message: string;
  readonly remedy: Remedy;
  readonly evidence: readonly Evidence[];
}

function skew({ cluster }: JoinFacts, severity: Severity, found: Skew): Finding {
  const category: FindingCategory = 'Lifecycle';
  return { code: 'join-version-skew', severity, category, cluster, ...found };
}

/** How many minor versions two versions are apart; versions of another form count as equal. */
function distance(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => /^v?1\.(\d+)/.exec(text)?.[1]);
  return a === undefined || b === undefined ? 0 : Math.abs(Number(a) - Number(b));
}
