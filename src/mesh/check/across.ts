import { type Json, valueAt } from '../../base/json.ts';
import { nearMatch } from '../../base/near-match.ts';
import { controlPlaneMistakes } from './control-planes.ts';
import { type Form, type MeshDocument, type Mistake, type Spot, valueSpot } from './form.ts';
import { settingMistakes } from './istio-settings.ts';
import { serviceMistakes } from './services.ts';
import { quote, quoteKey } from './wording.ts';

/** The documents of a mesh by kind. They are compared as written, whether or not each is right in itself. */
export interface Documents {
  readonly meshes: readonly MeshDocument[];
  readonly clusters: readonly MeshDocument[];
  readonly services: readonly MeshDocument[];
  /** True where every document's kind is known, so that a kind without documents is really missing. */
  readonly complete: boolean;
}

/** What is wrong between the documents of a mesh. */
export function findAcross(documents: Documents, form: Form): Mistake[] {
  return [
    ...countMistakes(documents, form),
    ...duplicateNames(documents.clusters, form),
    ...duplicateAccess(documents.clusters, form),
    ...homeMistakes(documents),
    ...homeAccessMistakes(documents),
    ...readerMistakes(documents),
    ...controlPlaneMistakes(documents.clusters, namesOf(documents)),
    ...serviceMistakes(documents.services, { clusters: namesOf(documents), networks: networksOf(documents) }),
    ...settingMistakes(documents),
  ];
}

function textAt({ value }: MeshDocument, path: readonly string[]): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
}

const name = ['metadata', 'name'] as const;

function networksOf({ clusters }: Documents): readonly string[] {
  return clusters.flatMap((cluster) => textAt(cluster, ['spec', 'network']) ?? []);
}

function countMistakes({ meshes, clusters, complete }: Documents, form: Form): Mistake[] {
  const mistakes: Mistake[] = [];
  if (meshes.length === 0 && complete) {
    mistakes.push({ code: 'mesh-missing', message: form.lacks('Mesh'), remedy: 'add a document with kind: Mesh' });
  }
  if (clusters.length === 0 && complete) {
    const remedy = 'add a document with kind: MeshCluster for each cluster';
    mistakes.push({ code: 'cluster-missing', message: form.lacks('MeshCluster'), remedy });
  }
  const [first, ...others] = meshes;
  if (first === undefined) return mistakes;
  for (const other of others) {
    const message = `a second Mesh${named(other)}; ${form.container} declares one mesh`;
    const remedy = `remove one of the two; the first is ${form.whereIs(wholeSpot(first))}`;
    mistakes.push({ code: 'mesh-duplicate', message, remedy, spot: valueSpot(other, ['kind']) });
  }
  return mistakes;
}

function named(document: MeshDocument): string {
  const text = textAt(document, name);
  return text === undefined ? '' : `, ${quoteKey(text)}`;
}

function wholeSpot({ number }: MeshDocument): Spot {
  return { document: number, path: [], aim: 'Document' };
}

interface Same {
  readonly first: MeshDocument;
  readonly second: MeshDocument;
}

/** Each document whose key an earlier one has, with that earlier one. */
function sameKey(documents: readonly MeshDocument[], keyOf: (d: MeshDocument) => string | undefined): Same[] {
  const firsts = new Map<string, MeshDocument>();
  const found: Same[] = [];
  for (const second of documents) {
    const key = keyOf(second);
    if (key === undefined) continue;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, second);
    else found.push({ first, second });
  }
  return found;
}

function duplicateNames(clusters: readonly MeshDocument[], form: Form): Mistake[] {
  return sameKey(clusters, (cluster) => textAt(cluster, name)).map(({ first, second }) => ({
    code: 'cluster-duplicate',
    message: `a second MeshCluster named ${quoteKey(textAt(second, name) ?? '')}`,
    remedy: `give each cluster its own name; the first is ${form.whereIs(valueSpot(first, name))}`,
    spot: valueSpot(second, name),
  }));
}

/** By what a cluster is reached: two clusters with the same access are one cluster. */
interface Access {
  readonly field: 'context' | 'secret' | 'inCluster';
  /** `context "west"` */
  readonly words: string;
  readonly key: string;
}

/** The access of a cluster; left out, a context of the kubeconfig that is named like the cluster. */
function accessOf(cluster: MeshDocument): Access | undefined {
  const secret = textAt(cluster, ['spec', 'access', 'secret']);
  if (secret !== undefined) return { field: 'secret', words: `Secret ${quoteKey(secret)}`, key: `secret ${secret}` };
  if (valueAt(cluster.value, ['spec', 'access', 'inCluster']) !== undefined) {
    return { field: 'inCluster', words: 'inCluster', key: 'inCluster' };
  }
  const context = textAt(cluster, ['spec', 'access', 'context']) ?? textAt(cluster, name);
  if (context === undefined) return undefined;
  const kubeconfig = textAt(cluster, ['spec', 'access', 'kubeconfig']) ?? '';
  return { field: 'context', words: `context ${quoteKey(context)}`, key: JSON.stringify([kubeconfig, context]) };
}

