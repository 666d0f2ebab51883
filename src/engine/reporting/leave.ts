import type { ApplyReport } from '../../report/apply.ts';
import type { LeaveReport } from '../../report/leave.ts';
import { apiVersion } from '../../report/schema.ts';
import type { UninstallReport } from '../../report/uninstall.ts';

/** `applied` is left out where the cluster could not leave. */
export function leaveReport(cluster: string, left: UninstallReport, applied?: ApplyReport): LeaveReport {
  return {
    apiVersion,
    kind: 'LeaveReport',
    mesh: left.mesh,
    cluster,
    ok: left.ok && applied?.ok === true,
    left,
    ...(applied === undefined ? {} : { applied }),
  };
}
