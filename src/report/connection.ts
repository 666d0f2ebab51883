import { z } from 'zod';
import { reportedError } from './error.ts';
import { moment, named } from './schema.ts';

export const clusterConnection = named('ClusterConnection', 'Whether a session is connected to a cluster.', {
  cluster: z.string().describe("The cluster's name."),
  state: z.enum(['Connected', 'NotConnected']).describe('`NotConnected` also before the first call.'),
  since: moment().describe('Since when, RFC 3339.'),
  kubernetes: z
    .exactOptional(z.string())
    .describe("Kubernetes' version when the cluster was connected last; left out where it never was."),
  error: z
    .exactOptional(reportedError)
    .describe('Why it is not connected, or why it was not before; left out where no attempt failed.'),
  nextAttemptAt: z
    .exactOptional(moment())
    .describe('No attempt is made before, RFC 3339; left out where it is connected or was never tried.'),
});

export type ClusterConnection = z.infer<typeof clusterConnection>;
