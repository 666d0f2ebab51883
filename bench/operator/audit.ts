import { z } from 'zod';

/** What of a line of an audit log counts (audit.k8s.io/v1, level Metadata). */
const auditEvent = z.object({
  verb: z.string(),
  userAgent: z.string().default(''),
  requestURI: z.string(),
  requestReceivedTimestamp: z.string(),
  stageTimestamp: z.string(),
  objectRef: z.object({ resource: z.string().default(''), subresource: z.string().optional() }).optional(),
});

type AuditEvent = z.output<typeof auditEvent>;

/** The requests of Isthmus that were answered within a time, by what they asked for: `get leases`, `create pods/portforward`. */
export function auditedIn(
  log: string,
  { from, to }: { readonly from: number; readonly to: number },
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of log.split('\n')) {
    if (line === '') continue;
    const event = auditEvent.parse(JSON.parse(line));
    const at = Date.parse(event.stageTimestamp);
    if (event.userAgent !== 'isthmus' || at < from || at > to) continue;
    const what = nameOf(event);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}

function nameOf({ verb, objectRef, requestURI }: AuditEvent): string {
  if (objectRef === undefined) return `${verb} ${requestURI.split('?')[0]}`;
  const { resource, subresource } = objectRef;
  const labelled = verb === 'watch' && !requestURI.includes('labelSelector') ? ' without a label' : '';
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${labelled}`;
}
