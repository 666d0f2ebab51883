import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import { proxyVariables, proxyWords } from '../discovery/values/proxy.ts';
import { groupOf, type KubeObject, type ObjectMeta } from '../objects/object.ts';
import { istiodManager, rootsConfigMap } from '../objects/roots-map.ts';
import { redactedConfig } from './redact-config.ts';
import { listOf, picked, pickedEach, redacted } from './redacted.ts';

/** Annotations that the model or the status read; all others may repeat an object with what it holds or once held. */
const keptAnnotations = [
  'alpha.istio.io/canonical-serviceaccounts',
  'alpha.istio.io/kubernetes-serviceaccounts',
  'gateway.istio.io/service-account',
  'istio.io/connect-strategy',
  'istio.io/dry-run',
  'networking.istio.io/cluster',
  'networking.istio.io/exportTo',
  'networking.istio.io/traffic-distribution',
  'proxy.istio.io/health-checks-enabled',
  'topology.istio.io/controlPlaneClusters',
  'traffic.istio.io/nodeSelector',
];

const keptMetadata = ['name', 'namespace', 'uid', 'labels', 'creationTimestamp', 'deletionTimestamp'] as const;

const proxyContainer = 'istio-proxy';

/**
 * The object with what the model and the status read of it, and nothing else: of Secrets the keys alone and istiod's
 * certificates, of pods no commands, no environment but known variables of the proxy, no volumes, of Istio's kinds no
 * values of headers that a route sets. What a rule has to match is kept.
 */
export function redactObject(object: KubeObject): KubeObject {
  const { apiVersion, kind, spec, status } = object;
  const base = { apiVersion, kind, metadata: metadataOf(object.metadata) };
  switch (`${groupOf(apiVersion)}/${kind}`) {
    case '/Secret':
      return { ...base, type: object.type, data: { ...keysOf(object.data), ...certificatesOf(object) } };
    case '/Pod':
      return { ...withoutAnnotations(base), spec: podSpecOf(spec), status: podStatusOf(status) };
    case '/Node':
      return { ...base, status: picked(status, ['addresses']) };
    case '/ConfigMap':
      return { ...base, metadata: { ...base.metadata, ...writesOf(object) }, data: redactedConfig(object) };
    case '/Namespace':
      return base;
    case '/Service':
      return { ...base, ...filled({ spec, status: picked(status, ['loadBalancer']) }) };
    case 'apps/Deployment':
      return deploymentOf(object, base);
    case 'discovery.k8s.io/EndpointSlice':
      return {
        ...base,
        ...picked(object, ['addressType', 'ports']),
        endpoints: pickedEach(object.endpoints, endpoint),
      };
    case 'security.istio.io/AuthorizationPolicy':
      return { ...base, spec: accessSpecOf(spec) };
    case 'gateway.networking.k8s.io/Gateway':
      return { ...base, spec: picked(spec, ['gatewayClassName', 'listeners', 'addresses']) };
    default:
      return routingKinds.has(`${groupOf(apiVersion)}/${kind}`)
        ? { ...base, ...filled({ spec: withoutHeaderValues(spec), status: conditionsOf(status) }) }
        : base;
  }
}

/** The kinds whose spec the model reads whole, but for values of headers. Of any other kind nothing is known, so nothing is kept. */
const routingKinds: ReadonlySet<string> = new Set([
  'networking.istio.io/DestinationRule',
  'networking.istio.io/Gateway',
  'networking.istio.io/ServiceEntry',
  'networking.istio.io/Sidecar',
  'networking.istio.io/VirtualService',
  'networking.istio.io/WorkloadEntry',
  'security.istio.io/PeerAuthentication',
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/GRPCRoute',
  'gateway.networking.k8s.io/TCPRoute',
  'gateway.networking.k8s.io/TLSRoute',
  'multicluster.x-k8s.io/ServiceExport',
  'multicluster.x-k8s.io/ServiceImport',
]);

const endpoint = ['addresses', 'conditions', 'hostname', 'nodeName', 'targetRef', 'zone'] as const;

/** Who may do what, but not the values of headers and tokens that are asked for, which may be keys. */
function accessSpecOf(spec: Json | undefined): JsonObject {
  const rules = listOf(valueAt(spec, ['rules'])).map((rule) => ({
    ...filled({
      from: innerOf(rule.from, 'source', sourceFields),
      to: innerOf(rule.to, 'operation', operationFields),
      when: rule.when === undefined ? undefined : listOf(rule.when).map(conditionOf),
    }),
  }));
  const known = picked(spec, ['selector', 'targetRef', 'targetRefs', 'action']);
  return { ...known, ...(valueAt(spec, ['rules']) === undefined ? {} : { rules }) };
}

function innerOf(list: Json | undefined, key: string, fields: readonly string[]): readonly JsonObject[] | undefined {
  if (list === undefined) return undefined;
  return listOf(list).map((item) => ({ [key]: picked(item[key], [...fields, ...fields.map(negated)]) }));
}

function negated(field: string): string {
  return `not${field[0]?.toUpperCase()}${field.slice(1)}`;
}

const sourceFields = [
  'principals',
  'requestPrincipals',
  'namespaces',
  'serviceAccounts',
  'trustDomains',
  'ipBlocks',
  'remoteIpBlocks',
] as const;
const operationFields = ['hosts', 'ports', 'methods', 'paths'] as const;

