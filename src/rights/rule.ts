/**
 * What each command may need to do in a cluster, as data: one table feeds the roles that are handed out, and the
 * question that an apply asks before it writes anything. It follows from what commands do and from the topology alone.
 */

/** Where a rule holds. */
export type Place =
  /** In the whole cluster. */
  | 'Everywhere'
  /** In istio-system. */
  | 'Istio'
  /** In isthmus-system. */
  | 'Isthmus'
  /** In isthmus-probe. */
  | 'Probe'
  /** In the namespaces of the istiods that run here for other clusters. */
  | 'Hosted';

/** What a cluster is in its mesh, where a rule holds in some clusters only. */
export type Situation =
  /** It keeps the documents, the issuer and the lock. */
  | 'Home'
  /** Another cluster keeps them. */
  | 'NotHome'
  /** Another cluster's istiod serves it. */
  | 'Served'
  /** Its istiod serves other clusters. */
  | 'Serves'
  /** Istiods of other clusters run in it. */
  | 'Hosts'
  /** Its gateway is reached at the addresses of nodes. */
  | 'OnNodes'
  /** The mesh has MeshServices. */
  | 'Services'
  /** It keeps the documents, and MeshServices are among them. */
  | 'ServicesAtHome';

/** What a rule is for. */
export type Use =
  /** Every run of the command. */
  | 'Always'
  /** What not every run does: something to delete, a restart, a failure to explain. */
  | 'AsNeeded'
  /** The API server lets nobody give rights that they do not have: these are given on, to istiod and to readers. */
  | 'Grant';

export interface Rule {
  readonly verbs: readonly string[];
  /** The API group; empty for the core group. */
  readonly group: string;
  readonly resources: readonly string[];
  /** Left out: objects of any name. */
  readonly names?: readonly string[];
  readonly place: Place;
  /** Left out: in every cluster. */
  readonly where?: Situation;
  readonly use: Use;
  /** Why a command needs it: a sentence without a full stop. */
  readonly because: string;
}

/** The rules again, with other verbs, another use or another reason. */
export function changed(rules: readonly Rule[], change: Partial<Rule>): readonly Rule[] {
  return rules.map((rule) => ({ ...rule, ...change }));
}

/** Each rule wherever istiods run: in istio-system, and in the namespaces of those that run for other clusters. */
export function besideIstiods(rules: readonly Omit<Rule, 'place' | 'where'>[]): readonly Rule[] {
  return [
    ...rules.map((rule): Rule => ({ ...rule, place: 'Istio' })),
    ...rules.map((rule): Rule => ({ ...rule, place: 'Hosted', where: 'Hosts' })),
  ];
}

/** Every kind in every namespace: what no list of kinds could name beforehand. */
export function listingAll(because: string): Rule {
  return { verbs: ['list'], group: '*', resources: ['*'], place: 'Everywhere', use: 'Always', because };
}
