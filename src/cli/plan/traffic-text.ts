import type { PlanTraffic } from '../../report/plan.ts';
import { remedyText } from '../shell/remedy-text.ts';
import { paint } from '../shell/terminal.ts';
import { changedFlowLines, unknownLines } from '../whatif/text.ts';

export interface TrafficTextOptions {
  readonly color: boolean;
  /** The flags that name the mesh again. */
  readonly source: string;
}

/** Codes of what was not read. */
const unread: ReadonlySet<string> = new Set(['cluster-unread', 'endpoints-unread', 'objects-unread']);

/** The section on what changes for traffic; none where the plan does not touch it. "Nothing" only where both sides are known. */
export function trafficLines(traffic: PlanTraffic, { color, source }: TrafficTextOptions): readonly string[] {
  const title = paint('what changes for traffic', 'bold', color);
  const unknown = ({
    message,
    remedy,
  }: Pick<Extract<PlanTraffic, { outcome: 'NotPredicted' }>, 'message' | 'remedy'>) => {
    const hint = remedyText(remedy, { source });
    return [`  ${paint('not known', 'yellow', color)}: ${message}`, ...(hint === '' ? [] : [`    ${hint}`])];
  };
  switch (traffic.outcome) {
    case 'None':
      return [];
    case 'NotPredicted':
      return [title, ...unknown(traffic)];
    case 'Predicted': {
      const changed = changedFlowLines(traffic.change, color);
      const { change, gaps } = traffic;
      // The gaps name these already.
      const open = change.unknown.filter(({ finding: { code } }) => gaps.length === 0 || !unread.has(code));
      const covered = open.length === 0 ? 'for the services and callers that exist already' : 'in what is known';
      const nothing = gaps.length === 0 ? [`nothing, ${covered}`] : [];
      const lines = [...(changed.length === 0 ? nothing : changed), ...unknownLines(open, { color, source })];
      return [title, ...lines.map((line) => `  ${line}`), ...traffic.gaps.flatMap(unknown)];
    }
  }
}
