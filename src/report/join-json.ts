import type { JoinReport } from '../join/check-join.ts';
import { errorJson } from './apply-json.ts';

/** What `isthmus join --check -o json` prints, and any refused join (docs/json.md). */
export function joinJson({ standing, ...report }: JoinReport, { ok }: { readonly ok: boolean }): unknown {
  return { ...report, ok, errors: standing.map(errorJson) };
}
