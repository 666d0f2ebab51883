import { driftText } from '../../base/drifted-field.ts';
import type { ErrorCode } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { remedy, run } from '../../base/remedy.ts';
import type { ClusterDrift, DriftedObject } from '../facts/drift.ts';
import { messageOf, type Reading, seen } from '../facts/reading.ts';

/** More objects than these are counted: a plan has them all. */
const shownObjects = 12;

/** The errors that say that something differs, and not that it could not be compared. */
const differing: readonly ErrorCode[] = ['adoption-refused', 'cluster-identity-conflict', 'conflict', 'trust-invalid'];

/** What of a cluster is not as declared, object by object; `drift` is undefined where nobody asked. */
export function driftFindings(
  cluster: string,
  drift: ClusterDrift | undefined,
  { at }: Pick<Reading, 'at'>,
): readonly Finding[] {
  if (drift === undefined) return [];
  if (drift.state === 'Unread') {
    const { code, message, remedy: hint } = drift.error;
    const isKnown = differing.includes(code);
    const said = messageOf(cluster, message).split('\n')[0];
    return [
      {
        code: 'drift-unread',
        severity: isKnown ? 'error' : 'warning',
        ...(isKnown ? {} : { confidence: 'Unknown' as const }),
        category: 'Config',
        cluster,
        message: isKnown ? `it is not as declared: ${said}` : `whether it is as declared is unknown: ${said}`,
        remedy: hint ?? 'have it allowed or repaired, and look again',
        evidence: seen(message, `the comparison of ${cluster} with the mesh file`, at),
      },
    ];
  }
  const { objects } = drift;
  const shown = objects.slice(0, shownObjects).map((one) => driftFinding(cluster, one, at));
  const rest = objects.length - shown.length;
  if (rest === 0) return shown;
  const message = `${rest} more objects are not as declared`;
  return [
    ...shown,
    {
      code: 'drift',
      severity: 'error',
      category: 'Config',
      cluster,
      message,
      remedy: remedy`see them all with ${run('plan')}; ${run('apply')} makes them as declared`,
      evidence: seen(message, `metadata of the objects in ${cluster}`, at),
    },
  ];
}

function driftFinding(cluster: string, drifted: DriftedObject, at: string): Finding {
  const words = driftWords(drifted);
  return {
    code: 'drift',
    severity: 'error',
    category: 'Config',
    cluster,
    object: drifted.object,
    message: `${drifted.object}: ${words}`,
    remedy:
      drifted.what === 'Foreign'
        ? 'where nothing needs it, remove or rename it'
        : remedy`see what would change with ${run('plan')}; ${run('apply')} makes it as declared`,
    evidence: seen(words, `${cluster}: metadata of ${drifted.object}`, at),
    // What is no longer declared would be deleted.
    ...(drifted.what === 'Missing' || drifted.what === 'Changed' ? { fix: [run('apply')] } : {}),
  };
}

function driftWords({ what, fields }: DriftedObject): string {
  switch (what) {
    case 'Missing':
      return 'it does not exist';
    case 'Unwanted':
      return 'it is no longer in the mesh file';
    case 'Foreign':
      return 'it belongs to someone else';
    case 'Changed':
      return fields.length === 0 ? 'it differs from the mesh file' : driftText(fields);
  }
}
