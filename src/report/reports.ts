import { accessRoles } from './access-roles.ts';
import { applyReport } from './apply.ts';
import { meshDifferences } from './differences.ts';
import { codeExplanation, doctorReport } from './doctor.ts';
import { meshDraft } from './draft.ts';
import { drillReport } from './drill.ts';
import { drillStatus } from './drill-status.ts';
import { joinReport } from './join.ts';
import { leaveReport } from './leave.ts';
import { operatorChange, operatorStatus } from './operator.ts';
import { operatorApply } from './operator-apply.ts';
import { planReport } from './plan.ts';
import { renderedMesh, renderReport } from './render.ts';
import { renewalReport } from './renewal.ts';
import { serviceReport } from './service.ts';
import { shiftReport } from './shift.ts';
import { snapshotReport } from './snapshot.ts';
import { statusReport } from './status.ts';
import { trace } from './trace.ts';
import { trustReport } from './trust.ts';
import { uninstallPlan, uninstallReport } from './uninstall.ts';
import { verifyReport } from './verify.ts';
import { versionReport } from './versions.ts';
import { whatIf } from './whatif.ts';

/** Every report's schema by its kind. Named types keep the declarations of the library small. */
export const reports: Reports = {
  MeshPlan: planReport,
  ApplyReport: applyReport,
  RenderedMesh: renderedMesh,
  RenderReport: renderReport,
  MeshStatus: statusReport,
  DoctorReport: doctorReport,
  CodeExplanation: codeExplanation,
  VerifyReport: verifyReport,
  TrustReport: trustReport,
  RenewalReport: renewalReport,
  JoinReport: joinReport,
  LeaveReport: leaveReport,
  UninstallReport: uninstallReport,
  UninstallPlan: uninstallPlan,
  ServiceReport: serviceReport,
  ShiftReport: shiftReport,
  DrillReport: drillReport,
  DrillStatus: drillStatus,
  Trace: trace,
  WhatIf: whatIf,
  SnapshotReport: snapshotReport,
  MeshDifferences: meshDifferences,
  AccessRoles: accessRoles,
  VersionReport: versionReport,
  MeshDraft: meshDraft,
  OperatorChange: operatorChange,
  OperatorStatus: operatorStatus,
  OperatorApply: operatorApply,
};

interface Reports {
  readonly MeshPlan: typeof planReport;
  readonly ApplyReport: typeof applyReport;
  readonly RenderedMesh: typeof renderedMesh;
  readonly RenderReport: typeof renderReport;
  readonly MeshStatus: typeof statusReport;
  readonly DoctorReport: typeof doctorReport;
  readonly CodeExplanation: typeof codeExplanation;
  readonly VerifyReport: typeof verifyReport;
  readonly TrustReport: typeof trustReport;
  readonly RenewalReport: typeof renewalReport;
  readonly JoinReport: typeof joinReport;
  readonly LeaveReport: typeof leaveReport;
  readonly UninstallReport: typeof uninstallReport;
  readonly UninstallPlan: typeof uninstallPlan;
  readonly ServiceReport: typeof serviceReport;
  readonly ShiftReport: typeof shiftReport;
  readonly DrillReport: typeof drillReport;
  readonly DrillStatus: typeof drillStatus;
  readonly Trace: typeof trace;
  readonly WhatIf: typeof whatIf;
  readonly SnapshotReport: typeof snapshotReport;
  readonly MeshDifferences: typeof meshDifferences;
  readonly AccessRoles: typeof accessRoles;
  readonly VersionReport: typeof versionReport;
  readonly MeshDraft: typeof meshDraft;
  readonly OperatorChange: typeof operatorChange;
  readonly OperatorStatus: typeof operatorStatus;
  readonly OperatorApply: typeof operatorApply;
}

export type ReportKind = keyof Reports;
