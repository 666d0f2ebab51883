import { apiGroup } from '../api/crd.ts';
import type { KubeObject } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { labelled } from './account.ts';

/** A CEL expression over `object` that holds, and the message where it does not. */
interface Validation {
  readonly expression: string;
  readonly message: string;
}

/**
 * Bans that the definitions cannot express: their rules see neither the namespace of an object, nor settings that are
 * handed on unread, nor who writes. An API server judges them itself; there is no webhook of ours that could be down.
 */
export function admissionPolicies(): readonly KubeObject[] {
  return [
    ...policy('isthmus-documents', ['meshes', 'meshclusters'], [ofSystem, ...contradictions]),
    ...policy('isthmus-services', ['meshservices'], [ofTheirOwn]),
  ];
}

const ofSystem: Validation = {
  expression: `object.metadata.namespace == '${systemNamespace}'`,
  message: `the documents of a mesh are read in the namespace ${systemNamespace} alone: apply it there`,
};

/** Fields of Istio's settings that a field of the same document states, by the kind of the document. */
const stated = [
  ['MeshCluster', 'values.global.network', 'object.spec.network', 'spec.network'],
  ['MeshCluster', 'values.global.multiCluster.clusterName', 'object.metadata.name', 'metadata.name'],
  ['Mesh', 'values.global.meshID', 'object.metadata.name', 'metadata.name'],
  ['Mesh', 'meshConfig.trustDomain', "object.spec.?trust.?domain.orValue('cluster.local')", 'spec.trust.domain'],
] as const;

const contradictions: readonly Validation[] = stated.map(([kind, path, wanted, field]) => ({
  expression: `object.kind != '${kind}' || object.spec.?istio.?${path.replaceAll('.', '.?')}.orValue(${wanted}) == ${wanted}`,
  message: `spec.istio.${path} contradicts ${field}: remove it, Isthmus sets it`,
}));

const mayCreate = (place: string): string =>
  `authorizer.group('${apiGroup}').resource('meshservices')${place}.check('create').allowed()`;

/**
 * A MeshService decides about requests of the whole mesh to the services that its host names, wherever it stands itself. Who may write
 * one in their namespace must not reach into another.
 */
const ofTheirOwn: Validation = {
  expression: [
    '!has(object.spec.host)',
    `(object.spec.host.startsWith('*.') && ${mayCreate(".namespace(object.spec.host.substring(2).split('.')[0])")})`,
    `(object.spec.host.matches('^[^.]+[.][^.]+[.]svc([.]|$)') && ${mayCreate(".namespace(object.spec.host.split('.')[1])")})`,
    mayCreate(''),
  ].join(' || '),
  message:
    'spec.host names services of another namespace: whoever writes it must be allowed to create MeshServices there, and for "*" and hosts outside in every namespace',
};

function policy(
  name: string,
  resources: readonly string[],
  validations: readonly Validation[],
): readonly [KubeObject, KubeObject] {
  const admission = 'admissionregistration.k8s.io/v1';
  const rule = {
    apiGroups: [apiGroup],
    apiVersions: ['*'],
    operations: ['CREATE', 'UPDATE'],
    resources: [...resources],
  };
  return [
    labelled({
      apiVersion: admission,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [rule] },
        validations: validations.map((one) => ({ ...one })),
      },
    }),
    labelled({
      apiVersion: admission,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    }),
  ];
}
