import type { MeshService } from '../api/mesh-service.ts';
import { apiVersion } from '../base/api-version.ts';
import { IsthmusError } from '../base/error.ts';
import type { Snapshot } from '../discovery/values/snapshot.ts';
import { hostOf, meshServiceObjects } from '../istio/mesh-service.ts';
import type { ObjectEdit } from '../objects/edit.ts';
import type { KubeObject } from '../objects/object.ts';
import { networksOf, type Scenario } from '../predict/scenario/aftermath.ts';
import { type Down, parseDown, parseNetworks } from '../predict/scenario/down.ts';
import { parseSplit, type Split, splitText } from '../predict/scenario/split.ts';
import { applicationServices, type Progress, whatifByHost } from '../predict/scenario/whatif.ts';
import { worldOf } from '../predict/world/world.ts';
import type { WhatIf } from '../report/whatif.ts';
import { whatifReport } from './reporting/whatif.ts';

/**
 * What happens to a mesh if: a question in words, answered from plain objects. It runs wherever those are, so everything
 * that this file reaches is pure.
 */
export interface ModelQuestion {
  /** Parts that are gone, such as `cluster:east` or `network-link:us-eu`. */
  readonly down?: readonly string[] | undefined;
  /** Services that are split between clusters, such as `reviews.shop:west=30,east=70`. */
  readonly splits?: readonly string[] | undefined;
  /** Pairs of networks, `NETWORK-NETWORK`, whose pods reach each other without a gateway. */
  readonly connected?: readonly string[] | undefined;
  readonly path?: string | undefined;
  readonly method?: string | undefined;
  /** The one host that is asked about; left out: all. */
  readonly host?: string | undefined;
}

/**
 * The answer, with a step for each host, between which whoever asks may do something else. Throws `usage` for a part that the
 * mesh does not have, and `not-found` for a service.
 */
export function* answering(
  snapshot: Snapshot,
  question: ModelQuestion,
  changes: readonly ObjectEdit[] = [],
): Generator<Progress, WhatIf> {
  const { down = [], splits = [], connected = [], path, method, host } = question;
  const asked = withConnected(snapshot, connected);
  const clusters = asked.clusters.map(({ cluster }) => cluster);
  const wanted = splits.map((one) => parseSplit(one, clusters));
  const scenario: Scenario = {
    downs: downsOf(asked, down),
    changes,
    rules: wanted.flatMap((split) => rulesOf(asked, split)),
    host,
    request: { ...(path === undefined ? {} : { path }), ...(method === undefined ? {} : { method }) },
  };
  const answer = yield* whatifByHost(asked, scenario);
  return whatifReport({ ...answer, splits: wanted.map(splitText) });
}

/** The answer at once. */
export function answerOf(...words: Parameters<typeof answering>): WhatIf {
  const steps = answering(...words);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The snapshot with pairs of networks that somebody says are connected. */
export function withConnected(snapshot: Snapshot, written: readonly string[]): Snapshot {
  if (written.length === 0) return snapshot;
  const networks = networksOf(snapshot);
  return { ...snapshot, connected: written.map((one) => parseNetworks(one, { networks })) };
}

function downsOf(snapshot: Snapshot, written: readonly string[]): readonly Down[] {
  if (written.length === 0) return [];
  const names = { clusters: snapshot.clusters.map(({ cluster }) => cluster), networks: networksOf(snapshot) };
  return written.map((one) => parseDown(one, names));
}

/** What an apply of a MeshService with that split would write. */
function rulesOf(snapshot: Snapshot, { name, namespace, weights }: Split): readonly KubeObject[] {
  const metadata = { name, namespace };
  const service: MeshService = { apiVersion, kind: 'MeshService', metadata, spec: { scope: 'Mesh', split: weights } };
  const host = hostOf(service);
  const world = worldOf(snapshot);
  const isKnown = snapshot.clusters.some(({ cluster }) => {
    const view = world.viewAbout(cluster, host);
    return view !== undefined && applicationServices(view, host).length > 0;
  });
  if (isKnown) return meshServiceObjects([service]);
  throw new IsthmusError('not-found', `no cluster that was read has a service ${name}.${namespace}`, {
    remedy: 'name a service that applications call, as NAME.NAMESPACE',
  });
}
