import { z } from 'zod';
import { errorCodes } from '../base/error.ts';
import { remedy } from './remedy.ts';
import { named } from './schema.ts';

/** Why something could not go on. */
export const reportedError = named('Error', 'Why something could not go on.', {
  code: z
    .enum(errorCodes)
    .meta({ id: 'ErrorCode', description: 'The code of an error.' })
    .describe('The code, in kebab-case; [every code](errors.md).'),
  message: z.string().describe('What went wrong.'),
  remedy: z.exactOptional(remedy).describe('What to do about it; left out where nothing is known to help.'),
  cluster: z.exactOptional(z.string()).describe('The cluster that it is about, by the name that the mesh gives it.'),
  retry: z.boolean().describe('The same call may succeed when it is repeated unchanged.'),
});

export type ReportedError = z.infer<typeof reportedError>;
