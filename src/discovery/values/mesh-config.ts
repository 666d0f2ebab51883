import type { JsonObject } from '../../base/json.ts';
import { fieldsOf, labelOf, textOf, textsOf } from './fields.ts';
import type { IstiodSettings } from './snapshot.ts';

/** istiod's switches that the model reads, with the defaults of Istio 1.31 (pilot/pkg/features). */
const switchDefaults = {
  ENABLE_MCS_CLUSTER_LOCAL: false,
  ENABLE_MCS_HOST: false,
  ENABLE_MCS_SERVICE_DISCOVERY: false,
  ENABLE_LOCALITY_WEIGHTED_LB_CONFIG: false,
  ISTIO_DUAL_STACK: false,
  PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: true,
  PILOT_ENABLE_AMBIENT: false,
  PILOT_ENABLE_CROSS_CLUSTER_WORKLOAD_ENTRY: true,
  PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES: false,
  PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES: true,
  PILOT_ENABLE_SERVICEENTRY_SELECT_PODS: true,
  PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS: true,
  PILOT_MULTI_NETWORK_DISCOVER_GATEWAY_API: true,
  PILOT_SEND_UNHEALTHY_ENDPOINTS: false,
  RESOLVE_HOSTNAME_GATEWAYS: true,
} as const satisfies Readonly<Record<string, boolean>>;

export type Switch = keyof typeof switchDefaults;

/** The other variables of istiod that the model reads. */
const textSettings = [
  'AMBIENT_ENABLE_MULTI_NETWORK',
  'ENABLE_ENHANCED_DESTINATIONRULE_MERGE',
  'MCS_API_GROUP',
  'PILOT_DRAINING_LABEL',
  'PILOT_ENABLE_GATEWAY_API',
  'PILOT_PERSISTENT_SESSION_HEADER_LABEL',
  'PILOT_PERSISTENT_SESSION_LABEL',
  'PILOT_PREFER_SENDING_HBONE',
  'PILOT_SCOPE_GATEWAY_TO_NAMESPACE',
  'PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE',
  'PILOT_UNIFIED_SIDECAR_SCOPE',
  'REVISION',
] as const;

export type SettingName = Switch | (typeof textSettings)[number];

/** Variables that say which cluster an istiod is for and what it watches. */
const placeNames = ['CLUSTER_ID', 'EXTERNAL_ISTIOD', 'LOCAL_CLUSTER_SECRET_WATCHER', 'POD_NAMESPACE'] as const;

/** Variables that say how an istiod reads its peers: no request goes by them, checks do. */
const peerNames = ['PILOT_MULTICLUSTER_KUBECONFIG_PATH', 'PILOT_REMOTE_CLUSTER_TIMEOUT'] as const;

/** Every variable of istiod that is read: all whose values a snapshot keeps of its environment. */
export const settingNames: readonly string[] = [
  ...Object.keys(switchDefaults),
  ...textSettings,
  ...placeNames,
  ...peerNames,
];

/** Every field of MeshConfig that the model reads; of defaultConfig the discoveryAddress alone. */
export const meshConfigFields = [
  'defaultConfig',
  'defaultDestinationRuleExportTo',
  'defaultServiceExportTo',
  'defaultTrafficPolicy',
  'defaultVirtualServiceExportTo',
  'discoverySelectors',
  'enableAutoMtls',
  'localityLbSetting',
  'outboundTrafficPolicy',
  'rootNamespace',
  'serviceEntryVisibility',
  'serviceSettings',
  'trustDomain',
  'trustDomainAliases',
  'zoneAwareLbSetting',
] as const;

/** Whether a switch of this istiod is on; a value that Go does not read as a boolean counts as the default. */
export function isOn(istiod: IstiodSettings, name: Switch): boolean {
  return parseGoBool(setting(istiod, name, '')) ?? switchDefaults[name];
}

/** A text among istiod's environment variables. An empty one counts: it is how a label name is switched off. */
export function setting(istiod: IstiodSettings, name: SettingName, fallback: string): string {
  return labelOf(istiod.flags, name) ?? fallback;
}

/** Go's strconv.ParseBool. */
export function parseGoBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined;
}

/** The revision, '' where none is set: then objects of every revision are read. */
export function revisionOf(istiod: IstiodSettings): string {
  return setting(istiod, 'REVISION', '');
}

/** True where istiod reads an Istio resource with these labels (pkg/config/model.go, LabelsInRevision). */
export function isInRevision(istiod: IstiodSettings, labels: Readonly<Record<string, string>>): boolean {
  const wanted = labelOf(labels, 'istio.io/rev');
  const revision = revisionOf(istiod);
  return wanted === undefined || revision === '' || wanted === revision;
}

export const defaultTrustDomain = 'cluster.local';

export function trustDomainOf(istiod: IstiodSettings): string {
  return textOf(istiod.meshConfig.trustDomain) || defaultTrustDomain;
}

export function trustDomainAliasesOf(istiod: IstiodSettings): readonly string[] {
  return textsOf(istiod.meshConfig.trustDomainAliases);
}

/** The namespace whose Istio resources hold for the whole mesh. */
export function rootNamespaceOf(istiod: IstiodSettings): string {
  return textOf(istiod.meshConfig.rootNamespace) || istiod.namespace;
}

/** Where services go whose own definition does not say. */
export function defaultExportToOf(istiod: IstiodSettings): readonly string[] {
  const declared = textsOf(istiod.meshConfig.defaultServiceExportTo);
  return declared.length > 0 ? declared : ['*'];
}

/** `spiffe://…` of a service account. */
export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain.replaceAll('@', '.')}/ns/${namespace}/sa/${serviceAccount}`;
}

/** MeshConfig.serviceEntryVisibility where it holds for sidecars too, else undefined. */
export function sidecarVisibilityOf(istiod: IstiodSettings): JsonObject | undefined {
  const visibility = fieldsOf(istiod.meshConfig.serviceEntryVisibility);
  return visibility.applyToSidecars === true ? visibility : undefined;
}
