import type { ClusterRemoval, UninstallReport } from '../../report/uninstall.ts';
import { renderFailure } from '../shell/failure.ts';
import { refsText, refText } from '../shell/ref-text.ts';
import { tablesOf } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';
import { counted } from './plan-text.ts';

export interface RemovalTextOptions {
  readonly color: boolean;
  /** The flags that name the mesh again. */
  readonly source: string;
  /** The command that goes on where this one stopped. */
  readonly resume: string;
  /** What is true where nothing is left to do. */
  readonly title: string;
  /** What else is worth knowing where nothing is left to do. */
  readonly note?: string;
}

/** What is left after a removal, with the proof, and the next command. */
export function removalText(report: UninstallReport, options: RemovalTextOptions): string {
  const { ok: whole, rootFolder } = report;
  const lines = [
    proofTable(report),
    ...report.clusters.flatMap((part) => outcomeLines(part, options)),
    ...report.peerSecrets.map(({ cluster, removed }) => `${cluster}: its remote secret for ${removed} is gone`),
    ...report.peerFailures.map(({ cluster, error }) => `${cluster}: ${renderFailure(error, options).trimEnd()}`),
    `${whole ? options.title : `mesh ${report.mesh}: not everything is done`} after ${report.seconds.toFixed(1)} s`,
  ];
  if (whole && options.note !== undefined) lines.push(options.note);
  if (!whole) lines.push(`Nothing needs undoing. Resume with: ${options.resume}`);
  else if (rootFolder !== undefined) {
    lines.push(`The root of the mesh is still in ${rootFolder}: keep it for a mesh to come, or delete the folder.`);
  }
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

/** Kinds down, clusters across: how many are gone and how many are left. */
function proofTable({ clusters }: UninstallReport): string {
  const proved = clusters.flatMap((part) => (part.outcome === 'Failed' ? [] : [part]));
  const kinds = [
    ...new Set(proved.flatMap(({ removed, proof }) => [...Object.keys(removed), ...Object.keys(proof.left)])),
  ];
  if (kinds.length === 0) return '';
  const header = ['KIND', ...proved.flatMap(({ cluster }) => [`${cluster.toUpperCase()} GONE`, 'LEFT'])];
  const rows = kinds
    .toSorted()
    .map((kind) => [
      kind,
      ...proved.flatMap(({ removed, proof }) => [`${removed[kind] ?? 0}`, `${proof.left[kind] ?? 0}`]),
    ]);
  return tablesOf([header, ...rows], 2);
}

function outcomeLines(part: ClusterRemoval, options: RemovalTextOptions): readonly string[] {
  const { cluster, sidecars, stuck } = part;
  const about = (text: string): string => `${cluster}: ${text}`;
  const running = Object.values(sidecars).reduce((sum, count) => sum + count, 0);
  const hanging = stuck.map(({ object, reason }) =>
    about(`${paint('left', 'yellow', options.color)} ${refText(object)}: ${reason}`),
  );
  const pods =
    running === 0
      ? []
      : [
          about(
            `${running === 1 ? '1 pod runs' : `${running} pods run`} on with a sidecar and no control plane (${counted(sidecars)}); a restart takes it off`,
          ),
        ];
  if (part.outcome === 'Failed') return [about(renderFailure(part.error, options).trimEnd()), ...hanging];
  return [...proofLines(part).map(about), ...hanging, ...pods];
}

function proofLines({ proof }: Extract<ClusterRemoval, { outcome: 'Removed' | 'Stuck' }>): readonly string[] {
  const left = Object.values(proof.left).reduce((sum, count) => sum + count, 0);
  const facts = [
    `${left} objects left in ${proof.kinds} kinds (${proof.objects} objects looked at)`,
    `${proof.finalizers} finalizers`,
    `${proof.webhooks} webhooks`,
    proof.definitionsKept === 0 ? '0 definitions' : `definitions kept: ${proof.definitionsKept}`,
  ];
  return [
    facts.join(', '),
    ...proof.namespacesKept.map(({ namespace, foreign }) => `namespace ${namespace} stays, for ${refsText(foreign)}`),
    ...proof.unreleased.map((namespace) => `namespace ${namespace} still carries our labels`),
    ...proof.definitionsClaimed.map((name) => `definition ${name} still carries our labels`),
    ...(proof.unread.length === 0 ? [] : [`nothing can be said of ${proof.unread.join(', ')}: no answer`]),
    ...proof.unreadable.map((object) => `left alone, for it cannot be read: ${object}`),
  ];
}
