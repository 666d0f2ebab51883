import type { JoinReport } from '../join/check-join.ts';

/** What `isthmus join --check -o json` prints, and any refused join (docs/json.md). */
export function joinJson({ error: _, ...report }: JoinReport, { ok }: { readonly ok: boolean }): unknown {
  return { ...report, ok };
}
