import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kubectl, restart, run } from '../../base/remedy.ts';
import { type Cause, doctorReport } from '../../report/doctor.ts';
import { carryOut, fixPlanOf, fixPlanText } from './fix.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/doctor.json');
const report = doctorReport.parse(JSON.parse(readFileSync(file, 'utf8')));
const [first] = report.findings;
if (first === undefined) throw new Error('the report has no finding');
const { fix: _, undo: __, ...cause } = first;

const scale = (replicas: number) =>
  kubectl('--context', 'east', 'scale', 'deployment/gateway', `--replicas=${replicas}`);
const causes: readonly Cause[] = [
  { ...cause, code: 'drift', cluster: 'west', fix: [run('apply')] },
  { ...cause, code: 'gateway-not-ready', cluster: 'east', fix: [scale(1)], undo: [scale(0)] },
  { ...cause, code: 'peer-secret', cluster: 'east', fix: [run('apply')] },
  { ...cause, code: 'policy-denies', cluster: 'west', remedy: ['add a rule for the caller'] },
  { ...cause, code: 'trust-unread', cluster: 'west', severity: 'info' },
];
const plan = fixPlanOf({ ...report, findings: causes });

describe('what corrects the causes of a report', () => {
  test('is each command once, the apply last, with what takes it back and what is left', () => {
    expect(fixPlanText(plan, '-f mesh.yaml')).toBe(
      [
        'to be done:',
        '  1. `kubectl --context east scale deployment/gateway --replicas=1` (east: gateway-not-ready)',
        '     what takes it back: `kubectl --context east scale deployment/gateway --replicas=0`',
        '  2. `isthmus apply -f mesh.yaml` (west: drift, east: peer-secret)',
        'left to you:',
        '  west: policy-denies: add a rule for the caller',
        '',
      ].join('\n'),
    );
  });

  test('says so where there is no command', () => {
    expect(fixPlanText(fixPlanOf({ ...report, findings: [] }), '')).toBe(
      'nothing of it can be corrected by a command\n',
    );
  });
});

describe('carrying it out', () => {
  async function carriedOut(operator: 'Leads' | 'Absent', findings: readonly Cause[]): Promise<readonly string[]> {
    const done: string[] = [];
    const note = (what: string) => done.push(what);
    const session = {
      apply: async () => void note('apply') as never,
      applyByOperator: async () => (operator === 'Leads' ? (note('by the operator') as never) : undefined),
    };
    const execute = async (program: string, args: readonly string[]) => void note([program, ...args].join(' '));
    await carryOut(fixPlanOf({ ...report, findings }), '', {
      session,
      applyOptions: {},
      execute,
      tell: () => undefined,
    });
    return done;
  }

  test('runs the programs as they are shown, then applies', async () => {
    const restarted = {
      ...cause,
      fix: [restart({ cluster: 'east', context: 'prod-east' }, 'istio-system', 'deployment/istiod')],
    };
    expect(await carriedOut('Absent', [...causes, restarted])).toEqual([
      'kubectl --context east scale deployment/gateway --replicas=1',
      'kubectl --context prod-east -n istio-system rollout restart deployment/istiod',
      'apply',
    ]);
  });

  test('leaves the apply to an operator that holds the mesh', async () => {
    expect(await carriedOut('Leads', causes.slice(0, 1))).toEqual(['by the operator']);
  });
});
