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

/** Every report's schema by its kind. */
export const reports = {
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
} as const;

export type ReportKind = keyof typeof reports;
