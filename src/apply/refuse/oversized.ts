import { IsthmusError } from '../../base/error.ts';
import { isJsonObject } from '../../base/json.ts';
import { describeRef, type KubeObject } from '../../objects/object.ts';
import type { Decision } from '../decide/decide.ts';

/** What an API server takes of data in one ConfigMap or Secret, in bytes (kubernetes pkg/apis/core/validation, MaxSecretSize). */
const dataLimit = 1024 * 1024;
/** What etcd takes in one request unless told otherwise, in bytes (etcd server/embed/config.go, DefaultMaxRequestBytes). */
const objectLimit = 1.5 * 1024 * 1024;

/** Throws `invalid-config` where an object is larger than a cluster can store: half of an apply would be done by then. */
export function refuseOversized(decisions: readonly Decision[]): void {
  const tooLarge = decisions.flatMap(({ part, changes }) =>
    changes.flatMap(({ change }) => {
      if (change.action !== 'Create' && change.action !== 'Update') return [];
      const problem = sizeProblem(change.object);
      return problem === undefined ? [] : [`\n  ${part.topology.name}: ${describeRef(change.ref)}: ${problem}`];
    }),
  );
  if (tooLarge.length === 0) return;
  throw new IsthmusError(
    'invalid-config',
    `objects are larger than Kubernetes can store; nothing was changed${tooLarge.join('')}`,
    {
      remedy: 'most of it comes from spec.istio of the Mesh or of the MeshCluster (values, charts): make that smaller',
    },
  );
}

function sizeProblem(object: KubeObject): string | undefined {
  const { kind, data } = object;
  if ((kind === 'ConfigMap' || kind === 'Secret') && isJsonObject(data)) {
    const bytes = Object.values(data).reduce<number>((sum, value) => sum + dataBytes(kind, value), 0);
    if (bytes > dataLimit) return `${inMiB(bytes)} of data, and at most 1 MiB can be stored`;
  }
  const bytes = Buffer.byteLength(JSON.stringify(object));
  return bytes > objectLimit ? `${inMiB(bytes)}, and at most 1.5 MiB can be stored` : undefined;
}

/** The values of a Secret are base64. */
function dataBytes(kind: 'ConfigMap' | 'Secret', value: unknown): number {
  if (typeof value !== 'string') return 0;
  return kind === 'Secret' ? Buffer.byteLength(value, 'base64') : Buffer.byteLength(value);
}

function inMiB(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}
