import type { Rule } from './rule.ts';

const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;
const read = ['get', 'list', 'watch'] as const;

type Given = Pick<Rule, 'verbs' | 'group' | 'resources'>;

/** What the charts of istiod give its account in the whole cluster (istio-discovery/templates/clusterrole.yaml). */
const istiod: readonly Given[] = [
  {
    verbs: ['get', 'list', 'watch', 'update', 'patch'],
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations'],
  },
  {
    verbs: ['get', 'list', 'watch', 'update'],
    group: 'admissionregistration.k8s.io',
    resources: ['validatingwebhookconfigurations'],
  },
  ...['authentication', 'config', 'extensions', 'networking', 'rbac', 'security', 'telemetry'].map((name) => ({
    verbs: read,
    group: `${name}.istio.io`,
    resources: ['*'],
  })),
  {
    verbs: all,
    group: 'networking.istio.io',
    resources: ['workloadentries', 'workloadentries/status', 'serviceentries/status'],
  },
  { verbs: all, group: 'security.istio.io', resources: ['authorizationpolicies/status'] },
  { verbs: read, group: 'apiextensions.k8s.io', resources: ['customresourcedefinitions'] },
  { verbs: read, group: '', resources: ['pods', 'nodes', 'services', 'namespaces', 'endpoints', 'secrets'] },
  { verbs: read, group: 'discovery.k8s.io', resources: ['endpointslices'] },
  { verbs: all, group: '', resources: ['services/status'] },
  { verbs: ['create', 'get', 'list', 'watch', 'update'], group: '', resources: ['configmaps'] },
  { verbs: read, group: 'networking.k8s.io', resources: ['ingresses', 'ingressclasses'] },
  { verbs: ['*'], group: 'networking.k8s.io', resources: ['ingresses/status'] },
  { verbs: ['create'], group: 'authentication.k8s.io', resources: ['tokenreviews'] },
  { verbs: ['create'], group: 'authorization.k8s.io', resources: ['subjectaccessreviews'] },
  { verbs: read, group: 'gateway.networking.k8s.io', resources: ['*'] },
  { verbs: read, group: 'gateway.networking.x-k8s.io', resources: ['*'] },
  { verbs: ['update', 'patch'], group: 'gateway.networking.x-k8s.io', resources: ['xbackendtrafficpolicies/status'] },
  {
    verbs: ['update', 'patch'],
    group: 'gateway.networking.k8s.io',
    resources: [
      ...['backendtlspolicies', 'gatewayclasses', 'gateways', 'grpcroutes', 'httproutes', 'listenersets'],
      ...['referencegrants', 'tcproutes', 'tlsroutes', 'udproutes'],
    ].map((name) => `${name}/status`),
  },
  { verbs: ['create', 'update', 'patch', 'delete'], group: 'gateway.networking.k8s.io', resources: ['gatewayclasses'] },
  { verbs: read, group: 'inference.networking.k8s.io', resources: ['inferencepools'] },
  { verbs: ['update', 'patch'], group: 'inference.networking.k8s.io', resources: ['inferencepools/status'] },
  {
    verbs: ['get', 'list', 'watch', 'create', 'delete'],
    group: 'multicluster.x-k8s.io',
    resources: ['serviceexports'],
  },
  { verbs: read, group: 'multicluster.x-k8s.io', resources: ['serviceimports'] },
];

/** What they give it to run the gateways that users declare (istio-discovery/templates/gateway-class-configmap.yaml). */
const gatewayController: readonly Given[] = [
  { verbs: all, group: 'apps', resources: ['deployments'] },
  { verbs: all, group: 'autoscaling', resources: ['horizontalpodautoscalers'] },
  { verbs: all, group: 'policy', resources: ['poddisruptionbudgets'] },
  { verbs: all, group: '', resources: ['services', 'serviceaccounts'] },
];

/** What they give it in istio-system. */
const istiodAtHome: readonly Given[] = [
  { verbs: ['create'], group: 'networking.istio.io', resources: ['gateways'] },
  { verbs: ['create', 'get', 'watch', 'list', 'update', 'delete'], group: '', resources: ['secrets'] },
  { verbs: ['delete'], group: '', resources: ['configmaps'] },
  { verbs: ['get', 'update', 'patch', 'create'], group: 'coordination.k8s.io', resources: ['leases'] },
];

function given(rights: readonly Given[], place: Rule['place'], because: string): readonly Rule[] {
  return rights.map((one): Rule => ({ ...one, place, use: 'Grant', because }));
}

/**
 * What the roles of an apply give to istiod and to the readers of other clusters. Whoever writes the roles has to have
 * it all; `escalate` and `bind` are not needed then, with which somebody could give themselves everything.
 */
export const granting: readonly Rule[] = [
  ...given(istiod, 'Everywhere', 'istiod has it, and nobody can give what they do not have'),
  ...given(
    gatewayController,
    'Everywhere',
    'istiod has it for the gateways that users declare, and nobody can give what they do not have',
  ),
  ...given(istiodAtHome, 'Istio', 'istiod has it in istio-system, and nobody can give what they do not have'),
];
