import type { JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { hostKind } from './gateway-address.ts';
import { istiodName, istioNamespace } from './names.ts';
import { istiodOf } from './revision.ts';

/** Where a cluster without an istiod of its own reaches the one that serves it. */
export interface IstiodAddress {
  /** IP addresses, or one host name; at least one. */
  readonly hosts: readonly string[];
  readonly discovery: number;
  readonly webhook: number;
}

const ports = [
  { name: 'tcp-istiod', port: 15012, protocol: 'TCP' },
  { name: 'tcp-webhook', port: 443, protocol: 'TCP' },
] as const;

/**
 * The Service `istiod` of a cluster whose istiod runs elsewhere: proxies and the API server find it there under the
 * name that they would use for one of their own. IP addresses stand in an EndpointSlice of ours; a host name becomes
 * the Service's external name, which is dialled at the Service's own ports.
 */
export function istiodService({ hosts, discovery, webhook }: IstiodAddress, revision: string): readonly KubeObject[] {
  const service = serviceOf(revision);
  const { metadata } = service({});
  const [first = ''] = hosts;
  const kind = hostKind(first);
  if (kind === 'Name') return [service({ type: 'ExternalName', externalName: first, ports })];
  return [
    service({ ports }),
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...metadata,
        labels: {
          ...metadata.labels,
          'kubernetes.io/service-name': metadata.name,
          'endpointslice.kubernetes.io/managed-by': 'isthmus',
        },
      },
      addressType: kind,
      endpoints: hosts.filter((host) => hostKind(host) === kind).map((host) => ({ addresses: [host] })),
      ports: [
        { name: 'tcp-istiod', port: discovery, protocol: 'TCP' },
        { name: 'tcp-webhook', port: webhook, protocol: 'TCP' },
      ],
    },
  ];
}

function serviceOf(revision: string): (spec: JsonObject) => KubeObject {
  const metadata = { name: istiodOf(revision), namespace: istioNamespace, labels: { app: istiodName } };
  return (spec) => ({ apiVersion: 'v1', kind: 'Service', metadata, spec });
}
