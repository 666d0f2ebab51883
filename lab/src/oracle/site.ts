import { join } from 'node:path';
import type { IstiodSettings } from '../../../src/discovery/values/snapshot.ts';
import { controlGroup, labPaths } from '../state/paths.ts';
import type { LabIstio } from '../tools/istios.ts';

/** Where an oracle's programs run and keep their files. */
export interface OracleSite {
  readonly name: string;
  /** The lab slot, 0 to 7: every oracle has loopback addresses of its own. */
  readonly index: number;
  /** The folder of the programs. */
  readonly bin: string;
  /** The Istio that answers, and the folder of its pilot-discovery. */
  readonly istio: LabIstio;
  readonly istioBin: string;
  readonly folder: string;
  readonly logs: string;
  readonly group: string;
}

type OraclePlace = Pick<OracleSite, 'name' | 'index' | 'bin' | 'istio' | 'istioBin'>;

export function oracleSite(place: OraclePlace): OracleSite {
  const { name } = place;
  const { state } = labPaths(name);
  return { ...place, folder: state, logs: join(state, 'logs'), group: `${controlGroup(name)}/programs` };
}

/** The last number that an istiod's address may have, so that there are 100 of them. */
export const istiodAddresses = 100;

/** The last number that an Envoy's address may have, so that there are 50 of them. */
const envoyAddresses = 50;

/** 127.19.SLOT.0/24: etcd is 1, API servers start at 11, istiods at 101, Envoys at 201. */
function address(site: OracleSite, last: number): string {
  return `127.19.${site.index}.${last}`;
}

export function etcdUrl(site: OracleSite): string {
  return `http://${address(site, 1)}:2379`;
}

export function apiAddress(site: OracleSite, slot: number): string {
  return address(site, 11 + slot);
}

export function istiodAddress(site: OracleSite, place: number): string {
  return address(site, 101 + place);
}

/** Envoys follow each other on the same addresses. */
export function envoyAddress(site: OracleSite, place: number): string {
  return address(site, 201 + (place % envoyAddresses));
}

/** The prefix of an API server's keys in the etcd that all of them share. */
export function etcdPrefix(slot: number): string {
  return `/api${slot}`;
}

type Command = readonly [string, ...string[]];

