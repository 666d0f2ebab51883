import type { Finding } from '../../base/finding.ts';
import { partsOf, type Remedy } from '../../base/remedy.ts';
import type { Finding as ReportedFinding } from '../../report/finding.ts';
import type { Remedy as ReportedRemedy } from '../../report/remedy.ts';

/** A finding as a report holds it: its remedies always in parts. */
export function reportedFinding({ remedy, undo, ...rest }: Finding): ReportedFinding {
  return { ...rest, remedy: partsOf(remedy), ...(undo === undefined ? {} : { undo: partsOf(undo) }) };
}

/** A remedy as a report holds it; none is an empty list. */
export function reportedRemedy(remedy: Remedy | undefined): ReportedRemedy {
  return remedy === undefined ? [] : partsOf(remedy);
}
