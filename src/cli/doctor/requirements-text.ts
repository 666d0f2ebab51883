import type { DoctorReport, Requirement } from '../../report/doctor.ts';
import { table } from '../shell/table.ts';
import { type RuleForm, ruleTexts } from './requirement-rules.ts';

/** The forms in which requirements are shown. */
export type RequirementForm = 'table' | RuleForm;

const names = {
  ApiServer: 'API server',
  Gateway: 'east-west gateway',
  Istiod: 'istiod, through the gateway',
  Pods: 'pods',
} as const;

/** What the clusters have to reach in each other, as a table or as rules of a firewall. */
export function requirementsText({ requirements }: DoctorReport, form: RequirementForm): string {
  return `${form === 'table' ? tableOf(requirements) : ruleTexts[form](requirements)}\n`;
}

function tableOf(requirements: readonly Requirement[]): string {
  return table([
    ['FROM', 'TO', 'WHAT', 'ADDRESS', 'PORTS', 'ANSWERS'],
    ...requirements.map(({ from, to, what, address = '?', ports, answers }) => [
      from,
      to,
      names[what],
      what === 'Pods' ? 'pod ranges' : address,
      portsText(ports, what),
      { Yes: 'yes', No: 'NO', Unknown: '?' }[answers],
    ]),
  ]);
}

function portsText(ports: readonly number[], what: Requirement['what']): string {
  if (ports.length > 0) return ports.join(', ');
  return what === 'Pods' ? 'all' : '?';
}
