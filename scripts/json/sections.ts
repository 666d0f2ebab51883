import type { ReportKind } from '../../src/report/reports.ts';

/** A command's part of docs/json.md. */
export interface Section {
  readonly title: string;
  readonly reports: readonly {
    readonly kind: ReportKind;
    /** Which command prints it. */
    readonly printed: string;
  }[];
  /** Text behind the lists of fields. */
  readonly after?: string;
}

export const introduction = `# JSON output

\`-o json\` writes one JSON document to standard output; progress stays on standard error. The exit code is the same as without
\`-o json\`.

Every document begins with \`apiVersion\` (\`isthmus.dev/v1alpha1\`) and \`kind\`, which says which of the reports below it is. Each kind
has a [JSON Schema](../schemas) in the package, from which this page is made: \`schemas/KIND.json\`.

It is a stable contract: fields are added, never renamed or removed, and values of closed lists (like \`action\`) are only added
with a line in the changelog. Ignore fields that you do not know. Sentences (\`reason\`, \`message\`, the words of a \`remedy\`) are for
people and may change; \`code\` and \`outcome\` are for programs.

In the lists, \`field?\` may be left out, \`outer.inner\` is a field of an object inside, and \`outer[].inner\` one of each object of a list. A
field that is always there and may be unknown is null instead.`;

export const sections: readonly Section[] = [
  {
    title: 'plan',
    reports: [{ kind: 'MeshPlan', printed: '`isthmus plan -o json` and `isthmus apply --dry-run -o json`' }],
    after: `\`\`\`console
$ isthmus plan -f mesh.yaml -o json |
    jq '.clusters[] | select(.outcome == "Planned") | .changes[] | select(.action == "Delete").ref'
\`\`\``,
  },
  { title: 'apply', reports: [{ kind: 'ApplyReport', printed: '`isthmus apply -o json`' }] },
  {
    title: 'render',
    reports: [
      { kind: 'RenderReport', printed: '`isthmus render DIR -o json`' },
      { kind: 'RenderedMesh', printed: 'What the library gives a program, which writes the files itself' },
    ],
  },
  { title: 'status', reports: [{ kind: 'MeshStatus', printed: '`isthmus status -o json`' }] },
  {
    title: 'doctor',
    reports: [
      { kind: 'DoctorReport', printed: '`isthmus doctor -o json`' },
      { kind: 'CodeExplanation', printed: '`isthmus doctor --explain CODE -o json`' },
    ],
  },
  { title: 'verify', reports: [{ kind: 'VerifyReport', printed: '`isthmus verify -o json`' }] },
  {
    title: 'trust',
    reports: [
      { kind: 'TrustReport', printed: '`isthmus trust -o json`' },
      { kind: 'RenewalReport', printed: '`isthmus trust renew -o json`' },
    ],
  },
  {
    title: 'join',
    reports: [{ kind: 'JoinReport', printed: '`isthmus join CLUSTER -o json`' }],
  },
  { title: 'leave', reports: [{ kind: 'LeaveReport', printed: '`isthmus leave CLUSTER -o json`' }] },
  {
    title: 'uninstall',
    reports: [
      { kind: 'UninstallReport', printed: '`isthmus uninstall -o json`' },
      { kind: 'UninstallPlan', printed: '`isthmus uninstall --dry-run -o json`' },
    ],
  },
  {
    title: 'service',
    reports: [
      {
        kind: 'ServiceReport',
        printed: '`isthmus service list` and `isthmus service show NAME.NAMESPACE` with `-o json`',
      },
    ],
  },
  {
    title: 'shift',
    reports: [
      {
        kind: 'ShiftReport',
        printed: '`isthmus shift status -o json`, those that steer one, and the last line of a shift with `-o json`',
      },
    ],
  },
  {
    title: 'drill',
    reports: [
      { kind: 'DrillReport', printed: '`isthmus drill -o json`' },
      { kind: 'DrillStatus', printed: '`isthmus drill status -o json`' },
    ],
  },
  { title: 'trace', reports: [{ kind: 'Trace', printed: '`isthmus trace -o json`' }] },
  { title: 'whatif', reports: [{ kind: 'WhatIf', printed: '`isthmus whatif -o json`' }] },
  {
    title: 'snapshot',
    reports: [
      { kind: 'SnapshotReport', printed: '`isthmus snapshot DIR -o json`' },
      { kind: 'MeshDifferences', printed: '`isthmus snapshot diff BEFORE AFTER -o json`' },
    ],
  },
  { title: 'rbac', reports: [{ kind: 'AccessRoles', printed: '`isthmus rbac COMMAND -o json`' }] },
  {
    title: 'init',
    reports: [{ kind: 'MeshDraft', printed: 'What the library gives a program; `isthmus init` writes the file' }],
  },
  { title: 'version', reports: [{ kind: 'VersionReport', printed: '`isthmus version -o json`' }] },
  {
    title: 'operator',
    reports: [
      { kind: 'OperatorChange', printed: '`isthmus operator install`, `grant` and `uninstall` with `-o json`' },
      { kind: 'OperatorStatus', printed: '`isthmus operator status -o json`' },
    ],
  },
];

export const shared = {
  title: 'Shared objects',
  text: 'Objects that stand in several reports.',
} as const;

export const ending = `## Plan files

A file of \`isthmus plan --out\` is JSON too, but no contract: it is for \`isthmus apply\` of the same version of Isthmus.`;
