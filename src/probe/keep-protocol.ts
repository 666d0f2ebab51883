import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { clientLine, parsePlan, targetEvidence } from './protocol.ts';

/** A Service that a kept probe calls again and again. */
export const keptTarget = z.object({
  service: z.string(),
  port: z.int().min(1).max(65_535),
  /** `Gateway`: its endpoints are those of an east-west gateway, with each of which the probe makes a handshake. */
  way: z.enum(['Direct', 'Gateway']),
});
export type KeptTarget = z.output<typeof keptTarget>;

/** The orders of the one pod of a cluster that answers the probes of the others and sends its own. */
export const keptPlan = z.object({
  cluster: z.string(),
  namespace: z.string(),
  pod: z.string(),
  /** The port to listen on; 0 takes a free one. */
  port: z.int().min(0).max(65_535),
  /** Between two requests to one target, give or take a tenth. */
  everySeconds: z.int().min(1),
  targets: z.array(keptTarget),
});
export type KeptPlan = z.output<typeof keptPlan>;

/** One request of a kept probe, and what was seen of its way. */
export const keptLine = z.object({
  type: z.literal('probe'),
  service: z.string(),
  /** How many requests to that target the pod has sent by now, this one included. */
  count: z.int().min(1),
  /** How long the answer took; null where there was none. */
  latencyMs: z.number().nullable(),
  evidence: targetEvidence,
});
export type KeptLine = z.output<typeof keptLine>;

/** A line of a kept probe's output: that of a request, or what it says of its own sidecar before the first one. */
const anyLine = z.union([keptLine, clientLine]);

/** The lines of a kept probe's output; others are left out. */
export function parseKeptLines(text: string): readonly z.output<typeof anyLine>[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const parsed = anyLine.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/** The plan of a kept probe. Throws `usage` where it is missing or malformed. */
export function parseKeptPlan(text: string | undefined): KeptPlan {
  return parsePlan(keptPlan, text);
}
