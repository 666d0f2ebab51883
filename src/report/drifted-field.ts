import { z } from 'zod';
import { list, named } from './schema.ts';

export const driftedField = named('DriftedField', 'A field that was changed by others since it was applied.', {
  field: z.string().describe("The field's path."),
  managers: list(z.string()).describe('The field managers that set it since; none where nobody holds the field.'),
  value: z
    .exactOptional(z.number())
    .describe('Its number, where it is there though nobody holds it; left out where it was removed.'),
});

export type DriftedField = z.infer<typeof driftedField>;
