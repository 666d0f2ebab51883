import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import { groupOf, type KubeObject, type ObjectMeta } from '../objects/object.ts';

/** What stands where a value was. */
export const redacted = '(redacted)';

/** Annotations that repeat the whole object, with whatever it once held. */
const copies = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'isthmus.dev/applied']);

const keptMetadata = [
  'name',
  'namespace',
  'uid',
  'labels',
  'creationTimestamp',
  'deletionTimestamp',
  'ownerReferences',
] as const;

const proxyContainer = 'istio-proxy';

/**
 * The object without what nobody reads and what others should not see: of Secrets the keys alone and istiod's
 * certificates, of pods no commands, no environment but the proxy's own, no volumes.
 */
export function redactObject(object: KubeObject): KubeObject {
  const { apiVersion, kind } = object;
  const base = { apiVersion, kind, metadata: metadataOf(object.metadata) };
  if (groupOf(apiVersion) === 'apps') return deploymentOf(object, base);
  if (groupOf(apiVersion) !== '') return { ...object, ...base };
  switch (kind) {
    case 'Secret':
      return { ...base, type: object.type, data: { ...keysOf(object.data), ...certificatesOf(object) } };
    case 'Pod':
      // Annotations of pods repeat settings of their containers (proxy.istio.io/overrides), environments included.
      return { ...withoutAnnotations(base), spec: podSpecOf(object.spec), status: podStatusOf(object.status) };
    case 'Node':
      return { ...base, status: picked(object.status, ['addresses']) };
    case 'ConfigMap':
      return { ...base, data: picked(object.data, ['mesh', 'meshNetworks', 'root-cert.pem']) };
    default:
      return { ...object, ...base };
  }
}

function withoutAnnotations(object: KubeObject): KubeObject {
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function metadataOf(metadata: ObjectMeta): ObjectMeta {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !copies.has(name));
  return {
    ...picked(metadata, keptMetadata),
    name: metadata.name,
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}

function picked(value: Json | undefined, keys: readonly string[]): JsonObject {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(keys.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]])));
}

function keysOf(data: Json | undefined): JsonObject {
  return isJsonObject(data) ? Object.fromEntries(Object.keys(data).map((key) => [key, redacted])) : {};
}

/** The certificates of an istiod, which every proxy is sent too; its key is not among them. */
function certificatesOf({ metadata, data }: KubeObject): JsonObject {
  return metadata.name === 'cacerts' ? picked(data, ['ca-cert.pem', 'cert-chain.pem', 'root-cert.pem']) : {};
}

/** How many pods of which image a Deployment wants and has. */
function deploymentOf({ metadata, spec, status }: KubeObject, base: KubeObject): KubeObject {
  const containers = listOf(valueAt(spec, ['template', 'spec', 'containers']));
  const template = {
    metadata: picked(valueAt(spec, ['template', 'metadata']), ['labels']),
    spec: { containers: containers.map((container) => picked(container, ['name', 'image'])) },
  };
  return {
    ...base,
    metadata: { ...withoutAnnotations(base).metadata, ...picked(metadata, ['generation']) },
    spec: { ...picked(spec, ['replicas']), template },
    status: picked(status, ['observedGeneration', 'replicas', 'updatedReplicas', 'availableReplicas']),
  };
}

function podSpecOf(spec: Json | undefined): JsonObject {
  return {
    ...picked(spec, ['nodeName', 'serviceAccountName', 'hostNetwork', 'subdomain']),
    containers: containersOf(valueAt(spec, ['containers'])),
    initContainers: containersOf(valueAt(spec, ['initContainers'])),
  };
}

function containersOf(list: Json | undefined): readonly JsonObject[] {
  return listOf(list).map((container) => ({
    ...picked(container, ['name', 'ports']),
    ...(container.name === proxyContainer ? { args: container.args, env: proxyEnvironment(container.env) } : {}),
  }));
}

/** What the proxy tells istiod of itself, and how long its certificates live. */
function proxyEnvironment(env: Json | undefined): readonly JsonObject[] {
  return listOf(env).filter(
    ({ name, value }) =>
      typeof value === 'string' &&
      typeof name === 'string' &&
      (name.startsWith('ISTIO_META_') || name.startsWith('SECRET_')),
  );
}

function podStatusOf(status: Json | undefined): JsonObject {
  return {
    ...picked(status, ['phase', 'podIP', 'podIPs', 'hostIP']),
    conditions: listOf(valueAt(status, ['conditions'])).map((condition) => picked(condition, ['type', 'status'])),
  };
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
