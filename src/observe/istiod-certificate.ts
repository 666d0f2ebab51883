import type { PeerCertificate } from 'node:tls';
import { IsthmusError } from '../base/error.ts';
import { isJsonObject, type Json, valueAt } from '../base/json.ts';
import { istiodPorts } from '../istio/names.ts';
import type { KubeObject } from '../objects/object.ts';
import { asCertificate, type Certificate } from '../pki/certificate.ts';
import { X509Certificate } from '../pki/x509.ts';
import { type IstiodPlace, isReady } from './istiod.ts';
import { connectToIstiod } from './istiod-connection.ts';

/** What one istiod presents on its own ports. */
export interface PresentedByIstiod {
  readonly pod: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /**
   * Its certificate, then the CAs above it as far as it sends them. Empty where its certificate is not made by itself
   * (PILOT_CERT_PROVIDER), so that it says nothing about what istiod signs with.
   */
  readonly chain: readonly Certificate[];
}

const timeoutMs = 10_000;

/**
 * The certificates that the running istiods of a place present. istiod signs its own certificate with the CA that signs
 * the workloads', and again whenever that CA changes (pilot/pkg/bootstrap/certcontroller.go), so its signer is the
 * intermediate in use, whatever the Secret says.
 */
export async function readIstiodCertificates(
  { client, namespace }: IstiodPlace,
  signal: AbortSignal,
  port: number = istiodPorts.webhook,
): Promise<readonly PresentedByIstiod[]> {
  const pods = await client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: 'app=istiod', signal });
  return await Promise.all(
    pods.filter(isReady).map(async (pod) => ({
      pod: pod.metadata.name,
      startedAt: startOf(pod),
      chain: makesOwnCertificate(pod)
        ? await presentedBy({ client, namespace }, { pod: pod.metadata.name, port }, signal)
        : [],
    })),
  );
}

function makesOwnCertificate(pod: KubeObject): boolean {
  const containers = valueAt(pod, ['spec', 'containers']);
  const settings = (Array.isArray(containers) ? containers : []).flatMap((container: Json) => {
    const env = valueAt(container, ['env']);
    return Array.isArray(env) ? env.filter(isJsonObject) : [];
  });
  const provider = settings.find(({ name }) => name === 'PILOT_CERT_PROVIDER')?.value;
  return provider === undefined || provider === 'istiod';
}

function startOf({ status }: KubeObject): string {
  const started = typeof status === 'object' && status !== null && 'startTime' in status ? status.startTime : undefined;
  return typeof started === 'string' ? started : '';
}

async function presentedBy(
  { client, namespace }: IstiodPlace,
  { pod: name, port }: { readonly pod: string; readonly port: number },
  signal: AbortSignal,
): Promise<readonly Certificate[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const protocol = port === istiodPorts.discovery ? ({ protocol: 'h2' } as const) : {};
    const connection = await connectToIstiod({ client, namespace }, { pod: name, port, ...protocol }, limit);
    try {
      return chainOf(connection.getPeerCertificate(true));
    } finally {
      connection.destroy();
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof IsthmusError) throw cause;
    const what = `Pod ${namespace}/${name} presents no certificate at port ${port}`;
    throw new IsthmusError(
      'port-forward-failed',
      `cluster ${client.cluster}: ${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cluster: client.cluster,
        cause,
        retry: true,
        remedy: 'check that istiod is running and ready',
      },
    );
  }
}

/** Node links each certificate to its issuer's, and a root to itself. */
function chainOf(leaf: PeerCertificate | undefined): readonly Certificate[] {
  const chain: Certificate[] = [];
  const seen = new Set<string>();
  let next: (PeerCertificate & { readonly issuerCertificate?: PeerCertificate }) | undefined = leaf;
  while (next?.raw !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    chain.push(asCertificate(new X509Certificate(new Uint8Array(next.raw))));
    next = next.issuerCertificate;
  }
  return chain;
}
