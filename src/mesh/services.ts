import type { Finding } from '../base/finding.ts';
import { isJsonObject, type Json, valueAt } from '../base/json.ts';
import { nearMatch } from '../base/near-match.ts';
import { placeOfKey, placeOfValue } from './locate.ts';
import { positionAt, type SourceText } from './source.ts';
import type { StreamDocument } from './stream.ts';
import { quote, quoteKey } from './wording.ts';

const severity = 'error';

/** What is wrong with the MeshServices of a mesh with these clusters; documents are compared as written. */
export function serviceFindings(
  source: SourceText,
  services: readonly StreamDocument[],
  clusters: readonly string[],
): Finding[] {
  return services.flatMap((service) => {
    const subject = { source, service, title: titleOf(service) };
    return [...contradictions(subject), ...splitFindings(subject), ...clusterFindings(subject, clusters)];
  });
}

interface Subject {
  readonly source: SourceText;
  readonly service: StreamDocument;
  readonly title: string;
}

function specOf({ value }: StreamDocument, key: string): Json | undefined {
  return isJsonObject(value) ? valueAt(value, ['spec', key]) : undefined;
}

function titleOf({ value }: StreamDocument): string {
  const name = isJsonObject(value) ? valueAt(value, ['metadata', 'name']) : undefined;
  return typeof name === 'string' ? `MeshService ${quoteKey(name)}` : 'MeshService';
}

function contradictions({ source, service, title }: Subject): Finding[] {
  const [host, scope, split, failover] = ['host', 'scope', 'split', 'failover'].map((key) => specOf(service, key));
  const found = (key: string, message: string, remedy: string): Finding => {
    const at = positionAt(source, placeOfKey(service.index, ['spec', key]));
    return { code: 'service-contradiction', severity, message: `${title}: ${message}`, remedy, at };
  };
  const findings: Finding[] = [];
  for (const [key, value] of Object.entries({ split, failover })) {
    if (scope !== 'Cluster' || value === undefined) continue;
    const message = `scope: Cluster keeps every request in its cluster, ${key} sends it to others`;
    findings.push(found(key, message, `remove ${key}, or write scope: Mesh`));
  }
  if (split !== undefined && failover !== undefined) {
    const message = 'a split binds each request to one cluster, so failover can never happen';
    findings.push(found('failover', message, 'remove one of the two'));
  }
  if (split !== undefined && typeof host === 'string' && host.startsWith('*')) {
    findings.push(found('split', 'a split is for one service, not for a wildcard', 'name the service in spec.host'));
  }
  return findings;
}

function splitFindings({ source, service, title }: Subject): Finding[] {
  const split = specOf(service, 'split');
  if (!isJsonObject(split)) return [];
  const shares = Object.values(split);
  if (!shares.every((share) => typeof share === 'number')) return [];
  const sum = shares.reduce((total, share) => total + share, 0);
  if (sum === 100) return [];
  const at = positionAt(source, placeOfKey(service.index, ['spec', 'split']));
  const message = `${title}: the shares of spec.split add up to ${sum}, not to 100`;
  return [{ code: 'split-sum', severity, message, remedy: 'change the shares so that their sum is 100', at }];
}

function clusterFindings({ source, service, title }: Subject, clusters: readonly string[]): Finding[] {
  const split = specOf(service, 'split');
  const failover = specOf(service, 'failover');
  const named = [
    ...Object.keys(isJsonObject(split) ? split : {}).map((name) => {
      const path = ['spec', 'split', name];
      return { name, path, place: placeOfKey(service.index, path) };
    }),
    ...(Array.isArray(failover) ? failover : []).flatMap((entry: Json, index) => {
      const path = ['spec', 'failover', index, 'to'];
      const name = isJsonObject(entry) ? entry.to : undefined;
      return typeof name === 'string' ? [{ name, path, place: placeOfValue(service.index, path) }] : [];
    }),
  ];
  if (clusters.length === 0) return [];
  return named
    .filter(({ name }) => !clusters.includes(name))
    .map(({ name, path, place }) => {
      const near = nearMatch(name, clusters);
      return {
        code: 'cluster-unknown',
        severity,
        message: `${title}: ${path[1]} names the cluster ${quote(name)}, which no MeshCluster declares`,
        remedy: near === undefined ? `declared are: ${clusters.join(', ')}` : `did you mean ${near}?`,
        at: positionAt(source, place),
      };
    });
}
