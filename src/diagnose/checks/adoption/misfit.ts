import type { Finding, FindingCategory, FindingCode, Severity } from '../../../base/finding.ts';
import type { Remedy } from '../../../base/remedy.ts';
import type { AdoptionWish, InstalledIstio, InstalledIstiod } from '../../../istio/adoption.ts';
import { seen } from '../../facts/reading.ts';

/** An installed Istio, the istiod that the mesh would use, and when they were read (RFC 3339). */
export interface InstalledFacts {
  readonly found: InstalledIstio;
  readonly istiod: InstalledIstiod;
  readonly at: string;
}

/** What a check says of an installed Istio. */
export interface Misfit {
  /** What is there and what is wanted. */
  readonly message: string;
  /** What corrects it: a command of its own installer, or a change of the mesh file. */
  readonly remedy: Remedy;
  /** The object in which it was seen. */
  readonly source: string;
  /** Left out: it keeps the cluster from the mesh. */
  readonly severity?: Severity;
  /** Left out: `Config`. */
  readonly category?: FindingCategory;
}

export function misfit(
  code: FindingCode,
  { cluster }: AdoptionWish,
  at: string,
  { message, remedy, source, severity = 'error', category = 'Config' }: Misfit,
): Finding {
  return { code, severity, category, cluster, message, remedy, evidence: seen(message, `${cluster}: ${source}`, at) };
}