function argv(program: string, flags: Readonly<Record<string, string>>): [string, ...string[]] {
  return [program, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
}

/** The command as a child that the kernel ends together with the process that started it. */
function withParent([program, ...args]: Command): [string, ...string[]] {
  return ['setpriv', '--pdeathsig', 'KILL', program, ...args];
}

export function etcdCommand(site: OracleSite): [string, ...string[]] {
  const peer = `http://${address(site, 1)}:2380`;
  return withParent(
    argv(join(site.bin, 'etcd'), {
      'data-dir': join(site.folder, 'etcd'),
      'listen-client-urls': etcdUrl(site),
      'advertise-client-urls': etcdUrl(site),
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
      'log-level': 'warn',
      'unsafe-no-fsync': 'true',
      // A load is one transaction.
      'max-txn-ops': '100000',
      'max-request-bytes': '67108864',
      'quota-backend-bytes': '8589934592',
    }),
  );
}

/** What istiod and the API server itself cannot do without. */
const apis = [
  'v1',
  'admissionregistration.k8s.io/v1',
  'apiextensions.k8s.io/v1',
  'apiregistration.k8s.io/v1',
  'coordination.k8s.io/v1',
  'discovery.k8s.io/v1',
  'networking.k8s.io/v1',
];

/** Plug-ins that would change or refuse objects, or need kinds that are off. */
const admissionOff = [
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'ClusterTrustBundleAttest',
  'DefaultIngressClass',
  'DefaultStorageClass',
  'DefaultTolerationSeconds',
  'LimitRanger',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'NamespaceLifecycle',
  'PersistentVolumeClaimResize',
  'PodSecurity',
  'Priority',
  'ResourceQuota',
  'RuntimeClass',
  'ServiceAccount',
  'StorageObjectInUseProtection',
  'TaintNodesByCondition',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
];

/** The files of keys that every API server of the oracle shares. */
export const keyFiles = {
  authority: 'ca.crt',
  certificate: 'apiserver.crt',
  key: 'apiserver.key',
  accountsPublic: 'sa.pub',
  accountsPrivate: 'sa.key',
} as const;

export function apiServerCommand(site: OracleSite, slot: number): [string, ...string[]] {
  const file = (name: keyof typeof keyFiles): string => join(site.folder, keyFiles[name]);
  return withParent(
    argv(join(site.bin, 'kube-apiserver'), {
      'etcd-servers': etcdUrl(site),
      'etcd-prefix': etcdPrefix(slot),
      'bind-address': apiAddress(site, slot),
      // It may not be a loopback address, and nothing uses it without an endpoint reconciler.
      'advertise-address': '192.0.2.1',
      'endpoint-reconciler-type': 'none',
      'tls-cert-file': file('certificate'),
      'tls-private-key-file': file('key'),
      'client-ca-file': file('authority'),
      'service-account-key-file': file('accountsPublic'),
      'service-account-signing-key-file': file('accountsPrivate'),
      'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
      'service-cluster-ip-range': '10.0.0.0/8',
      'authorization-mode': 'AlwaysAllow',
      'disable-admission-plugins': admissionOff.join(','),
      'enable-priority-and-fairness': 'false',
      'runtime-config': ['api/all=false', ...apis.map((api) => `${api === 'v1' ? 'api/v1' : api}=true`)].join(','),
      profiling: 'false',
    }),
  );
}

export const istiodPorts = { discovery: 15010, http: 8080 } as const;

export function istiodCommand(
  site: OracleSite,
  settings: IstiodSettings,
  run: { readonly address: string; readonly kubeconfig: string },
): [string, ...string[]] {
  const program = argv(join(site.istioBin, 'pilot-discovery'), {
    kubeconfig: run.kubeconfig,
    clusterID: settings.cluster,
    namespace: settings.namespace,
    clusterRegistriesNamespace: settings.namespace,
    domain: settings.domain,
    httpAddr: `${run.address}:${istiodPorts.http}`,
    grpcAddr: `${run.address}:${istiodPorts.discovery}`,
    monitoringAddr: '',
    secureGRPCAddr: '',
    httpsAddr: '',
    ctrlz_port: '0',
    kubernetesApiQPS: '1000',
    kubernetesApiBurst: '2000',
  });
  const [path, ...flags] = program;
  return withParent([path, 'discovery', ...flags]);
}

/** An Envoy of one thread that has no listeners. */
export function envoyCommand(site: OracleSite, bootstrap: string): [string, ...string[]] {
  const flags = ['-c', bootstrap, '--concurrency', '1', '--disable-hot-restart', '-l', 'warning'];
  return withParent([join(site.bin, 'envoy'), ...flags]);
}

/**
 * The environment of an istiod: the snapshot's flags, and over them what takes away its duties that are not discovery
 * and makes its answers as fresh and as repeatable as can be.
 */
export function istiodEnvironment(settings: IstiodSettings): Readonly<Record<string, string>> {
  return {
    ...settings.flags,
    CLUSTER_ID: settings.cluster,
    POD_NAME: `istiod-${settings.cluster}`,
    POD_NAMESPACE: settings.namespace,
    REVISION: 'default',
    ENABLE_CA_SERVER: 'false',
    ENABLE_LEADER_ELECTION: 'false',
    INJECT_ENABLED: 'false',
    INJECTION_WEBHOOK_CONFIG_NAME: '',
    VALIDATION_WEBHOOK_CONFIG_NAME: '',
    PILOT_DEBOUNCE_AFTER: `${debounceMs}ms`,
    PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: 'false',
    PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER: 'false',
    PILOT_ENABLE_GATEWAY_API_STATUS: 'false',
    PILOT_ENABLE_IP_AUTOALLOCATE: 'false',
    // A filter that only Istio's own build of Envoy has.
    PILOT_ENABLE_METADATA_EXCHANGE: 'false',
    PILOT_ENABLE_STATUS: 'false',
    PILOT_ENABLE_XDS_CACHE: 'false',
    // Many proxies connect at once, which istiod spreads over time on a machine of few cores.
    PILOT_MAX_REQUESTS_PER_SECOND: '10000',
    PILOT_PUSH_THROTTLE: '1000',
  };
}

/** How long istiod waits for more changes before it computes what to push. */
export const debounceMs = 10;
