import type { MeshDraft } from '../../report/draft.ts';
import { quoted } from '../../wording/shell-word.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

export interface InitTextOptions {
  readonly color: boolean;
  /** The file that was written; `-` for standard output. */
  readonly file: string;
}

const header = ['CLUSTER', 'CONTEXT', 'NETWORK', 'KUBERNETES', 'PODS', 'ISTIO'];

/** What the file declares, what is worth a look, what was left out, and the next command. */
export function initText({ mesh, clusters, notes, leftOut }: MeshDraft, { color, file }: InitTextOptions): string {
  const lines = [
    `mesh ${mesh}: ${clusters.length} ${clusters.length === 1 ? 'cluster' : 'clusters'}`,
    table([header, ...clusters.map(rowOf)]),
    ...notes.map(({ cluster, message }) => `- ${cluster === undefined ? '' : `${cluster}: `}${message}`),
    ...leftOut.map(
      ({ file: from, setting, reason }) =>
        `${paint('left out', 'yellow', color)} ${[from, setting].filter((word) => word !== '').join(' ')}: ${reason}`,
    ),
    ...(file === '-' ? [] : [`wrote ${file}`]),
    `next: isthmus plan -f ${file === '-' ? 'FILE' : quoted(file)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `?` for what was not read. */
function rowOf({ cluster, context, network, kubernetes, podRanges, istio }: MeshDraft['clusters'][number]): string[] {
  const versions = istio?.map(({ version, revision }) =>
    revision === 'default' ? (version ?? 'default') : `${version ?? '?'} (${revision})`,
  );
  const pods = podRanges === null || podRanges.length === 0 ? '?' : podRanges.join(',');
  return [
    cluster,
    context,
    network,
    kubernetes ?? '?',
    pods,
    versions === undefined ? '?' : versions.join(', ') || 'none',
  ];
}
