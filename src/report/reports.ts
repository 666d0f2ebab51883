import { accessRoles } from './access-roles.ts';
import { applyReport } from './apply.ts';
import { joinReport } from './join.ts';
import { leaveReport } from './leave.ts';
import { planReport } from './plan.ts';
import { renderedMesh, renderReport } from './render.ts';
import { renewalReport } from './renewal.ts';
import { snapshotReport } from './snapshot.ts';
import { statusReport } from './status.ts';
import { trace } from './trace.ts';
import { trustReport } from './trust.ts';
import { uninstallPlan, uninstallReport } from './uninstall.ts';
import { verifyReport } from './verify.ts';
import { whatIf } from './whatif.ts';

/** Every report's schema by its kind. Named types keep the declarations of the library small. */
export const reports: Reports = {
  MeshPlan: planReport,
  ApplyReport: applyReport,
  RenderedMesh: renderedMesh,
  RenderReport: renderReport,
  MeshStatus: statusReport,
  VerifyReport: verifyReport,
  TrustReport: trustReport,
  RenewalReport: renewalReport,
  JoinReport: joinReport,
  LeaveReport: leaveReport,
  UninstallReport: uninstallReport,
  UninstallPlan: uninstallPlan,
  Trace: trace,
  WhatIf: whatIf,
  SnapshotReport: snapshotReport,
  AccessRoles: accessRoles,
};

interface Reports {
  readonly MeshPlan: typeof planReport;
  readonly ApplyReport: typeof applyReport;
  readonly RenderedMesh: typeof renderedMesh;
  readonly RenderReport: typeof renderReport;
  readonly MeshStatus: typeof statusReport;
  readonly VerifyReport: typeof verifyReport;
  readonly TrustReport: typeof trustReport;
  readonly RenewalReport: typeof renewalReport;
  readonly JoinReport: typeof joinReport;
  readonly LeaveReport: typeof leaveReport;
  readonly UninstallReport: typeof uninstallReport;
  readonly UninstallPlan: typeof uninstallPlan;
  readonly Trace: typeof trace;
  readonly WhatIf: typeof whatIf;
  readonly SnapshotReport: typeof snapshotReport;
  readonly AccessRoles: typeof accessRoles;
}

export type ReportKind = keyof Reports;
