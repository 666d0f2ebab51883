import { mapConcurrent } from '../base/concurrency.ts';
import { isTooDeep, tooDeepText } from '../base/depth.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { type Json, valueAt } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';
import { clusterzPath, parseClusterz } from '../istio/debug.ts';
import { isOfIstiods, istioNamespace, networkLabel } from '../istio/names.ts';
import { synczPath } from '../istio/syncz.ts';
import type { KubeClient } from '../kube/client.ts';
import { describeRef, type KubeObject, refOf } from '../objects/object.ts';
import { readDebugPage } from '../observe/debug-page.ts';
import { isReady } from '../observe/istiod.ts';
import { type PeerAnswer, type PeerAnswerOptions, readPeerAnswers } from '../observe/peer-answers.ts';
import { redactObject } from './redact.ts';
import { pickedEach, redacted } from './redacted.ts';

/** What an istiod answered on its debug port. */
export interface DebugPage {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly path: string;
  readonly body: Json;
}

/** Which peers answered an istiod. */
export interface RecordedAnswers {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly peers: readonly PeerAnswer[];
}

/** What a snapshot holds of it besides objects. */
export interface StoredState {
  /** By cluster. */
  readonly servers: Readonly<Record<string, Pick<ClusterState, 'server' | 'kubernetes'>>>;
  readonly pages: readonly DebugPage[];
  readonly answers: readonly RecordedAnswers[];
}

/** What is true of a cluster beyond what decides where requests go: what `status` tells. */
export interface ClusterState {
  readonly cluster: string;
  /** The API server's URL. */
  readonly server: string;
  /** Kubernetes' version, e.g. `v1.36.3`. */
  readonly kubernetes: string;
  /** Redacted. */
  readonly objects: readonly KubeObject[];
  readonly pages: readonly DebugPage[];
  readonly answers: readonly RecordedAnswers[];
  /** Sentences: what could not be read. */
  readonly gaps: readonly string[];
}

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' } as const;
const caCerts = { apiVersion: 'v1', kind: 'Secret', name: 'cacerts' } as const;
/** The pages, and the fields of their entries that are read. */
const pages = new Map([
  [clusterzPath, ['id', 'secretName', 'syncStatus']],
  [synczPath, ['cluster_id', 'proxy', 'istio_version']],
]);

/** How many istiods are asked at a time. */
const concurrency = 6;

/** Reads the control planes, gateways and certificates of a cluster. Throws as `KubeClient.list` does. */
export async function readState(client: KubeClient, options: PeerAnswerOptions): Promise<ClusterState> {
  const { signal } = options;
  const { cluster, server } = client;
  const [version, deployments, entrances, labelled] = await Promise.all([
    client.raw({ method: 'GET', path: '/version', signal }),
    client.list(deployment, { labelSelector: 'app=istiod', signal }),
    client.list({ apiVersion: 'v1', kind: 'Service' }, { labelSelector: networkLabel, signal }),
    client.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: 'app=istiod', signal }),
  ]);
  const [istiods, pods] = [ofIstiods(deployments), ofIstiods(labelled)];
  const [behind, certificates, answers] = await Promise.all([
    Promise.all(namespacesOf(entrances).map((namespace) => client.list(deployment, { namespace, signal }))),
    Promise.all(
      [...new Set([istioNamespace, ...namespacesOf(istiods)])].map((namespace) =>
        client.get({ ...caCerts, namespace }, { signal }),
      ),
    ),
    mapConcurrent(pods.filter(isReady), concurrency, async (pod) => await askIstiod(client, pod, options)),
  ]);
  const kubernetes = valueAt(version, ['gitVersion']);
  return {
    cluster,
    server,
    kubernetes: typeof kubernetes === 'string' ? kubernetes : '',
    objects: once([...istiods, ...behind.flat(), ...certificates.flatMap((found) => found ?? [])]).map(redactObject),
    pages: answers.flatMap((answer) => answer.pages),
    answers: answers.flatMap((answer) => answer.answers),
    gaps: answers.flatMap((answer) => answer.gaps),
  };
}

async function askIstiod(
  client: KubeClient,
  { metadata }: KubeObject,
  options: PeerAnswerOptions,
): Promise<Pick<ClusterState, 'pages' | 'answers' | 'gaps'>> {
  const { signal } = options;
  const place = { cluster: client.cluster, namespace: metadata.namespace ?? istioNamespace, pod: metadata.name };
  try {
    const read = await Promise.all(
      [...pages].map(async ([path, fields]) => {
        const page = parseJson(await readDebugPage(client, { ...place, path }, signal));
        if (isTooDeep(page)) {
          throw new IsthmusError('unexpected-response', `the page ${path} cannot be read: ${tooDeepText}`);
        }
        return { ...place, path, body: knownEntries(page, fields) };
      }),
    );
    const peers = parseClusterz(read[0]?.body ?? []).filter(
      ({ secret, status }) => secret !== undefined && status === 'synced',
    );
    const asked = { pod: place.pod, peers: peers.map((peer) => peer.cluster) };
    const answered = await readPeerAnswers({ client, namespace: place.namespace }, asked, options);
    const unknown = new Set(answered.flatMap(({ answers, detail }) => (answers === 'Unknown' ? (detail ?? []) : [])));
    const gaps = [...unknown].map(
      (detail) => `whether peers answer istiod ${place.pod} of ${place.cluster} is not known: ${detail}`,
    );
    return { pages: read, answers: [{ ...place, peers: answered }], gaps };
  } catch (thrown) {
    signal.throwIfAborted();
    return {
      pages: [],
      answers: [],
      gaps: [`istiod ${place.pod} of ${place.cluster} was not asked: ${asIsthmusError(thrown).message}`],
    };
  }
}

/** A page that is no list is not one that is understood. */
function knownEntries(body: Json | undefined, fields: readonly string[]): Json {
  return Array.isArray(body) ? pickedEach(body, fields) : redacted;
}

function ofIstiods(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter(({ metadata }) => isOfIstiods(metadata.namespace));
}

function namespacesOf(objects: readonly KubeObject[]): readonly string[] {
  return [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
}

function once(objects: readonly KubeObject[]): readonly KubeObject[] {
  return [...new Map(objects.map((object) => [describeRef(refOf(object)), object])).values()];
}
