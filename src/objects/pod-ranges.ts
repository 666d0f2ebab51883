import { valueAt } from '../base/json.ts';
import type { KubeObject } from './object.ts';

/** The ranges of pod addresses that a Node states; none where the network plug-in keeps them elsewhere. */
export function podRangesOf(node: KubeObject): readonly string[] {
  const ranges = valueAt(node, ['spec', 'podCIDRs']);
  if (Array.isArray(ranges)) return ranges.filter((range): range is string => typeof range === 'string');
  const range = valueAt(node, ['spec', 'podCIDR']);
  return typeof range === 'string' ? [range] : [];
}
