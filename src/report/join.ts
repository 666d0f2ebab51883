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
    ok: z.boolean().describe('There is no error, no finding is one, and what was applied is ok.'),
    findings: list(finding).describe(
      'What keeps any apply from beginning, then what does not fit between the cluster and the members.',
    ),
    error: z
      .exactOptional(reportedError)
      .describe(
        'What would end any apply, or why the joining cluster does not answer; its finding stands first. Left out where the clusters were compared.',
      ),
    applied: z
      .exactOptional(applyReport)
      .describe('What was applied then; left out where the checks alone ran or where they found an error.'),
  },
);

export type JoinReport = z.infer<typeof joinReport>;
