import type { ErrorCode } from '../base/error.ts';
import type { MeshDifferences } from '../report/differences.ts';
import type { DoctorReport } from '../report/doctor.ts';
import type { DrillStatus } from '../report/drill-status.ts';
import type { PlanReport } from '../report/plan.ts';
import type { ServiceReport } from '../report/service.ts';
import type { ShiftReport } from '../report/shift.ts';
import type { StatusReport } from '../report/status.ts';
import type { Trace } from '../report/trace.ts';
import type { TrustReport } from '../report/trust.ts';

/**
 * What the server sends to its page. Both are of one build: this is no contract. Every report in it is the one that the
 * command of the same name prints.
 */

/** The reports that are read again and again, by their kinds. */
export interface WatchedReports {
  readonly MeshStatus: StatusReport;
  readonly DoctorReport: DoctorReport;
  readonly TrustReport: TrustReport;
  readonly ServiceReport: ServiceReport;
  readonly ShiftReport: ShiftReport;
  readonly DrillStatus: DrillStatus;
}

export type Topic = keyof WatchedReports;

export const topics = [
  'MeshStatus',
  'DoctorReport',
  'TrustReport',
  'ServiceReport',
  'ShiftReport',
  'DrillStatus',
] as const satisfies Topic[];

/** The mesh at a recorded moment. */
export interface MomentReports {
  readonly status: StatusReport;
  readonly doctor: DoctorReport;
}

/** A snapshot among others. */
export interface RecordedMoment {
  /** Of its folder. */
  readonly name: string;
  /** RFC 3339; left out where nobody wrote it down. */
  readonly takenAt?: string;
}

/** What answers a question: reports by their kinds. A moment has two of them. */
export interface AskedReports {
  readonly Trace: Trace;
  readonly MeshPlan: PlanReport;
  readonly Moment: MomentReports;
  readonly MeshDifferences: MeshDifferences;
}

/** Why there is no report. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  /** What to do about it, in words; left out where nothing is known to help. */
  readonly remedy?: string;
}

/** A report with its remedies in the words of the command line, by their JSON. */
export interface Shown<Report> {
  readonly report: Report;
  readonly remedies: Readonly<Record<string, string>>;
}

/** What is known of a report that is read again and again. */
export interface Look<Report = WatchedReports[Topic]> {
  /** The last report that was read; left out where none was yet. */
  readonly shown?: Shown<Report> | undefined;
  /** When the last report was read, or began to be, RFC 3339. */
  readonly readAt?: string | undefined;
  /** Why the last attempt gave none; left out where it gave one. */
  readonly problem?: Problem | undefined;
}

/** What the page is about. */
export interface About {
  /** `Snapshot`: what is shown does not change. */
  readonly source: 'Live' | 'Snapshot';
  /** The clusters of the mesh; empty for a snapshot without a mesh file. */
  readonly clusters: readonly string[];
  /** The mesh's name; left out for a snapshot without a mesh file. */
  readonly mesh?: string;
  /** The flags that name the mesh on the command line. */
  readonly flags: string;
  /** Milliseconds from one look to the next. */
  readonly intervalMs: number;
  readonly version: string;
  /** The recorded moments of a folder of snapshots, oldest first; left out where there is one at most. */
  readonly moments?: readonly RecordedMoment[];
}

/** The parts of which a page is made, each with its own path below `/api/`. */
export const paths = {
  entry: '/entry',
  about: '/api/about',
  events: '/api/events',
  trace: '/api/trace',
  plan: '/api/plan',
  moment: '/api/moment',
  differences: '/api/differences',
  facts: '/api/facts',
} as const;
