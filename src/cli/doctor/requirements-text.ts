import type { DoctorReport, Requirement } from '../../report/doctor.ts';
import { table } from '../shell/table.ts';

/** The forms in which requirements are shown. */
export type RequirementForm = 'table' | 'gcloud' | 'aws' | 'terraform';

const names = {
  ApiServer: 'API server',
  Gateway: 'east-west gateway',
  Istiod: 'istiod, through the gateway',
  Pods: 'pods',
} as const;

const forms: Readonly<Record<RequirementForm, (report: DoctorReport) => string>> = {
  table: ({ requirements }) =>
    table([
      ['FROM', 'TO', 'WHAT', 'ADDRESS', 'PORTS', 'ANSWERS'],
      ...requirements.map(({ from, to, what, address = '?', ports, answers }) => [
        from,
        to,
        names[what],
        what === 'Pods' ? 'pod ranges' : address,
        portsText(ports, what),
        { Yes: 'yes', No: 'NO', Unknown: '?' }[answers],
      ]),
    ]),
  gcloud: ({ requirements }) => [...note('#'), ...requirements.flatMap(gcloudLines)].join('\n'),
  aws: ({ requirements }) => [...note('#'), ...requirements.flatMap(awsLines)].join('\n'),
  terraform: ({ requirements }) => [...note('#'), ...terraformLines(requirements)].join('\n'),
};

/** What the clusters have to reach in each other; as rules, with words in capitals for what no cluster knows. */
export function requirementsText(report: DoctorReport, form: RequirementForm): string {
  return `${forms[form](report)}\n`;
}

function note(mark: string): readonly string[] {
  return [
    `${mark} Not tried in a cloud: look at each rule before you use it. ADDRESSES_OF_… are those from which a`,
    `${mark} cluster's connections come. An API server that its provider runs has a list of its own of who may reach it.`,
  ];
}

function portsText(ports: readonly number[], what: Requirement['what']): string {
  if (ports.length > 0) return ports.join(', ');
  return what === 'Pods' ? 'all' : '?';
}

/** `isthmus-west-to-east-gateway` */
function ruleName({ from, to, what }: Requirement): string {
  return `isthmus-${from}-to-${to}-${what.toLowerCase()}`;
}

/** Every port where it is pods that are reached; none where the ports are not known. */
function portsOf({ ports, what }: Requirement): readonly (readonly [from: number, to: number])[] {
  if (what === 'Pods') return [[0, 65_535]];
  return ports.map((port) => [port, port] as const);
}

function inCapitals(cluster: string): string {
  return cluster.toUpperCase().replaceAll('-', '_');
}

function spanText([from, to]: readonly [number, number]): string {
  return from === to ? `${from}` : `${from}-${to}`;
}

function gcloudLines(one: Requirement): readonly string[] {
  const allowed = portsOf(one).map((span) => `tcp:${spanText(span)}`);
  if (allowed.length === 0) return [];
  const [from, to] = [inCapitals(one.from), inCapitals(one.to)];
  return [
    `gcloud compute firewall-rules create ${ruleName(one)} --network=NETWORK_OF_${to} --direction=INGRESS --allow=${allowed.join(',')} --source-ranges=ADDRESSES_OF_${from} --target-tags=NODES_OF_${to}`,
  ];
}

function awsLines(one: Requirement): readonly string[] {
  const [from, to] = [inCapitals(one.from), inCapitals(one.to)];
  return portsOf(one).map(
    (span) =>
      `aws ec2 authorize-security-group-ingress --group-id GROUP_OF_${to} --protocol tcp --port ${spanText(span)} --cidr ADDRESSES_OF_${from}`,
  );
}

function terraformLines(requirements: readonly Requirement[]): readonly string[] {
  const plain = (cluster: string): string => cluster.replaceAll('-', '_');
  const variables = [
    ...[...new Set(requirements.map(({ from }) => from))].map((one) => [`addresses_of_${plain(one)}`, 'list(string)']),
    ...[...new Set(requirements.map(({ to }) => to))].map((one) => [`group_of_${plain(one)}`, 'string']),
  ];
  return [
    ...variables.flatMap(([name, type]) => [`variable "${name}" {`, `  type = ${type}`, '}']),
    ...requirements.flatMap((one) =>
      portsOf(one).flatMap(([first, last]) => [
        `resource "aws_security_group_rule" "${ruleName(one).replaceAll('-', '_')}_${first}" {`,
        '  type              = "ingress"',
        `  security_group_id = var.group_of_${plain(one.to)}`,
        '  protocol          = "tcp"',
        `  from_port         = ${first}`,
        `  to_port           = ${last}`,
        `  cidr_blocks       = var.addresses_of_${plain(one.from)}`,
        '}',
      ]),
    ),
  ];
}
