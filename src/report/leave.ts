import { z } from 'zod';
import { applyReport } from './apply.ts';
import { report } from './schema.ts';
import { uninstallReport } from './uninstall.ts';

export const leaveReport = report('LeaveReport', 'How a cluster left a mesh.', {
  mesh: z.string().describe("The mesh's name."),
  cluster: z.string().describe('The cluster that leaves.'),
  ok: z.boolean().describe('The cluster has left, and the others are as declared without it.'),
  left: uninstallReport.describe('What happened in the cluster that leaves, and to its remote secrets in the others.'),
  applied: z
    .exactOptional(applyReport)
    .describe(
      'What was applied to the clusters that stay; left out where the cluster could not leave, or nothing was to be applied.',
    ),
});

export type LeaveReport = z.infer<typeof leaveReport>;
