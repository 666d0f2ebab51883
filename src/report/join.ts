import { z } from 'zod';
import { applyReport } from './apply.ts';
import { reportedError } from './error.ts';
import { finding } from './finding.ts';
import { list, report } from './schema.ts';

export const joinReport = report(
  'JoinReport',
  'Everything that keeps a cluster from joining a mesh; where nothing does, what was applied.',
  {
    mesh: z.string().describe("The mesh's name."),
    cluster: z.string().describe('The cluster that is to join.'),
    members: list(z.string()).describe('The clusters that it was compared with.'),
    ok: z.boolean().describe('There is no error, and no finding is one.'),
    findings: list(finding).describe('What does not fit between the cluster and the members.'),
    errors: list(reportedError).describe(
      'What would keep any apply from working: missing rights, refused credentials, wrong contexts.',
    ),
    applied: z
      .exactOptional(applyReport)
      .describe('What was applied then; left out where the checks alone ran or where they found an error.'),
  },
);

export type JoinReport = z.infer<typeof joinReport>;