function accessSpot(cluster: MeshDocument, { field }: Access): Spot {
  const path = ['spec', 'access', field];
  return valueSpot(cluster, valueAt(cluster.value, path) === undefined ? name : path);
}

function duplicateAccess(clusters: readonly MeshDocument[], form: Form): Mistake[] {
  const same = sameKey(clusters, (cluster) => accessOf(cluster)?.key);
  return same.flatMap(({ first, second }): Mistake[] => {
    const [firstName, secondName] = [textAt(first, name), textAt(second, name)];
    const access = accessOf(second);
    // Two documents of one name are reported as such.
    if (firstName === undefined || secondName === undefined || firstName === secondName) return [];
    if (access === undefined) return [];
    const field = access.field === 'inCluster' ? 'context' : access.field;
    return [
      {
        code: 'access-duplicate',
        message: `MeshCluster ${quoteKey(secondName)} and ${quoteKey(firstName)} are the same cluster: ${access.words}`,
        remedy: `set spec.access.${field} of one of them; the first is ${form.whereIs(wholeSpot(first))}`,
        spot: accessSpot(second, access),
      },
    ];
  });
}

function namesOf({ clusters, complete }: Documents): readonly string[] {
  return complete ? clusters.flatMap((cluster) => textAt(cluster, name) ?? []) : [];
}

function homeMistakes({ meshes, clusters, complete }: Documents): Mistake[] {
  const names = clusters.map((cluster) => textAt(cluster, name)).filter((text) => text !== undefined);
  return meshes.flatMap((mesh): Mistake[] => {
    const home = textAt(mesh, ['spec', 'home']);
    if (home === undefined || names.includes(home) || !complete || clusters.length === 0) return [];
    const near = nearMatch(home, names);
    return [
      {
        code: 'home-unknown',
        message: `spec.home names the cluster ${quote(home)}, which no MeshCluster declares`,
        remedy: near === undefined ? `declared are: ${names.join(', ')}` : `did you mean ${near}?`,
        spot: valueSpot(mesh, ['spec', 'home']),
      },
    ];
  });
}

/** Gateways with addresses for a network that no cluster is in. */
function readerMistakes({ clusters, complete }: Documents): Mistake[] {
  const networks = complete ? clusters.flatMap((cluster) => textAt(cluster, ['spec', 'network']) ?? []) : [];
  if (networks.length === 0) return [];
  return clusters.flatMap((cluster) => {
    const readers = valueAt(cluster.value, ['spec', 'gateway', 'addressesByNetwork']);
    return (Array.isArray(readers) ? readers : []).flatMap((reader: Json, at: number): Mistake[] => {
      const network = valueAt(reader, ['network']);
      if (typeof network !== 'string' || networks.includes(network)) return [];
      const near = nearMatch(network, networks);
      const title = `MeshCluster ${quoteKey(textAt(cluster, name) ?? '')}`;
      return [
        {
          code: 'value-invalid',
          message: `${title}: spec.gateway.addressesByNetwork names the network ${quote(network)}, in which no MeshCluster is`,
          remedy: near === undefined ? `there are: ${[...new Set(networks)].join(', ')}` : `did you mean ${near}?`,
          spot: valueSpot(cluster, ['spec', 'gateway', 'addressesByNetwork', String(at), 'network']),
        },
      ];
    });
  });
}

/** The Secrets of the accesses are in the home cluster, so its own access cannot be one of them. */
function homeAccessMistakes({ meshes, clusters, complete }: Documents): Mistake[] {
  const [mesh] = meshes;
  if (mesh === undefined || !complete) return [];
  const declared = textAt(mesh, ['spec', 'home']);
  const home = declared === undefined ? clusters[0] : clusters.find((one) => textAt(one, name) === declared);
  if (home === undefined || textAt(home, ['spec', 'access', 'secret']) === undefined) return [];
  const title = `MeshCluster ${quoteKey(textAt(home, name) ?? '')}`;
  return [
    {
      code: 'value-invalid',
      message: `${title} is the home cluster: its spec.access.secret would have to be read from itself`,
      remedy: 'reach the home cluster by spec.access.context or spec.access.inCluster',
      spot: valueSpot(home, ['spec', 'access', 'secret']),
    },
  ];
}
