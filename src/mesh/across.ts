import type { Finding } from '../base/finding.ts';
import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import { nearMatch } from '../base/near-match.ts';
import { controlPlaneFindings } from './control-planes.ts';
import { placeOfValue } from './locate.ts';
import { serviceFindings } from './services.ts';
import { lineNumberAt, type Place, positionAt, type SourceText } from './source.ts';
import type { StreamDocument } from './stream.ts';
import { quote, quoteKey } from './wording.ts';

/** The documents of a stream by kind. They are compared as written, whether or not each is right in itself. */
export interface Documents {
  readonly meshes: readonly StreamDocument[];
  readonly clusters: readonly StreamDocument[];
  readonly services: readonly StreamDocument[];
  /** True where every document's kind is known, so that a kind without documents is really missing. */
  readonly complete: boolean;
}

/** What is wrong between the documents of a mesh file. */
export function findAcross(source: SourceText, documents: Documents): Finding[] {
  return [
    ...countFindings(source, documents),
    ...duplicateNames(source, documents.clusters),
    ...duplicateAccess(source, documents.clusters),
    ...homeFindings(source, documents),
    ...homeAccessFindings(source, documents),
    ...controlPlaneFindings(source, documents.clusters, namesOf(documents)),
    ...serviceFindings(source, documents.services, namesOf(documents)),
  ];
}

function textAt(document: StreamDocument, path: readonly string[]): string | undefined {
  const value: Json | undefined = isJsonObject(document.value) ? valueAt(document.value, path) : undefined;
  return typeof value === 'string' ? value : undefined;
}

const name = ['metadata', 'name'] as const;

function countFindings(source: SourceText, { meshes, clusters, complete }: Documents): Finding[] {
  const findings: Finding[] = [];
  const at = positionAt(source, { start: 0, end: 0 });
  const severity = 'error';
  if (meshes.length === 0 && complete) {
    const remedy = 'add a document with kind: Mesh';
    findings.push({ code: 'mesh-missing', severity, message: `${source.file} has no Mesh`, remedy, at });
  }
  if (clusters.length === 0 && complete) {
    const remedy = 'add a document with kind: MeshCluster for each cluster';
    findings.push({ code: 'cluster-missing', severity, message: `${source.file} has no MeshCluster`, remedy, at });
  }
  const [first, ...others] = meshes;
  for (const other of others) {
    const message = `a second Mesh${named(other)}; a file declares one mesh`;
    const remedy = `remove one of the two; the first is on line ${lineOf(source, first)}`;
    const place = placeOfValue(other.index, ['kind']);
    findings.push({ code: 'mesh-duplicate', severity, message, remedy, at: positionAt(source, place) });
  }
  return findings;
}

function named(document: StreamDocument): string {
  const text = textAt(document, name);
  return text === undefined ? '' : `, ${quoteKey(text)}`;
}

function lineOf(source: SourceText, document: StreamDocument | undefined): number {
  return lineNumberAt(source, document?.place.start ?? 0);
}

interface Same {
  readonly first: StreamDocument;
  readonly second: StreamDocument;
}

