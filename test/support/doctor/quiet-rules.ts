import {
  type Fault,
  type FaultKind,
  kubectl,
  type Name,
  onlyIn,
  rolledOut,
  type Step,
  serverOf,
} from '../truth/fault.ts';
import { added } from '../truth/policy-kinds.ts';

const networking = { apiVersion: 'networking.istio.io/v1', namespace: 'sample' } as const;
const host = (cluster: Name): string => `only-${cluster}.sample.svc.cluster.local`;

/** What goes wrong later, or only with the next pod: no request fails of it yet. */
export function quiet(
  what: string,
  at: Name,
  rest: Pick<Fault, 'group' | 'place' | 'inject' | 'causes'> & Partial<Fault>,
): Fault {
  return { name: `${at}: ${what}`, heal: [], after: [], red: [], ...rest };
}

const byRegion = { failover: [{ from: 'us', to: 'eu' }] };

/** A DestinationRule that asks for failover. */
function failover(
  what: string,
  at: Name,
  { by = byRegion, ...rest }: { readonly by?: object; readonly outlierDetection?: object },
): Fault {
  const localityLbSetting = { enabled: true, ...by };
  const spec = { host: host(at), trafficPolicy: { loadBalancer: { localityLbSetting }, ...rest } };
  return {
    ...added(what, at, { ...networking, kind: 'DestinationRule', spec }),
    group: 'services',
    red: [],
    causes: [{ code: 'failover-ejection', cluster: at }],
  };
}

const rules: readonly FaultKind[] = [
  (at, peer) => {
    const rule = (timeout: string): object => ({
      apiVersion: networking.apiVersion,
      kind: 'VirtualService',
      metadata: { name: 'fault', namespace: 'sample' },
      spec: { hosts: [host(at)], http: [{ timeout, route: [{ destination: { host: host(at) } }] }] },
    });
    const remove = ['-n', 'sample', 'delete', 'virtualservice', 'fault', '--ignore-not-found'];
    return quiet('VirtualService that the other cluster has otherwise', at, {
      group: 'services',
      place: "a user's namespace",
      inject: [
        { at, object: rule('10s') },
        { at: peer, object: rule('20s') },
      ],
      heal: [kubectl(at, ...remove), kubectl(peer, ...remove)],
      causes: [{ code: 'config-differs' }],
    });
  },
  (at) => failover('DestinationRule with failover and no outlier detection', at, {}),
  (at) =>
    failover('DestinationRule with failover that ejects a tenth of the hosts', at, {
      outlierDetection: { consecutive5xxErrors: 3 },
    }),
  (at) =>
    quiet('Service of another protocol where it is called', at, {
      group: 'services',
      place: "a user's namespace",
      inject: [
        {
          at,
          object: {
            ...onlyIn(at),
            spec: { selector: { app: 'none' }, type: 'ExternalName', externalName: 'example.com' },
          },
        },
      ],
      heal: [{ at, object: onlyIn(at) }],
      causes: [{ code: 'join-service-differs' }],
    }),
];

/** The pod template of a server with an annotation, or without it, and the pod that follows. */
function annotated(at: Name, name: string, value: string | null): readonly Step[] {
  const patch = JSON.stringify({ spec: { template: { metadata: { annotations: { [name]: value } } } } });
  const server = serverOf(at);
  return [
    kubectl(at, '-n', 'sample', 'patch', 'deployment', server, '--type=merge', '-p', patch),
    rolledOut(at, 'sample', server),
  ];
}

const proxyConfig = 'proxy.istio.io/config';
const older = JSON.stringify({ proxyMetadata: { ISTIO_META_ISTIO_VERSION: '1.20.0' } });

const injection: readonly FaultKind[] = [
  (at, peer) => {
    const service = (name: Name): Step =>
      kubectl(name, '-n', 'extra', 'create', 'service', 'clusterip', 'web', '--tcp=5000:5000');
    const server = (name: Name): readonly Step[] => [
      kubectl(name, '-n', 'extra', 'create', 'deployment', 'web', '--image=isthmus.invalid/lab-helloworld:1'),
      rolledOut(name, 'extra', 'web'),
    ];
    const gone = (name: Name): Step => kubectl(name, 'delete', 'namespace', 'extra', '--ignore-not-found');
    return quiet('namespace that is injected in the other cluster only', at, {
      group: 'services',
      place: "a user's namespace",
      inject: [
        kubectl(at, 'create', 'namespace', 'extra'),
        kubectl(peer, 'create', 'namespace', 'extra'),
        kubectl(peer, 'label', 'namespace', 'extra', 'istio-injection=enabled'),
        ...[at, peer].flatMap((name) => [service(name), ...server(name)]),
      ],
      heal: [gone(at), gone(peer)],
      causes: [{ code: 'injection-differs', cluster: at }],
    });
  },
];

const byPodLabel: FaultKind = (at) => ({
  ...failover('DestinationRule with failover by a label that gateways lack', at, {
    by: { failoverPriority: ['app'] },
    outlierDetection: { consecutive5xxErrors: 3, maxEjectionPercent: 100 },
  }),
  causes: [{ code: 'failover-priority', cluster: at }],
});

const twoSubsets: FaultKind = (at) => {
  const webhooks = ['validatingwebhookconfiguration', 'istio-validator-istio-system', 'istiod-default-validator'];
  const subsets = ['1', '2'].map((version) => ({ name: 'v', labels: { version } }));
  const rule = added('DestinationRule with two subsets of one name, from before Istio looked at it', at, {
    ...networking,
    kind: 'DestinationRule',
    spec: { host: host(at), subsets },
  });
  return {
    ...rule,
    group: 'services',
    red: [],
    inject: [kubectl(at, 'delete', ...webhooks), ...rule.inject, { apply: true }],
    causes: [{ code: 'subset-duplicate', cluster: at }],
  };
};

const olderSidecar: FaultKind = (at) =>
  quiet('sidecar that says it is of an Istio long gone', at, {
    group: 'istiod',
    place: "a user's namespace",
    inject: [...annotated(at, proxyConfig, older)],
    heal: [...annotated(at, proxyConfig, null)],
    causes: [{ code: 'skew-proxy', cluster: at }],
  });

/** What is about users' rules, Services and namespaces. */
export const quietRuleKinds: readonly FaultKind[] = [...rules, ...injection];

/** More of them, which are tried in one of the clusters. */
export const quietRules: readonly Fault[] = [
  twoSubsets('east', 'west'),
  olderSidecar('east', 'west'),
  byPodLabel('west', 'east'),
];
