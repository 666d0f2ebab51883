import { z } from 'zod';
import { decodeBase64Text } from '../base/base64.ts';
import { IsthmusError } from '../base/error.ts';
import { parseJson } from '../base/parse-json.ts';
import { partition } from '../base/partition.ts';
import { envoyAdminPort } from '../istio/debug.ts';
import { isOfIstiods } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { getThroughPod } from '../kube/pod/http-over-forward.ts';
import { type Certificate, certificatesOf } from '../pki/certificate.ts';
import { maxCertificates } from '../pki/chain.ts';
import type { ProxyPod } from './proxy-pods.ts';

/** What a running Envoy verifies its peers with and shows them. */
export interface ProxyCertificates {
  readonly trusts: readonly Certificate[];
  /** Its certificate, then the CAs above it. */
  readonly presents: readonly Certificate[];
}

/** Gateways in namespaces of others are asked up to here: whether a pod is one, it says itself. */
const maxGateways = 20;

/** Every gateway of Istio's own namespaces, some of the others, and sidecars of as many namespaces as `sidecars` allows. */
export function sampleProxies<P extends Pick<ProxyPod, 'namespace' | 'type'>>(
  proxies: readonly P[],
  sidecars: number,
): readonly P[] {
  const byNamespace = Map.groupBy(
    proxies.filter(({ type }) => type === 'Sidecar'),
    ({ namespace }) => namespace,
  );
  const chosen: P[] = [];
  for (let round = 0; chosen.length < sidecars; round += 1) {
    const next = [...byNamespace.values()].flatMap((pods) => pods[round] ?? []);
    if (next.length === 0) break;
    chosen.push(...next.slice(0, sidecars - chosen.length));
  }
  const gateways = proxies.filter(({ type }) => type === 'Gateway');
  const [home, elsewhere] = partition(gateways, ({ namespace }) => isOfIstiods(namespace));
  return [...home, ...elsewhere.slice(0, Number.isFinite(sidecars) ? maxGateways : undefined), ...chosen];
}

/** The names under which pilot-agent gives Envoy its certificate and its roots (pkg/security/security.go). */
const workloadSecret = 'default';
const rootSecret = 'ROOTCA';
/** What `istioctl proxy-config secret` reads; private keys are redacted by Envoy itself. */
const secretsPath = '/config_dump?resource=dynamic_active_secrets';

/** Reads what a proxy trusts and presents from the Envoy that runs in it. */
export async function readProxyCertificates(
  client: KubeClient,
  { namespace, name }: Pick<ProxyPod, 'namespace' | 'name'>,
  signal: AbortSignal,
): Promise<ProxyCertificates> {
  const pod = { namespace, name, port: envoyAdminPort, signal };
  const { status, body } = await getThroughPod(client, { ...pod, path: secretsPath });
  const found = status === 200 ? parseSecrets(body) : undefined;
  if (found !== undefined) return found;
  throw new IsthmusError(
    'unexpected-response',
    `cluster ${client.cluster}: the Envoy of Pod ${namespace}/${name} does not show its certificates (HTTP ${status})`,
    { cluster: client.cluster, remedy: 'its proxy may be of a version that Isthmus does not know' },
  );
}

const inline = z.looseObject({ inline_bytes: z.string() });
const dump = z.looseObject({
  configs: z
    .array(
      z.looseObject({
        name: z.string().default(''),
        secret: z
          .looseObject({
            tls_certificate: z.looseObject({ certificate_chain: inline.optional() }).optional(),
            validation_context: z.looseObject({ trusted_ca: inline.optional() }).optional(),
          })
          .optional(),
      }),
    )
    .default([]),
});

/** More roots than any mesh trusts. */
const maxRoots = 64;

/**
 * The two secrets in Envoy's configuration dump (envoy/admin/v3/config_dump.proto, SecretsConfigDump). Undefined where
 * there are more certificates than any proxy has: anyone who runs a pod can answer in its proxy's place.
 */
export function parseSecrets(body: string): ProxyCertificates | undefined {
  const read = dump.safeParse(parseJson(body));
  if (!read.success) return undefined;
  const secretOf = (wanted: string) => read.data.configs.find(({ name }) => name === wanted)?.secret;
  const trusts = encoded(secretOf(rootSecret)?.validation_context?.trusted_ca?.inline_bytes, maxRoots);
  const chain = secretOf(workloadSecret)?.tls_certificate?.certificate_chain?.inline_bytes;
  const presents = encoded(chain, maxCertificates);
  return trusts === undefined || presents === undefined ? undefined : { trusts, presents };
}

function encoded(base64: string | undefined, limit: number): readonly Certificate[] | undefined {
  const text = decodeBase64Text(base64 ?? '') ?? '';
  return text.split('-----BEGIN ').length - 1 > limit ? undefined : certificatesOf(text);
}
