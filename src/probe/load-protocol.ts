import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';

/** The orders of a load client: so many requests a second to one Service, whatever becomes of those before. */
export const loadPlan = z.object({
  cluster: z.string(),
  service: z.string(),
  port: z.int().min(1).max(65_535),
  perSecond: z.int().min(1).max(200),
  lifetimeSeconds: z.int().min(1),
});
export type LoadPlan = z.output<typeof loadPlan>;

/** How long a span of time is that one line is about, and how long a request may take, in milliseconds. */
export const spanMs = 250;
export const answerMs = 2_000;

/** A line of a load client's output. */
export const loadLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('proxy') }).loose(),
  /** The requests that were due within one span, by the clock of the pod; written when all of them have ended. */
  z.object({
    type: z.literal('load'),
    /** When the span began, in milliseconds since the epoch. */
    at: z.number(),
    sent: z.int(),
    /** By the cluster that answered. */
    answers: z.record(z.string(), z.int()),
    failed: z.int(),
    /** Why the first of them failed. */
    failure: z.string().optional(),
    slowestMs: z.number(),
  }),
]);
export type LoadSpan = Extract<z.output<typeof loadLine>, { type: 'load' }>;

/** The spans in a client's output; other lines (a half-written last one, a warning) are left out. */
export function parseLoadLines(text: string): readonly LoadSpan[] {
  return text.split('\n').flatMap((line) => {
    const parsed = loadLine.safeParse(line.startsWith('{') ? parseJson(line) : undefined);
    return parsed.success && parsed.data.type === 'load' ? [parsed.data] : [];
  });
}
