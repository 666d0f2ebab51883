import { mesh } from '../api/mesh.ts';
import { meshCluster } from '../api/mesh-cluster.ts';
import { meshService } from '../api/mesh-service.ts';
import { canonicalJson, isJsonObject, type JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';

const schemas = { Mesh: mesh, MeshCluster: meshCluster, MeshService: meshService } as const;

/**
 * Whether a stored document declares what a wanted one does, whoever wrote it and whatever it leaves to defaults. A Mesh that
 * leaves its home out has the wanted one: the cluster that keeps it.
 */
export function declaresTheSame(wanted: KubeObject, live: KubeObject): boolean {
  const home = isJsonObject(wanted.spec) ? wanted.spec.home : undefined;
  const found = declaredBy(live, home === undefined ? {} : { home });
  const asked = declaredBy(wanted, {});
  return found !== undefined && asked !== undefined && canonicalJson(found) === canonicalJson(asked);
}

function declaredBy({ apiVersion, kind, metadata, spec }: KubeObject, defaults: JsonObject): JsonObject | undefined {
  const schema = kind in schemas ? schemas[kind as keyof typeof schemas] : undefined;
  if (schema === undefined || !isJsonObject(spec)) return undefined;
  const { name, namespace = '' } = metadata;
  const named = kind === 'MeshService' ? { name, namespace } : { name };
  const whole = kind === 'Mesh' ? { ...defaults, ...spec } : spec;
  const parsed = schema.safeParse({ apiVersion, kind, metadata: named, spec: whole });
  return parsed.success ? (JSON.parse(JSON.stringify(parsed.data.spec)) as JsonObject) : undefined;
}
