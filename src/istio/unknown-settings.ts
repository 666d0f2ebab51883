import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import { nearMatch } from '../base/near-match.ts';
import { isAtLeastMinor } from './version.ts';

/** The release whose fields are listed here (istio.io/api 1.31.1, mesh/v1alpha1). Later ones may have more. */
const listedMinor = 31;

/** The fields of MeshConfig. */
const meshConfigFields = wordsOf(`
  accessLogEncoding accessLogFile accessLogFormat ca caCertificates certificates configSources connectTimeout
  defaultConfig defaultDestinationRuleExportTo defaultHttpRetryPolicy defaultProviders defaultServiceExportTo
  defaultTrafficPolicy defaultVirtualServiceExportTo disableEnvoyListenerLog discoverySelectors dnsRefreshRate
  enableAutoMtls enableEnvoyAccessLogService enablePrometheusMerge enableTracing extensionProviders
  h2UpgradePolicy hboneIdleTimeout inboundClusterStatName inboundTrafficPolicy ingressClass
  ingressControllerMode ingressSelector ingressService localityLbSetting meshMTLS outboundClusterStatName
  outboundTrafficPolicy pathNormalization protocolDetectionTimeout proxyHttpPort proxyInboundListenPort
  proxyListenPort rootNamespace serviceEntryVisibility serviceScopeConfigs serviceSettings tcpKeepalive
  tlsDefaults trustDomain trustDomainAliases verifyCertificateAtClient zoneAwareLbSetting
`);

/** The fields of ProxyConfig, which MeshConfig has as `defaultConfig`. */
const proxyConfigFields = wordsOf(`
  availabilityZone binaryPath caCertificatesPem concurrency configPath connectionSettings
  controlPlaneAuthPolicy customConfigFile discoveryAddress discoveryRefreshDelay drainDuration
  envoyAccessLogService envoyMetricsService envoyMetricsServiceAddress extraStatTags fileFlushInterval
  fileFlushMinSizeKb gatewayTopology holdApplicationUntilProxyStarts image interceptionMode meshId
  privateKeyProvider proxyAdminPort proxyBootstrapTemplatePath proxyHeaders proxyMetadata proxyStatsMatcher
  readinessProbe runtimeValues sds serviceCluster statNameLength statsCompression statsdUdpAddress statusPort
  terminationDrainDuration tracing tracingServiceName zipkinAddress
`);

/** Those of MeshConfig and of ProxyConfig that came with the listed release (istio.io/api 1.30.8 lacks them). */
const latest = wordsOf('connectionSettings defaultTrafficPolicy serviceEntryVisibility zoneAwareLbSetting');

function wordsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/**
 * The fields of the mesh configuration in an IstioOperator document that its Istio does not know, a sentence each. Istio
 * takes them without a word and ignores them (pkg/util/protomarshal/protomarshal.go, ApplyJSON). Nothing where the
 * version is later than what is listed here.
 */
export function unknownSettings(operator: JsonObject, version: string): readonly string[] {
  if (isAtLeastMinor(version, listedMinor + 1)) return [];
  const isListed = isAtLeastMinor(version, listedMinor);
  const known = (fields: readonly string[]): readonly string[] =>
    isListed ? fields : fields.filter((name) => !latest.includes(name));
  const istio = isListed ? `1.${listedMinor}` : version;
  const places = [['meshConfig'], ['values', 'meshConfig']];
  return places.flatMap((path) => {
    const config = valueAt(operator, ['spec', ...path]);
    const proxy = isJsonObject(config) ? config.defaultConfig : undefined;
    const unknown = [
      ...unknownIn(config, known(meshConfigFields)).map((found) => ({ ...found, path })),
      ...unknownIn(proxy, known(proxyConfigFields)).map((found) => ({ ...found, path: [...path, 'defaultConfig'] })),
    ];
    return unknown.map(({ name, meant, path: at }) => {
      const guess = meant === undefined ? '' : `; did you mean ${meant}?`;
      return `spec.istio.${[...at, name].join('.')}: Istio ${istio} knows no such field and ignores it${guess}`;
    });
  });
}

interface UnknownField {
  readonly name: string;
  readonly meant: string | undefined;
}

function unknownIn(config: Json | undefined, known: readonly string[]): readonly UnknownField[] {
  if (!isJsonObject(config)) return [];
  return Object.keys(config)
    .filter((name) => !known.includes(name) && !known.includes(camelCase(name)))
    .map((name) => ({ name, meant: nearMatch(name, known) }));
}

/** A field may be written as the definition has it: `trust_domain`. */
function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
}
