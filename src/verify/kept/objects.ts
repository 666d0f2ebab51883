import { shortName } from '../../base/short-name.ts';
import { expectedPath, type Member } from '../../diagnose/facts/pair.ts';
import type { KubeObject } from '../../objects/object.ts';
import { managedByLabel, managedByValue, probeNamespace } from '../../objects/ownership.ts';
import { containerOfProbe } from '../../probe/container.ts';
import type { KeptPlan } from '../../probe/keep-protocol.ts';
import { serverPort, servicePort } from '../../probe/protocol.ts';
import { onlyService } from '../checks.ts';
import type { Accounts } from '../identity.ts';
import {
  clusterLabel,
  dialledPorts,
  excludedPortsAnnotation,
  purposeLabel,
  roleLabel,
  serviceSpec,
  smallSidecar,
} from '../manifests.ts';

/** What the objects of a kept probe depend on. */
export interface KeptProbe {
  /** The cluster that it stands in. */
  readonly member: Member;
  /** Those that it calls. */
  readonly peers: readonly Member[];
  readonly image: string;
  /** What the image's entrypoint is given before the role; default `['probe']`. */
  readonly imageArgs?: readonly string[];
  readonly injectionLabels: Readonly<Record<string, string>>;
}

/** The one pod of a cluster is caller and server: one account has both identities. */
export const keptAccounts: Accounts = { client: accountOf, server: accountOf };

function accountOf(cluster: string): string {
  return shortName(`probe-${cluster}`);
}

/** Between two requests to one peer. */
export const everySeconds = 15;

/** Measured, it stays below half of that (docs/operator.md); what its sidecar uses is not in it. */
const memoryLimit = '64Mi';

/** What the label of a purpose says on everything of a kept probe. */
export const keptPurpose = 'probe';

const labels = { [managedByLabel]: managedByValue, [purposeLabel]: keptPurpose } as const;

/** On the probe's pods and nothing else. */
export const keptPodLabels = `${purposeLabel}=${keptPurpose}`;

export const keptDeployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: probeNamespace } as const;

/** Everything of a kept probe in its cluster, in the order in which it can be applied. */
export function keptObjects(probe: KeptProbe): readonly KubeObject[] {
  const { member, peers, injectionLabels } = probe;
  const all = [member, ...peers].map(({ name }) => name).toSorted();
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: probeNamespace, labels: { ...labels, ...injectionLabels } },
    },
    // The mesh's other services are nothing to a probe: without them its sidecar stays small in a large mesh.
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: metadataOf('default'),
      spec: { egress: [{ hosts: ['./*'] }] },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadataOf(accountOf(member.name)) },
    // DNS is per cluster: every cluster has the Services of all.
    ...all.map(
      (name): KubeObject => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadataOf(onlyService(name)),
        spec: serviceSpec({ [clusterLabel]: name }),
      }),
    ),
    deploymentOf(probe),
  ];
}

export function keptName(cluster: string): string {
  return accountOf(cluster);
}

function metadataOf(name: string): KubeObject['metadata'] {
  return { name, namespace: probeNamespace, labels: { ...labels } };
}

function deploymentOf(probe: KeptProbe): KubeObject {
  const { member, peers, image, imageArgs = ['probe'] } = probe;
  const name = accountOf(member.name);
  const plan: KeptPlan = {
    cluster: member.name,
    namespace: probeNamespace,
    pod: name,
    port: serverPort,
    everySeconds,
    targets: peers.map((peer) => ({
      service: onlyService(peer.name),
      port: servicePort,
      way: expectedPath({ from: member, to: peer }),
    })),
  };
  const selected = { [roleLabel]: 'server', [clusterLabel]: member.name };
  const container = containerOfProbe({ image, args: [...imageArgs, 'keep'], plan, memoryLimit });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(name),
    spec: {
      replicas: 1,
      selector: { matchLabels: selected },
      template: {
        metadata: {
          labels: { ...labels, ...selected, app: name },
          annotations: { ...smallSidecar, [excludedPortsAnnotation]: dialledPorts },
        },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          enableServiceLinks: false,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          containers: [
            {
              ...container,
              env: [...(container.env as readonly object[]), ...smallNode],
              ports: [{ name: 'http', containerPort: serverPort, protocol: 'TCP' }],
            },
          ],
        },
      },
    },
  } as KubeObject;
}

/** Little young space and one thread keep Node small; sizes in MiB. */
const spaces = { 'max-old-space-size': 32, 'max-semi-space-size': 1 };
const smallNode = [
  {
    name: 'NODE_OPTIONS',
    value: Object.entries(spaces)
      .map(([name, size]) => `--${name}=${size}`)
      .join(' '),
  },
  { name: 'UV_THREADPOOL_SIZE', value: '1' },
] as const;
