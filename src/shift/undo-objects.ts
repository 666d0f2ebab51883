import type { JsonObject } from '../base/json.ts';
import { shortName } from '../base/short-name.ts';
import { istioNamespace } from '../istio/names.ts';
import { groupOf, type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { owned } from '../objects/ownership.ts';
import { containerOfProbe } from '../probe/container.ts';
import { type UndoRecord, undoKey, undoText } from './undo-record.ts';

/** The one name of everything that an undo consists of in a cluster. */
export function undoName({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return shortName(`isthmus-undo-${namespace}-${name}`);
}

/** The ConfigMap with the record. */
export function undoRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: istioNamespace, name };
}

export const undoerLabel = 'isthmus.dev/undo';

export interface UndoObjects {
  readonly name: string;
  readonly cluster: string;
  readonly image: string;
  readonly record: UndoRecord;
}

const rbac = 'rbac.authorization.k8s.io';

/** Everything of an undo in the order in which it is made; the Job comes last. */
export function undoObjects(undo: UndoObjects): readonly KubeObject[] {
  const { name, record } = undo;
  const metadata = { name, namespace: istioNamespace, labels: { [undoerLabel]: name } };
  return [
    { ...undoRefBody(name), metadata, immutable: true, data: { [undoKey]: undoText(record) } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules: rulesOf(undo) },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: istioNamespace }],
    },
    { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: jobSpec(undo) },
  ].map((object) => owned(object as KubeObject, record.mesh));
}

/** The same without what they hold: what is removed, the record last, so that an undoer is never without it. */
export function undoRefs(name: string): readonly ObjectRef[] {
  const where = { namespace: istioNamespace, name };
  return [
    { apiVersion: 'batch/v1', kind: 'Job', ...where },
    { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', ...where },
    { apiVersion: `${rbac}/v1`, kind: 'Role', ...where },
    { apiVersion: 'v1', kind: 'ServiceAccount', ...where },
    undoRef(name),
  ];
}

function undoRefBody(name: string): Pick<KubeObject, 'apiVersion' | 'kind'> {
  const { apiVersion, kind } = undoRef(name);
  return { apiVersion, kind };
}

/** Its own record, and the objects of the record by their names. */
function rulesOf({ name, record }: UndoObjects): readonly JsonObject[] {
  const byName = record.entries.map(({ ref }) => ({
    apiGroups: [groupOf(ref.apiVersion)],
    resources: [`${ref.kind.toLowerCase()}s`],
    resourceNames: [ref.name],
    verbs: ['get', 'patch', 'delete'],
  }));
  return [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs: ['get'] }, ...byName];
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
