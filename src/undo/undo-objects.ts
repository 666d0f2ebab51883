import { everyService } from '../api/mesh-shift.ts';
import type { JsonObject } from '../base/json.ts';
import { shortName } from '../base/short-name.ts';
import { istioNamespace } from '../istio/names.ts';
import { groupOf, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { owned } from '../objects/ownership.ts';
import { containerOfProbe } from '../probe/container.ts';
import { type UndoRecord, undoKey, undoText } from './undo-record.ts';

/** The one name of everything that an undo of a shift consists of in a cluster; of several services together it is none of a service. */
export function undoName({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return shortName(name === everyService ? `isthmus-undoall-${namespace}` : `isthmus-undo-${namespace}-${name}`);
}

/** The same of a drill: there is one at a time. No service has this name, as it has no namespace. */
export const drillUndoName = 'isthmus-undo-drill';

/** The same of an apply that is watched: there is one at a time too. */
export const guardUndoName = 'isthmus-undo-guard';

/** The ConfigMap with the record. */
export function undoRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: istioNamespace, name };
}

/** The Lease that says that whoever runs a drill is alive. */
export function heartbeatRef(name: string): ObjectRef {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: istioNamespace, name };
}

export const undoerLabel = 'isthmus.dev/undo';

export interface UndoObjects {
  readonly name: string;
  readonly cluster: string;
  readonly image: string;
  readonly record: UndoRecord;
  /** Of the ConfigMap, for those who look at it: an undoer reads the record alone. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

const rbac = 'rbac.authorization.k8s.io';

/** Everything of an undo in the order in which it is made; the Job comes last. */
export function undoObjects(undo: UndoObjects): readonly KubeObject[] {
  const { name, record, annotations } = undo;
  const labels = { [undoerLabel]: name };
  const metadata = { name, namespace: istioNamespace, labels };
  const roles = namespacesOf(record).flatMap((namespace): readonly JsonObject[] => [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name, namespace, labels },
      rules: [...(namespace === istioNamespace ? ownRules(undo) : []), ...rulesIn(namespace, record)],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace, labels },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: istioNamespace }],
    },
  ]);
  return [
    {
      ...undoRefBody(name),
      metadata: { ...metadata, ...(annotations && { annotations }) },
      immutable: true,
      data: { [undoKey]: undoText(record) },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    ...roles,
    { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: jobSpec(undo) },
  ].map((object) => owned(object as unknown as KubeObject, record.mesh));
}

/** The same without what they hold: what is removed, the record last, so that an undoer is never without it. */
export function undoRefs(name: string, record?: UndoRecord): readonly ObjectRef[] {
  const where = { namespace: istioNamespace, name };
  const roles = (record === undefined ? [istioNamespace] : namespacesOf(record)).flatMap((namespace) => [
    { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', namespace, name },
    { apiVersion: `${rbac}/v1`, kind: 'Role', namespace, name },
  ]);
  return [
    { apiVersion: 'batch/v1', kind: 'Job', ...where },
    ...roles,
    { apiVersion: 'v1', kind: 'ServiceAccount', ...where },
    ...(record?.heartbeat === undefined ? [] : [heartbeatRef(record.heartbeat)]),
    undoRef(name),
  ];
}

/** Those of what is put back, after the one in which the undoer runs. */
function namespacesOf({ entries, faults }: UndoRecord): readonly string[] {
  return [...new Set([istioNamespace, ...[...entries, ...faults].map(({ ref }) => ref.namespace)])];
}

function undoRefBody(name: string): Pick<KubeObject, 'apiVersion' | 'kind'> {
  const { apiVersion, kind } = undoRef(name);
  return { apiVersion, kind };
}

/** Its own record, and the sign of life of whoever it waits for. */
function ownRules({ name, record: { heartbeat } }: UndoObjects): readonly JsonObject[] {
  const own = { apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs: ['get'] };
  if (heartbeat === undefined) return [own];
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [heartbeat] };
  return [own, { ...lease, verbs: ['get'] }];
}

/** The objects of the record by their names. */
function rulesIn(namespace: string, { entries, faults }: UndoRecord): readonly JsonObject[] {
  const ruleOf = ({ apiVersion, kind, name }: ObjectRef, verbs: readonly string[]): JsonObject => ({
    apiGroups: [groupOf(apiVersion)],
    resources: [resourceOf(kind)],
    resourceNames: [name],
    verbs: [...verbs],
  });
  return [
    ...entries.map(({ ref, deleted }) => ({ ref, verbs: [...(deleted ? ['create'] : []), 'get', 'patch', 'delete'] })),
    ...faults.map(({ ref }) => ({ ref, verbs: ['get', 'patch'] })),
  ].flatMap(({ ref, verbs }) => (ref.namespace === namespace ? [ruleOf(ref, verbs)] : []));
}

/** `meshes`, `destinationrules`: nothing else has a plural of its own among what is undone. */
function resourceOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word.endsWith('y')) return `${word.slice(0, -1)}ies`;
  return word.endsWith('h') ? `${word}es` : `${word}s`;
}

/** Whatever happens to its pods, it is tried again: nothing else brings the old configuration back. */
const attempts = 1_000_000;

function jobSpec({ name, cluster, image }: UndoObjects): JsonObject {
  const container = containerOfProbe({ image, args: ['probe', 'undo'], plan: { cluster, name }, memoryLimit: '128Mi' });
  return {
    backoffLimit: attempts,
    template: {
      metadata: { labels: { [undoerLabel]: name, 'sidecar.istio.io/inject': 'false' } },
      spec: {
        restartPolicy: 'OnFailure',
        serviceAccountName: name,
        automountServiceAccountToken: true,
        terminationGracePeriodSeconds: 1,
        enableServiceLinks: false,
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        // A node that is lost is not waited for.
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 15 },
          { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 15 },
        ],
        containers: [container],
      },
    },
  };
}

/** An object that an undo of `name` would restore, as `refOf` names it. */
export function entryRef(object: KubeObject): UndoRecord['entries'][number]['ref'] {
  const { apiVersion, kind, namespace = istioNamespace, name } = refOf(object);
  return { apiVersion, kind, namespace, name };
}
