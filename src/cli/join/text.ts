import type { JoinReport } from '../../report/join.ts';
import { renderFindings } from '../shell/finding-text.ts';

export interface JoinTextOptions {
  /** The flags that name the mesh again. */
  readonly source: string;
  readonly color: boolean;
  /** Left out, the joining goes on by itself where nothing prevents it. */
  readonly next?: 'Join' | undefined;
}

/** What prevents a cluster from joining, and the next command. */
export function joinText(report: JoinReport, options: JoinTextOptions): string {
  const { cluster, members, findings, mesh, ok } = report;
  const next = `isthmus join ${cluster} ${options.source}`;
  const verdict = ok
    ? `${cluster} can join mesh ${mesh} (checked against ${members.join(', ') || 'no other cluster'})${options.next === undefined ? '' : `\nnext: ${next}`}`
    : `${cluster} cannot join mesh ${mesh} as it is; nothing was changed. When this is put right: ${next}`;
  return `${renderFindings(findings, options)}${verdict}
`;
}
