import type { PlanTraffic } from '../../report/plan.ts';
import { paint } from '../shell/terminal.ts';
import { changedFlowLines } from '../whatif/text.ts';

/** The section on what changes for traffic; none where the plan does not touch it. */
export function trafficLines(traffic: PlanTraffic, color: boolean): readonly string[] {
  const title = paint('what changes for traffic', 'bold', color);
  switch (traffic.outcome) {
    case 'None':
      return [];
    case 'NotPredicted':
      return [title, `  not predicted: ${traffic.message}`];
    case 'Predicted': {
      const changed = changedFlowLines(traffic.change, color);
      const lines = changed.length === 0 ? ['nothing, for the services and callers that exist already'] : changed;
      const gaps = traffic.gaps.map((gap) => `not in the prediction: ${gap}`);
      return [title, ...[...lines, ...gaps].map((line) => `  ${line}`)];
    }
  }
}
