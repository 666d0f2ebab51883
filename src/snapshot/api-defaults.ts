import type { Json, JsonObject } from '../base/json.ts';
import { fieldsOf, objectsOf } from '../discovery/values/fields.ts';
import { groupOf, type KubeObject } from '../objects/object.ts';

/** Kinds that belong to no namespace, of those that the model reads. */
const clusterKinds: ReadonlySet<string> = new Set(['Namespace', 'Node']);

/**
 * The object with what an API server fills in and the model reads: people write Services without protocol and target
 * port. What a cluster gave is the same afterwards.
 */
export function withApiDefaults(object: KubeObject): KubeObject {
  const { metadata, kind } = object;
  const isPlaced = metadata.namespace !== undefined || clusterKinds.has(kind);
  const placed = isPlaced ? object : { ...object, metadata: { ...metadata, namespace: 'default' } };
  switch (`${groupOf(object.apiVersion)}/${kind}`) {
    case '/Namespace':
      return { ...placed, metadata: { ...metadata, labels: { [nameLabel]: metadata.name, ...metadata.labels } } };
    case '/Service':
      return { ...placed, spec: serviceSpecOf(fieldsOf(object.spec)) };
    case '/Pod':
      return { ...placed, spec: podSpecOf(fieldsOf(object.spec)) };
    case 'discovery.k8s.io/EndpointSlice':
      return object.ports === undefined
        ? placed
        : { ...placed, ports: eachOf(object.ports, (port) => ({ name: '', protocol: 'TCP', ...port })) };
    default:
      return placed;
  }
}

const nameLabel = 'kubernetes.io/metadata.name';

/** An ExternalName has no target ports. */
function serviceSpecOf(spec: JsonObject): JsonObject {
  const { ports, type = 'ClusterIP' } = spec;
  if (ports === undefined) return { type, ...spec };
  const filled = eachOf(ports, (port) => ({
    protocol: 'TCP',
    ...(type === 'ExternalName' || port.port === undefined ? {} : { targetPort: port.port }),
    ...port,
  }));
  return { type, ...spec, ports: filled };
}

function podSpecOf(spec: JsonObject): JsonObject {
  const { containers } = spec;
  const filled = eachOf(containers, (container) =>
    container.ports === undefined
      ? container
      : { ...container, ports: eachOf(container.ports, (port) => ({ protocol: 'TCP', ...port })) },
  );
  return { serviceAccountName: 'default', ...spec, ...(containers === undefined ? {} : { containers: filled }) };
}

function eachOf(list: Json | undefined, fill: (item: JsonObject) => JsonObject): readonly JsonObject[] {
  return objectsOf(list).map(fill);
}
