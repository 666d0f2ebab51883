import { expect } from 'vitest';
import type { z } from 'zod';

/** A report is what its schema says, with no field besides, and the same after a way through JSON. */
export function expectContract(schema: z.ZodType, report: unknown): void {
  expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report);
  // The schema leaves out what it does not know, so that the two differ then.
  expect(schema.parse(report)).toStrictEqual(report);
}
