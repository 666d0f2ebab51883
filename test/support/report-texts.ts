import { operatorApplyText } from '../../src/cli/apply/by-operator.ts';
import { withGuard } from '../../src/cli/apply/guard.ts';
import { afterApply, applyText } from '../../src/cli/apply/text.ts';
import { explanationText } from '../../src/cli/doctor/explain-text.ts';
import { doctorText } from '../../src/cli/doctor/text.ts';
import { drillStatusText } from '../../src/cli/drill/status-text.ts';
import { drillText } from '../../src/cli/drill/text.ts';
import { initText } from '../../src/cli/init/text.ts';
import { joinText } from '../../src/cli/join/text.ts';
import { leaveText } from '../../src/cli/leave/run.ts';
import { changeText, statusText as operatorStatusText } from '../../src/cli/operator/text.ts';
import { planText } from '../../src/cli/plan/text.ts';
import { rolesText } from '../../src/cli/rbac/text.ts';
import { renderedText } from '../../src/cli/render/text.ts';
import { servicesText } from '../../src/cli/service/text.ts';
import { shiftText } from '../../src/cli/shift/text.ts';
import { differencesText } from '../../src/cli/snapshot/diff-text.ts';
import { snapshotText } from '../../src/cli/snapshot/run.ts';
import { statusText } from '../../src/cli/status/text.ts';
import { traceText } from '../../src/cli/trace/text.ts';
import { renewalText } from '../../src/cli/trust/run-renew.ts';
import { trustText } from '../../src/cli/trust/text.ts';
import { removalPlanText } from '../../src/cli/uninstall/plan-text.ts';
import { removalText } from '../../src/cli/uninstall/text.ts';
import { verifyText } from '../../src/cli/verify/text.ts';
import { versionText } from '../../src/cli/version/text.ts';
import { whatifText } from '../../src/cli/whatif/text.ts';
import type { ApplyReport } from '../../src/report/apply.ts';
import type { ReportKind } from '../../src/report/reports.ts';

/** The words of each report, as its command prints them. */
export const reportTexts: { readonly [Kind in ReportKind]: ((report: never, color: boolean) => string) | undefined } = {
  AccessRoles: (report) => rolesText(report),
  ApplyReport: (report: ApplyReport, color) =>
    withGuard(applyText(report, { color, ...afterApply('-f mesh.yaml') }), report, { color }),
  CodeExplanation: (report) => explanationText(report),
  DoctorReport: (report, color) => doctorText(report, { color, source: '-f mesh.yaml' }),
  JoinReport: (report, color) => joinText(report, { color, source: '-f mesh.yaml', next: 'Join' }),
  LeaveReport: (report, color) =>
    leaveText(report, {
      color,
      source: '-f mesh.yaml',
      resume: 'isthmus leave east -f mesh.yaml',
      next: 'isthmus verify -f mesh.yaml',
    }),
  MeshDifferences: (report, color) => differencesText(report, { color, source: '--snapshot tuesday' }),
  MeshDraft: (report, color) => initText(report, { color, file: 'mesh.yaml' }),
  MeshPlan: (report, color) => planText(report, { color, source: '-f mesh.yaml', apply: '-f mesh.yaml' }),
  MeshStatus: (report, color) => statusText(report, { color, source: '-f mesh.yaml' }),
  // Files, which no terminal shows.
  RenderedMesh: undefined,
  RenderReport: (report) => renderedText(report),
  RenewalReport: (report, color) => renewalText(report, { color, source: '-f mesh.yaml' }),
  ServiceReport: (report, color) => servicesText(report, { color }),
  DrillStatus: (report, color) => drillStatusText(report, { color, source: '-f mesh.yaml' }),
  DrillReport: (report, color) => drillText(report, { color, source: '-f mesh.yaml' }),
  ShiftReport: (report, color) => shiftText(report, { color, source: '-f mesh.yaml' }),
  SnapshotReport: (report) => snapshotText(report),
  Trace: (report, color) => traceText(report, { color, source: '-f mesh.yaml', next: 'isthmus verify -f mesh.yaml' }),
  TrustReport: (report, color) => trustText(report, { color, source: '-f mesh.yaml' }),
  UninstallPlan: (report, color) => removalPlanText(report, { color }),
  UninstallReport: (report, color) =>
    removalText(report, {
      color,
      source: '-f mesh.yaml',
      resume: 'isthmus leave east -f mesh.yaml',
      title: 'the mesh shop was removed',
    }),
  VerifyReport: (report, color) => verifyText(report, { color, source: '-f mesh.yaml' }),
  OperatorApply: (report, color) => operatorApplyText(report, { color, next: 'isthmus verify -f mesh.yaml' }),
  OperatorChange: (report) => changeText(report),
  OperatorStatus: (report, color) => operatorStatusText(report, color),
  VersionReport: (report, color) => versionText(report, { source: '-f mesh.yaml', color }),
  WhatIf: (report, color) => whatifText(report, { color, source: '-f mesh.yaml' }),
};
