import { isJsonObject, type Json, type JsonObject, objectsAt, textAt, valueAt } from '../../base/json.ts';
import type { LeftOut } from './draft.ts';
import { otherReason } from './settings.ts';

/** What an IstioOperator's components become. */
export interface Components {
  /** Below `spec.istio.values.pilot`. */
  readonly pilot: JsonObject;
  /** `spec.gateway` of the MeshCluster. */
  readonly gateway: JsonObject;
  readonly leftOut: readonly Omit<LeftOut, 'file'>[];
}

/** istiod's settings become values, those of the east-west gateway `spec.gateway`; nothing else has a place. */
export function convertComponents(components: JsonObject): Components {
  const pilot = convertPilot(valueAt(components, ['pilot']));
  const gateways = objectsAt(components, ['ingressGateways']).map((one, index) => convertGateway(one, index));
  const known = new Set(['pilot', 'ingressGateways', 'base']);
  const others = Object.keys(components)
    .filter((key) => !known.has(key))
    .map((key) => ({ setting: `spec.components.${key}`, reason: otherReason }));
  return {
    pilot: pilot.values,
    gateway: Object.assign({}, ...gateways.map(({ gateway }) => gateway)) as JsonObject,
    leftOut: [...pilot.leftOut, ...gateways.flatMap(({ leftOut }) => leftOut), ...others],
  };
}

/** Settings of istiod's Deployment that its chart has under the same name. */
const samePilot: readonly string[] = [
  'affinity',
  'nodeSelector',
  'podAnnotations',
  'replicaCount',
  'resources',
  'tolerations',
];

function convertPilot(pilot: Json | undefined): {
  readonly values: JsonObject;
  readonly leftOut: Components['leftOut'];
} {
  const k8s = valueAt(pilot, ['k8s']);
  if (!isJsonObject(k8s)) return { values: {}, leftOut: [] };
  const values: Record<string, Json> = {};
  const leftOut: Omit<LeftOut, 'file'>[] = [];
  for (const [key, value] of Object.entries(k8s)) {
    if (value === undefined) continue;
    if (samePilot.includes(key)) values[key] = value;
    else if (key === 'hpaSpec') Object.assign(values, scalingOf(value));
    else if (key === 'env') values.env = variablesOf(value);
    else leftOut.push({ setting: `spec.components.pilot.k8s.${key}`, reason: "istiod's chart has no such value" });
  }
  return { values, leftOut };
}

function scalingOf(spec: Json): JsonObject {
  const [least, most] = [valueAt(spec, ['minReplicas']), valueAt(spec, ['maxReplicas'])];
  return {
    ...(typeof least === 'number' ? { autoscaleMin: least } : {}),
    ...(typeof most === 'number' ? { autoscaleMax: most } : {}),
  };
}

function variablesOf(env: Json): JsonObject {
  return Object.fromEntries(
    (Array.isArray(env) ? env : []).flatMap((one: Json) => {
      const [name, value] = [textAt(one, ['name']), textAt(one, ['value'])];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

interface ConvertedGateway {
  readonly gateway: JsonObject;
  readonly leftOut: Components['leftOut'];
}

/** Its settings may differ, and its certificates are found otherwise: who has one decides. */
const ingressReason = 'spec.ingress of the MeshCluster asks for an ingress gateway; look at what it gives first';

function convertGateway(gateway: JsonObject, index: number): ConvertedGateway {
  const name = textAt(gateway, ['name']) ?? '';
  const setting = `spec.components.ingressGateways[${index}]`;
  if (gateway.enabled === false) return { gateway: {}, leftOut: [] };
  if (textAt(gateway, ['label', 'istio']) !== 'eastwestgateway' && name !== 'istio-eastwestgateway') {
    const reason = name === 'istio-ingressgateway' ? ingressReason : `${otherReason} (${name || 'without a name'})`;
    return { gateway: {}, leftOut: [{ setting, reason }] };
  }
  const reason = 'Isthmus makes the east-west gateway itself: ports, labels and its network follow from spec.network';
  return {
    gateway: gatewayOf({
      type: valueAt(gateway, ['k8s', 'service', 'type']),
      annotations: valueAt(gateway, ['k8s', 'serviceAnnotations']),
      replicas: valueAt(gateway, ['k8s', 'replicaCount']) ?? valueAt(gateway, ['k8s', 'hpaSpec', 'minReplicas']),
    }),
    leftOut: [{ setting, reason }],
  };
}

/** `spec.gateway` of what a Service and a Deployment say. */
export function gatewayOf({ type, annotations, replicas }: Readonly<Record<string, Json | undefined>>): JsonObject {
  return {
    ...(type === 'NodePort' ? { type } : {}),
    ...(isJsonObject(annotations) && Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(typeof replicas === 'number' && replicas >= 1 && replicas <= 100 ? { replicas } : {}),
  };
}
