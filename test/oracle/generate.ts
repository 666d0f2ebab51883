import type { Json } from '../../src/base/json.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { type Asking, draftAskings } from './ask.ts';
import { appNamespaces, type Draft, systemNamespace } from './draft.ts';
import { addEntries, resolvesToPlaces } from './entries.ts';
import { addGateways } from './gateways.ts';
import { addPolicies } from './policies.ts';
import { type Random, randomOf } from './random.ts';
import { addRemoteMeshConfigs, addServiceExports, draftFlags, draftPrimaries, istiods } from './settings.ts';
import { addGround, draftClusters } from './topology.ts';
import { addDestinationRules, without } from './traffic.ts';
import { addWorkloads, draftServices } from './workloads.ts';

/** One mesh and what its proxies are asked. */
export interface OracleCase {
  readonly seed: number;
  readonly snapshot: Snapshot;
  readonly askings: readonly Asking[];
}

/**
 * A random mesh whose objects a real API server admits. The same seed always gives the same case.
 *
 * What the model leaves out does not occur: ambient meshes, waypoints, Unix domain sockets, gateways by host name that
 * istiod would resolve. What istiod itself decides by chance does not occur either; each such rule is where its objects are made.
 */
export function generateCase(seed: number): OracleCase {
  const random = randomOf(seed);
  const clusters = draftClusters(random);
  const draft: Draft = {
    random,
    clusters,
    networks: [...new Set(clusters.map(({ network }) => network).filter((network) => network !== ''))].concat('n5'),
    services: draftServices(random, appNamespaces),
    configClusters: draftPrimaries(random, clusters),
    rootNamespace: random.chance(0.85) ? systemNamespace : 'istio-config',
    flags: draftFlags(random),
  };
  addGround(draft);
  addWorkloads(draft);
  addGateways(draft);
  addEntries(draft);
  addDestinationRules(draft);
  addPolicies(draft);
  addRemoteMeshConfigs(draft);
  addServiceExports(draft);
  const settings = istiods(draft).map((one) => ({
    ...one,
    flags: { ...one.flags, REVISION: revision },
    meshConfig: admitted(draft, one.meshConfig),
  }));
  // Draws of its own: what was found by a seed stays as it was.
  const revisions = randomOf(seed ^ 0x7265_7600);
  return {
    seed,
    snapshot: {
      clusters: clusters.map(({ id, objects }) => ({
        cluster: id,
        objects: admitted(
          draft,
          objects.map((one) => ofRevision(revisions, stored(random, one))),
        ),
      })),
      istiods: settings,
    },
    askings: draftAskings(draft, settings),
  };
}

/** The same mesh with istiods of that version. */
export function withIstio<T extends Pick<OracleCase, 'snapshot'>>(one: T, version: string): T {
  const istiods = one.snapshot.istiods.map((istiod) => ({ ...istiod, version }));
  return { ...one, snapshot: { ...one.snapshot, istiods } };
}

/** The revision of every istiod here. */
const revision = 'default';

/** Now and then one of Istio's own objects is labelled with a revision: this one, or one that no istiod has. */
function ofRevision(random: Random, one: KubeObject): KubeObject {
  if (!/^(networking|security)\.istio\.io\//.test(one.apiVersion) || !random.chance(0.08)) return one;
  const labels = { ...one.metadata.labels, 'istio.io/rev': random.chance(0.5) ? revision : 'canary' };
  return { ...one, metadata: { ...one.metadata, labels } };
}

/** All that orders endpoints by labels: by name, and by the traffic distribution that stands for an order of them. */
const orders = ['failoverPriority', 'trafficDistribution', 'networking.istio.io/traffic-distribution'];

/** What istiod bears: in some meshes an order of endpoints ends it. */
function admitted<T extends Json>(draft: Draft, value: T): T {
  return resolvesToPlaces(draft) ? orders.reduce<T>(without, value) : value;
}

/**
 * The object with what an API server gives it. Ages decide which of several policies or entries counts, so they differ
 * and follow no name; equal ages occur too, but not of ServiceEntries: of two of one host, namespace and second istiod
 * lists either first.
 */
function stored(random: Random, object: KubeObject): KubeObject {
  const { namespace = '', name } = object.metadata;
  const age = random.int(10, 29);
  const second = object.kind === 'ServiceEntry' ? 10 + Number(/\d+$/.exec(name)?.[0] ?? 0) : 0;
  const creationTimestamp = `2026-01-01T00:${age}:${String(second).padStart(2, '0')}Z`;
  const uid = `${object.apiVersion}/${object.kind}/${namespace}/${name}`;
  return { ...object, metadata: { ...object.metadata, creationTimestamp, uid } };
}
