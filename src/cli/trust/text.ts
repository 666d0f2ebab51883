import { verdictOf } from '../../base/finding.ts';
import type { Certificate } from '../../report/certificate.ts';
import type { ClusterTrust, ReachableTrust, TrustReport } from '../../report/trust.ts';
import { findingLines, markOf } from '../shell/finding-text.ts';
import { nextOperation } from '../shell/next-operation.ts';
import { table, tablesOf } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';
import { timeText } from '../shell/time-text.ts';

const header = ['CLUSTER', 'INTERMEDIATE', 'KEY', 'LEFT', 'SIGNING', 'ROOTS', 'PROXIES', 'CURRENT', 'STATE'];

/** The trust of a mesh on one screen: its levels, a line per cluster, who trusts whom, and what is wrong. */
export function trustText(
  report: TrustReport,
  { source, color }: { readonly source: string; readonly color: boolean },
): string {
  const { mesh, verdict, readAt, roots, issuer, clusters, findings } = report;
  const found = findings.flatMap((finding) => findingLines(finding, markOf(finding, color), { source }));
  const next = nextOperation(verdict, findings);
  return `${[
    `mesh ${mesh}: trust is ${verdictText(verdict, color)}, read at ${timeText(readAt)}`,
    ...roots.map((root) => levelLine('root', root)),
    ...(issuer === undefined ? [] : [levelLine('issuer', issuer)]),
    '',
    table([header, ...clusters.map((cluster) => rowOf(cluster, report))]),
    '',
    tablesOf(relationRows(report)),
    ...(found.length === 0 ? [] : ['', ...found]),
    ...(next === undefined ? [] : ['', `next: isthmus ${next} ${source}`]),
  ].join('\n')}\n`;
}

function verdictText(verdict: TrustReport['verdict'], color: boolean): string {
  switch (verdict) {
    case 'Yes':
      return paint('OK', 'green', color);
    case 'No':
      return paint('broken', 'red', color);
    case 'Unknown':
      return paint('unknown', 'yellow', color);
  }
}

const states = { Yes: 'OK', No: 'BROKEN', Unknown: 'UNKNOWN' } as const;

/** The verdict on one cluster; warnings are about what is not wrong yet. */
function stateOf(cluster: string, findings: TrustReport['findings']): string {
  return states[verdictOf(findings.filter((one) => one.cluster === cluster && one.severity === 'error'))];
}

function levelLine(level: string, { subject, fingerprint, notAfter, daysLeft, algorithm }: Certificate): string {
  return `${level.padEnd(6)}  ${subject}, ${keyOf(algorithm)}, until ${notAfter.slice(0, 10)} (${leftOf(daysLeft)})\n        SHA-256 ${fingerprint}`;
}

function rowOf(trust: ClusterTrust, { roots, findings }: TrustReport): readonly string[] {
  if (!trust.reachable) return [trust.cluster, '?', '?', '?', '?', '?', '?', '?', stateOf(trust.cluster, findings)];
  const { cluster, intermediate, istiods, distributed, proxies } = trust;
  const agreeing = distributed.namespaces - distributed.differing.length;
  const none = trust.bundleUnread === true ? '?' : '-';
  const expected = roots.map(({ fingerprint }) => fingerprint);
  const trusting = proxies.asked.filter(({ trusts }) => isSame(trusts, expected)).length;
  return [
    cluster,
    intermediate === undefined ? none : shortOf(intermediate.fingerprint),
    intermediate === undefined ? none : keyOf(intermediate.algorithm).replace('ECDSA ', ''),
    intermediate === undefined ? none : leftOf(intermediate.daysLeft).replace(' left', ''),
    istiods.length === 0 ? '-' : [...new Set(istiods.map(({ signsWith }) => words[signsWith]))].join(', '),
    `${agreeing}/${distributed.namespaces}`,
    `${trusting}/${proxies.asked.length}${proxies.asked.length < proxies.total ? ` of ${proxies.total}` : ''}`,
    onIntermediate(trust),
    stateOf(cluster, findings),
  ];
}

const words = {
  CaCerts: 'current',
  OlderIntermediate: 'older',
  SelfSigned: 'own CA',
  Unknown: 'unknown',
} as const;

function onIntermediate({ intermediate, proxies }: ReachableTrust): string {
  if (intermediate === undefined || proxies.asked.length === 0) return '-';
  return `${proxies.asked.filter(({ signer }) => signer === intermediate.fingerprint).length}/${proxies.asked.length}`;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one) => right.includes(one));
}

/** A line for each cluster, a column for each that it is to trust. */
function relationRows({ relations }: TrustReport): readonly (readonly string[])[] {
  const names = [...new Set(relations.map(({ from }) => from))];
  const cell = (from: string, to: string): string => {
    const found = relations.find((relation) => relation.from === from && relation.to === to);
    if (found === undefined || found.trusts === 'Unknown') return '?';
    const evidence = found.evidence === 'Proxies' ? '' : ' (istiod)';
    return `${found.trusts === 'Yes' ? 'yes' : 'NO'}${evidence}`;
  };
  return [['TRUSTS', ...names], ...names.map((from) => [from, ...names.map((to) => cell(from, to))])];
}

/** Enough to tell fingerprints apart by eye, as a prefix of the whole. */
function shortOf(fingerprint: string): string {
  return fingerprint.slice(0, 11);
}

function keyOf(algorithm: string): string {
  return algorithm.split(' with ')[0] ?? algorithm;
}

function leftOf(days: number): string {
  return days < 0 ? 'ended' : `${days}d left`;
}
