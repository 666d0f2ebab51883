import { settingNames } from './mesh-config.ts';
import type { IstiodSettings } from './snapshot.ts';

/** Environment variables of istiod that the model obeys: all that it asks for anywhere. */
export const followedFlags: ReadonlySet<string> = new Set(settingNames);

/** Those that change nothing of what is predicted: certificates, webhooks, caches, logs and what Istio's charts always set. */
const harmless: ReadonlySet<string> = new Set([
  ...['AUDIENCE', 'CA_ADDR', 'CA_TRUSTED_NODE_ACCOUNTS', 'CERT_SIGNER_DOMAIN', 'COMPLIANCE_POLICY'],
  ...['DEFAULT_WORKLOAD_CERT_TTL', 'ENABLE_CA_SERVER', 'ENABLE_CLUSTER_TRUST_BUNDLE_API', 'ENABLE_DEBUG_ENDPOINT_AUTH'],
  ...['ENABLE_DEBUG_ON_HTTP', 'ENABLE_LAZY_SIDECAR_EVALUATION', 'ENABLE_LEADER_ELECTION', 'ENABLE_NATIVE_SIDECARS'],
  ...[
    'ENABLE_VTPROTOBUF',
    'ENABLE_XDS_API_GENERATOR_AUTH',
    'EXTERNAL_CA',
    'GODEBUG',
    'GOGC',
    'GOMAXPROCS',
    'GOMEMLIMIT',
  ],
  ...['INJECTION_WEBHOOK_CONFIG_NAME', 'INJECT_ENABLED', 'ISTIOD_CUSTOM_HOST', 'ISTIOD_SAN', 'ISTIO_DELTA_XDS'],
  ...['ISTIO_ENABLE_CONTROLLER_QUEUE_METRICS', 'ISTIO_KUBE_CLIENT_CONTENT_TYPE', 'ISTIO_MULTIROOT_MESH'],
  ...['ISTIO_PROMETHEUS_ANNOTATIONS', 'JWT_POLICY', 'JWT_RULE', 'K8S_SIGNER', 'KUBECONFIG', 'MAX_WORKLOAD_CERT_TTL'],
  ...['MUTEX_PROFILE_FRACTION', 'PILOT_CA_CERT_CONFIGMAP', 'PILOT_CERT_PROVIDER', 'PILOT_CRL_CONFIGMAP'],
  ...[
    'PILOT_ENABLE_ALPN_FILTER',
    'PILOT_ENABLE_ANALYSIS',
    'PILOT_ENABLE_CDS_CACHE',
    'PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER',
  ],
  ...['PILOT_ENABLE_GATEWAY_API_STATUS', 'PILOT_ENABLE_METADATA_EXCHANGE', 'PILOT_ENABLE_NODE_UNTAINT_CONTROLLERS'],
  ...[
    'PILOT_ENABLE_RDS_CACHE',
    'PILOT_ENABLE_TELEMETRY_LABEL',
    'PILOT_ENABLE_XDS_CACHE',
    'PILOT_ENDPOINT_TELEMETRY_LABEL',
  ],
  ...['PILOT_ENVOY_FILTER_STATS', 'PILOT_NODE_UNTAINT_CONTROLLERS_TAINT_NAME', 'PILOT_STATUS_MAX_WORKERS'],
  ...['PILOT_TRACE_SAMPLING', 'PILOT_XDS_CACHE_INDEX_CLEAR_INTERVAL', 'PILOT_XDS_CACHE_SIZE', 'PILOT_XDS_CACHE_STATS'],
  ...['PLATFORM', 'POD_NAME', 'PROXY_CONFIG_XDS_AGENT', 'ROOT_CA_DIR', 'SERVICE_ACCOUNT', 'SHARED_MESH_CONFIG'],
  ...['TOKEN_AUDIENCES', 'TOKEN_ISSUER', 'TRUST_DOMAIN', 'USE_CACERTS_FOR_SELF_SIGNED_CA', 'USE_REMOTE_CERTS'],
  ...['VALIDATION_WEBHOOK_CONFIG_NAME', 'WORKLOAD_RSA_KEY_SIZE', 'XDS_AUTH', 'XDS_AUTH_PLAINTEXT'],
]);

const harmlessPrefixes = ['CITADEL_', 'KUBERNETES_', 'OTEL_'];

/** What is set of an istiod's environment and may change an answer in a way that the model does not know; at most one sentence. */
export function flagAssumptions({ cluster, flags }: IstiodSettings): readonly string[] {
  const unknown = Object.keys(flags)
    .filter((name) => !followedFlags.has(name) && !harmless.has(name))
    .filter((name) => !harmlessPrefixes.some((prefix) => name.startsWith(prefix)))
    .sort();
  if (unknown.length === 0) return [];
  return [
    `The istiod of ${cluster} runs with settings that the model does not know, and that are taken to change nothing: ${unknown.join(', ')}.`,
  ];
}
