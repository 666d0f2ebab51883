import { createServer } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { IsthmusError } from '../base/error.ts';
import { istiodDebugPort } from '../istio/debug.ts';
import type { KubeClient, ListOptions } from '../kube/client.ts';
import { matchesFields, matchesLabels } from '../kube/objects/selector.ts';
import { groupOf, type KindRef, type KubeObject } from '../objects/object.ts';
import type { readPeerAnswers } from '../observe/peer-answers.ts';
import type { StoredSnapshot } from './folder.ts';
import type { DebugPage } from './state.ts';

/**
 * A cluster as a snapshot holds it: what reads clusters reads this alike. A cluster, a pod or a log that is not in the
 * snapshot fails with `cluster-unreachable`, because nothing is known of it; so does every write.
 */
export function storedClient(cluster: string, { snapshot, state }: StoredSnapshot): KubeClient {
  const objects = snapshot.clusters.find((found) => found.cluster === cluster)?.objects ?? [];
  const server = state?.servers[cluster];
  let requests = 0;
  const absent = (what: string): IsthmusError =>
    new IsthmusError('cluster-unreachable', `the snapshot does not hold ${what} of cluster ${cluster}`, { cluster });
  const refuse = (what: string) => async (): Promise<never> => {
    throw absent(what);
  };
  const all = (kind: KindRef): readonly KubeObject[] => {
    requests += 1;
    return objects.filter((object) => isOfKind(object, kind));
  };
  return {
    cluster,
    server: server?.server ?? '',
    certificateAuthority: undefined,
    counts: () => ({ requests, writes: 0 }),
    get: async (ref) =>
      all(ref).find(({ metadata }) => metadata.name === ref.name && metadata.namespace === ref.namespace),
    list: async (kind, options = {}) => all(kind).filter((object) => isSelected(object, options)),
    raw: async ({ path }) => {
      if (path === '/version' && server !== undefined) return { gitVersion: server.kubernetes };
      if (path === '/version') throw absent('anything');
      throw new IsthmusError('not-found', `the snapshot does not hold the answer to ${path} of cluster ${cluster}`, {
        cluster,
      });
    },
    forward: async ({ namespace, name }, port) => {
      const asked = { cluster, namespace, pod: name };
      const own = (state?.pages ?? []).filter((page) => isOf(page, asked));
      if (port !== istiodDebugPort || own.length === 0) throw absent(`port ${port} of Pod ${namespace}/${name}`);
      return connectionTo(own);
    },
    apply: refuse('a way to write'),
    create: refuse('a way to write'),
    delete: refuse('a way to write'),
    exec: refuse('a way to run programs'),
    logs: refuse('logs'),
    watch: () => {
      throw absent('a way to watch');
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** What was recorded of whether the peers of istiods answer them. */
export function recordedAnswers({ state }: StoredSnapshot): typeof readPeerAnswers {
  return async ({ client, namespace }, { pod, peers }) => {
    const found = state?.answers.find((one) => isOf(one, { cluster: client.cluster, namespace, pod }));
    return peers.map(
      (peer) =>
        found?.peers.find((answer) => answer.peer === peer) ?? {
          peer,
          answers: 'Unknown',
          detail: 'the snapshot does not say',
        },
    );
  };
}

function isOfKind(object: KubeObject, { apiVersion, kind }: KindRef): boolean {
  return object.kind === kind && groupOf(object.apiVersion) === groupOf(apiVersion);
}

function isSelected(object: KubeObject, { namespace, labelSelector, fieldSelector }: ListOptions): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  return matchesLabels(labelSelector, object.metadata.labels) && matchesFields(fieldSelector, object);
}

type IstiodPod = Pick<DebugPage, 'cluster' | 'namespace' | 'pod'>;

function isOf(one: IstiodPod, pod: IstiodPod): boolean {
  return one.cluster === pod.cluster && one.namespace === pod.namespace && one.pod === pod.pod;
}

/** One connection to a server of these pages. */
function connectionTo(pages: readonly DebugPage[]): Duplex {
  const [ours, theirs] = duplexPair();
  const server = createServer((request, response) => {
    const found = pages.find(({ path }) => path === request.url);
    response.writeHead(found === undefined ? 404 : 200).end(found === undefined ? '' : JSON.stringify(found.body));
  });
  server.emit('connection', theirs);
  return ours;
}