/** `*` asks only that there is one. */
function conditionOf(condition: JsonObject): JsonObject {
  if (!String(condition.key).startsWith('request.')) return picked(condition, ['key', 'values', 'notValues']);
  const hidden = (list: Json | undefined): readonly Json[] | undefined =>
    Array.isArray(list) ? list.map((value: Json) => (value === '*' ? value : redacted)) : undefined;
  const { values, notValues } = condition;
  return { ...picked(condition, ['key']), ...filled({ values: hidden(values), notValues: hidden(notValues) }) };
}

/** Values that routes give to headers, and answers that they give themselves. What a request has to match stays. */
function withoutHeaderValues(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item: Json) => withoutHeaderValues(item) ?? null);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ownRedaction(key, inner)]));
}

function ownRedaction(key: string, value: Json | undefined): Json | undefined {
  switch (key) {
    case 'match':
      return value;
    case 'headers':
      return filled({
        request: headerNamesOf(valueAt(value, ['request'])),
        response: headerNamesOf(valueAt(value, ['response'])),
      });
    case 'directResponse':
      return picked(value, ['status']);
    default:
      return withoutHeaderValues(value);
  }
}

/** `headers.request` and `headers.response` of a route, by their `set` and `add`. */
function headerNamesOf(operations: Json | undefined): Json | undefined {
  if (!isJsonObject(operations)) return undefined;
  return { ...picked(operations, ['remove']), ...filled({ set: keysOf(operations.set), add: keysOf(operations.add) }) };
}

/** Without the parts that are empty. */
function filled(parts: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(parts).filter(
      ([, part]) => part !== undefined && !(isJsonObject(part) && Object.keys(part).length === 0),
    ),
  );
}

/** When the keys of a ConfigMap of roots were written last, and whether by istiod, by the bookkeeping of its API server. */
function writesOf({ metadata }: KubeObject): JsonObject {
  if (metadata.name !== rootsConfigMap) return {};
  const writes = listOf(metadata.managedFields).flatMap((entry) => {
    const held = valueAt(entry, ['fieldsV1', 'f:data']);
    if (!isJsonObject(held)) return [];
    const keys = Object.keys(held);
    const manager = valueAt(entry, ['manager']) === istiodManager ? istiodManager : 'other';
    return [
      { manager, ...picked(entry, ['time']), fieldsV1: { 'f:data': Object.fromEntries(keys.map((key) => [key, {}])) } },
    ];
  });
  return writes.length === 0 ? {} : { managedFields: writes };
}

function withoutAnnotations(object: KubeObject): KubeObject {
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function metadataOf(metadata: ObjectMeta): ObjectMeta {
  const annotations = picked(metadata.annotations, keptAnnotations) as Readonly<Record<string, string>>;
  const owners = pickedEach(metadata.ownerReferences, ['apiVersion', 'kind', 'name', 'uid', 'controller']);
  return {
    ...picked(metadata, keptMetadata),
    name: metadata.name,
    ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

function keysOf(data: Json | undefined): JsonObject {
  return isJsonObject(data) ? Object.fromEntries(Object.keys(data).map((key) => [key, redacted])) : {};
}

const caCertsCertificates = ['ca-cert.pem', 'cert-chain.pem', 'root-cert.pem', 'tls.crt', 'ca.crt'];

/** The certificates of an istiod, which every proxy is sent too; its key is not among them. */
function certificatesOf({ metadata, data }: KubeObject): JsonObject {
  return metadata.name === 'cacerts' ? picked(data, caCertsCertificates) : {};
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
    ...picked(container, ['name', 'restartPolicy']),
    ...filled({ ports: portsOf(container.ports) }),
    ...(container.name === proxyContainer ? proxyOf(container) : {}),
  }));
}

function portsOf(ports: Json | undefined): readonly JsonObject[] | undefined {
  return ports === undefined ? undefined : pickedEach(ports, ['name', 'containerPort', 'hostPort', 'protocol']);
}

/** What the proxy is, what it tells istiod of itself, and how long its certificates live. */
function proxyOf({ args, env }: JsonObject): JsonObject {
  const names: readonly Json[] = proxyVariables;
  const words = Array.isArray(args) ? args.filter((word: Json) => proxyWords.some((known) => known === word)) : [];
  const known = listOf(env).filter(({ name, value }) => names.includes(name ?? null) && typeof value === 'string');
  return { args: words, env: pickedEach(known, ['name', 'value']) };
}

function podStatusOf(status: Json | undefined): JsonObject {
  return {
    ...picked(status, ['phase', 'podIP', 'podIPs', 'hostIP']),
    conditions: pickedEach(valueAt(status, ['conditions']), condition),
    ...filled({
      containerStatuses: proxyStartOf(valueAt(status, ['containerStatuses'])),
      initContainerStatuses: proxyStartOf(valueAt(status, ['initContainerStatuses'])),
    }),
  };
}

/** Since when the pod's proxy runs, for its certificate is no older, and whether it is ready. */
function proxyStartOf(statuses: Json | undefined): readonly JsonObject[] | undefined {
  const own = listOf(statuses).filter(({ name }) => name === proxyContainer);
  if (own.length === 0) return undefined;
  return own.map((status) => {
    const running = picked(valueAt(status.state, ['running']), ['startedAt']);
    return { ...picked(status, ['name', 'ready']), ...filled({ state: filled({ running }) }) };
  });
}

const condition = ['type', 'status', 'lastTransitionTime'] as const;

/** Whether a workload entry is healthy. */
function conditionsOf(status: Json | undefined): JsonObject {
  const conditions = valueAt(status, ['conditions']);
  return conditions === undefined ? {} : { conditions: pickedEach(conditions, condition) };
}