/** Each document whose key an earlier one has, with that earlier one. */
function sameKey(documents: readonly StreamDocument[], keyOf: (d: StreamDocument) => string | undefined): Same[] {
  const firsts = new Map<string, StreamDocument>();
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

function duplicateNames(source: SourceText, clusters: readonly StreamDocument[]): Finding[] {
  return sameKey(clusters, (cluster) => textAt(cluster, name)).map(({ first, second }) => {
    const firstPlace = placeOfValue(first.index, name);
    return {
      code: 'cluster-duplicate',
      severity: 'error',
      message: `a second MeshCluster named ${quoteKey(textAt(second, name) ?? '')}`,
      remedy: `give each cluster its own name; the first is on line ${lineNumberAt(source, firstPlace.start)}`,
      at: positionAt(source, placeOfValue(second.index, name)),
    };
  });
}

/** By what a cluster is reached: two clusters with the same access are one cluster. */
interface Access {
  readonly field: 'context' | 'secret' | 'inCluster';
  /** `context "west"` */
  readonly words: string;
  readonly key: string;
}

/** The access of a cluster; left out, a context of the kubeconfig that is named like the cluster. */
function accessOf(cluster: StreamDocument): Access | undefined {
  const secret = textAt(cluster, ['spec', 'access', 'secret']);
  if (secret !== undefined) return { field: 'secret', words: `Secret ${quoteKey(secret)}`, key: `secret ${secret}` };
  if (isJsonObject(cluster.value) && valueAt(cluster.value, ['spec', 'access', 'inCluster']) !== undefined) {
    return { field: 'inCluster', words: 'inCluster', key: 'inCluster' };
  }
  const context = textAt(cluster, ['spec', 'access', 'context']) ?? textAt(cluster, name);
  if (context === undefined) return undefined;
  const kubeconfig = textAt(cluster, ['spec', 'access', 'kubeconfig']) ?? '';
  return { field: 'context', words: `context ${quoteKey(context)}`, key: JSON.stringify([kubeconfig, context]) };
}

function accessPlace(cluster: StreamDocument, { field }: Access): Place {
  const value: JsonObject = isJsonObject(cluster.value) ? cluster.value : {};
  const path = ['spec', 'access', field];
  return valueAt(value, path) === undefined ? placeOfValue(cluster.index, name) : placeOfValue(cluster.index, path);
}

function duplicateAccess(source: SourceText, clusters: readonly StreamDocument[]): Finding[] {
  const same = sameKey(clusters, (cluster) => accessOf(cluster)?.key);
  const findings: Finding[] = [];
  for (const { first, second } of same) {
    const [firstName, secondName] = [textAt(first, name), textAt(second, name)];
    // Two documents of one name are reported as such.
    const access = accessOf(second);
    if (firstName === undefined || secondName === undefined || firstName === secondName) continue;
    if (access === undefined) continue;
    findings.push({
      code: 'access-duplicate',
      severity: 'error',
      message: `MeshCluster ${quoteKey(secondName)} and ${quoteKey(firstName)} are the same cluster: ${access.words}`,
      remedy: `set spec.access.${access.field === 'inCluster' ? 'context' : access.field} of one of them; the first is on line ${lineOf(source, first)}`,
      at: positionAt(source, accessPlace(second, access)),
    });
  }
  return findings;
}

function namesOf({ clusters, complete }: Documents): readonly string[] {
  return complete ? clusters.flatMap((cluster) => textAt(cluster, name) ?? []) : [];
}

function homeFindings(source: SourceText, { meshes, clusters, complete }: Documents): Finding[] {
  const names = clusters.map((cluster) => textAt(cluster, name)).filter((text) => text !== undefined);
  const findings: Finding[] = [];
  for (const mesh of meshes) {
    const home = textAt(mesh, ['spec', 'home']);
    if (home === undefined || names.includes(home) || !complete || clusters.length === 0) continue;
    const near = nearMatch(home, names);
    findings.push({
      code: 'home-unknown',
      severity: 'error',
      message: `spec.home names the cluster ${quote(home)}, which no MeshCluster declares`,
      remedy: near === undefined ? `declared are: ${names.join(', ')}` : `did you mean ${near}?`,
      at: positionAt(source, placeOfValue(mesh.index, ['spec', 'home'])),
    });
  }
  return findings;
}

/** The Secrets of the accesses are in the home cluster, so its own access cannot be one of them. */
function homeAccessFindings(source: SourceText, { meshes, clusters, complete }: Documents): Finding[] {
  const [mesh] = meshes;
  if (mesh === undefined || !complete) return [];
  const declared = textAt(mesh, ['spec', 'home']);
  const home = declared === undefined ? clusters[0] : clusters.find((one) => textAt(one, name) === declared);
  if (home === undefined || textAt(home, ['spec', 'access', 'secret']) === undefined) return [];
  return [
    {
      code: 'value-invalid',
      severity: 'error',
      message: `MeshCluster ${quoteKey(textAt(home, name) ?? '')} is the home cluster: its spec.access.secret would have to be read from itself`,
      remedy: 'reach the home cluster by spec.access.context or spec.access.inCluster',
      at: positionAt(source, placeOfValue(home.index, ['spec', 'access', 'secret'])),
    },
  ];
}
