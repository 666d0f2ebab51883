import type { IsthmusError } from '../../base/error.ts';
import type { Finding, FindingCode } from '../../base/finding.ts';
import { seen } from '../facts/reading.ts';

/** What a diagnosis is made of besides the status of each cluster. */
export type EvidencePart = 'Model' | 'Requests' | 'Trust';

const words: Readonly<Record<EvidencePart, string>> = {
  Model: 'where requests go could not be predicted',
  Requests: 'no requests could be sent',
  Trust: 'what clusters sign with and what their proxies trust could not be read',
};

const codes: Readonly<Record<EvidencePart, FindingCode>> = {
  Model: 'objects-unread',
  Requests: 'verify-cluster',
  Trust: 'trust-unread',
};

/** A part of the evidence that could not be read: what depends on it is unknown. `at` is RFC 3339. */
export function evidenceUnread(
  part: EvidencePart,
  { message, remedy }: Pick<IsthmusError, 'message' | 'remedy'>,
  at: string,
): Finding {
  return {
    code: codes[part],
    severity: 'warning',
    confidence: 'Unknown',
    category: 'Reach',
    message: `${words[part]}: ${message}`,
    remedy: remedy ?? 'have the API servers answer and the right to read granted, and look again',
    evidence: seen(message, 'API servers of the mesh', at),
  };
}

/** What a snapshot does not hold. */
export function trustNotStored(at: string): Finding {
  const message = 'a snapshot does not hold what istiods sign with and what running proxies trust';
  return {
    code: 'trust-unread',
    severity: 'info',
    confidence: 'Unknown',
    category: 'Trust',
    message,
    remedy: 'ask the clusters themselves, where that matters',
    evidence: seen(message, 'the snapshot', at),
  };
}
