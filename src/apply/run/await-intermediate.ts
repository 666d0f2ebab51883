import { asIsthmusError } from '../../base/error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type KubeObject, refOf } from '../../objects/object.ts';
import { type PresentedByIstiod, readIstiodCertificates } from '../../observe/istiod-certificate.ts';
import { secretTexts } from '../../observe/secret.ts';
import { type Certificate, certificatesOf, fingerprintOf, isSignedBy } from '../../pki/certificate.ts';
import { findChain } from '../../pki/chain.ts';
import type { WebCrypto } from '../../pki/environment.ts';
import { poll, type Wait } from './await-ready.ts';
import { restartDeployment } from './restart.ts';

/** A change of it makes the kubelet look at a pod at once; it means nothing to anybody else. */
const caCertsAnnotation = 'isthmus.dev/cacerts';

/** The kubelet may look before the Secret has reached it: then it is asked again after so long. */
const nudgeMs = 5_000;

/**
 * Waits until every istiod beside a Secret `cacerts` signs with the intermediate in it. istiod reloads an intermediate
 * under the same root by itself (pilot/pkg/bootstrap/istio_ca.go, handleEvent), but the kubelet brings a changed Secret
 * into a running pod only when it looks at the pod, every 60 to 90 s; a changed annotation makes it look.
 * An istiod that started without the Secret signs with a CA of its own and never looks at the Secret again (createIstioCA
 * there watches the files only where they were found): it is restarted.
 */
export async function awaitIntermediate(wait: Wait, caCerts: KubeObject, crypto: WebCrypto): Promise<void> {
  const { client, clock, signal } = wait;
  const namespace = refOf(caCerts).namespace ?? '';
  const texts = secretTexts(caCerts) ?? {};
  const [intermediate] = certificatesOf(texts['ca-cert.pem']);
  if (intermediate === undefined) return;
  const expected = { intermediate, roots: certificatesOf(texts['root-cert.pem']) };
  const mark = (await fingerprintOf(crypto, intermediate)).replaceAll(':', '').slice(0, 16).toLowerCase();
  let nudges = 0;
  let nextNudge = clock.monotonic();
  let restarted = false;
  await poll(wait, `istiod in ${namespace} signs with the intermediate in its cacerts`, async () => {
    const istiods = await readIstiodCertificates({ client, namespace }, signal);
    if (istiods.length === 0) return 'no istiod is ready';
    const { late, foreign } = await judge(istiods, expected, crypto);
    if (foreign.length > 0 && !restarted) {
      restarted = true;
      await restartIstiod(wait, namespace);
    }
    if (late.length > 0 && clock.monotonic() >= nextNudge) {
      nudges += 1;
      nextNudge = clock.monotonic() + nudgeMs;
      await Promise.all(late.map((pod) => nudge(client, { namespace, pod, mark: `${mark}-${nudges}` }, signal)));
    }
    const others = [...late, ...foreign];
    return others.length === 0 ? '' : `${others.join(', ')} signs with another one`;
  });
}

/** What a control plane is to sign with, and under which roots. */
interface ExpectedTrust {
  readonly intermediate: Certificate;
  readonly roots: readonly Certificate[];
}

/** The pods whose istiod has yet to load the intermediate, and those whose CA is not of the mesh at all. */
async function judge(
  istiods: readonly PresentedByIstiod[],
  { intermediate, roots }: ExpectedTrust,
  crypto: WebCrypto,
): Promise<{ readonly late: readonly string[]; readonly foreign: readonly string[] }> {
  const late: string[] = [];
  const foreign: string[] = [];
  for (const { pod, chain } of istiods) {
    const [leaf, ...between] = chain;
    if (leaf === undefined || (await isSignedBy(crypto, leaf, intermediate))) continue;
    const isOfMesh = (await findChain(crypto, leaf, { between, roots })) !== undefined;
    (isOfMesh ? late : foreign).push(pod);
  }
  return { late, foreign };
}

async function restartIstiod(wait: Wait, namespace: string): Promise<void> {
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };
  const query = { namespace, labelSelector: 'app=istiod', signal: wait.signal };
  const deployments = await wait.client.list(kind, query);
  await Promise.all(deployments.map(({ metadata: { name } }) => restartDeployment(wait, { namespace, name })));
}

/** Without the right to change pods it merely takes longer; a pod that is gone needs no nudge. */
async function nudge(
  client: KubeClient,
  { namespace, pod, mark }: { readonly namespace: string; readonly pod: string; readonly mark: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.raw({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/pods/${pod}`,
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { [caCertsAnnotation]: mark } } },
      signal,
    });
  } catch (error) {
    const { code } = asIsthmusError(error);
    if (code !== 'access-denied' && code !== 'not-found') throw error;
  }
}
