import { z } from 'zod';
import { moment } from './schema.ts';

/** When something was read and what is judged of it; the words say what each verdict means there. */
export function verdictFields(meaning: string) {
  return {
    readAt: moment().describe('When it was read, RFC 3339.'),
    ok: z.boolean().describe('`verdict` is `Yes`.'),
    verdict: z.enum(['Yes', 'No', 'Unknown']).describe(meaning),
  };
}
