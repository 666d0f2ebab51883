import { shortName } from '../../base/short-name.ts';
import type { Requirement } from '../../report/doctor.ts';

/** The clouds' forms of a firewall's rules. */
export type RuleForm = 'gcloud' | 'aws' | 'terraform';

/** A list of requirements as rules of a firewall; what only the user knows are variables, of a shell or of Terraform. */
export const ruleTexts: Readonly<Record<RuleForm, (requirements: readonly Requirement[]) => string>> = {
  gcloud: (requirements) =>
    [
      ...note('Not tried in a cloud: look at each rule before you use it.'),
      ...openPorts(requirements),
      ...shellVariables(requirements, [
        ['NETWORK', 'to', (one) => `the VPC network of ${one}`],
        ['TAG', 'to', (one) => `the network tag of the nodes of ${one}`],
        ['ADDRESSES', 'from', (one) => `${sourcesOf(one)}, such as 192.0.2.0/24,198.51.100.7/32`],
      ]),
      ...requirements.flatMap(gcloudLines),
    ].join('\n'),
  aws: (requirements) =>
    [
      ...note(
        'For a POSIX shell. Tried with the aws CLI and a stand-in for EC2, not in a cloud: look at each rule before you use it.',
      ),
      ...openPorts(requirements),
      ...shellVariables(requirements, [
        ['GROUP', 'to', groupMeaning],
        ['ADDRESSES', 'from', (one) => `${sourcesOf(one)}, such as 192.0.2.0/24 198.51.100.7/32`],
      ]),
      ...rulesOf(requirements).map(awsLine),
    ].join('\n'),
  terraform: (requirements) =>
    [
      ...note('Parsed, not tried in a cloud: look at each rule before you use it.'),
      ...openPorts(requirements),
      ...terraformVariables(requirements),
      ...rulesOf(requirements).flatMap(terraformLines),
    ].join('\n'),
};

function note(tried: string): readonly string[] {
  return [
    `# ${tried}`,
    '# An API server that its provider runs has a list of its own of who may reach it, beside these rules.',
  ];
}

/** A line for each requirement of which no port is known. */
function openPorts(requirements: readonly Requirement[]): readonly string[] {
  return requirements
    .filter((one) => spansOf(one).length === 0)
    .map(({ from, to, what }) => `# No rule from ${from} to ${to} (${what}): the port is not known.`);
}

type Span = readonly [first: number, last: number];

/** Every port where it is pods that are reached; none where the ports are not known. */
function spansOf({ ports, what }: Requirement): readonly Span[] {
  if (what === 'Pods') return [[0, 65_535]];
  return ports.map((port) => [port, port] as const);
}

function spanText([first, last]: Span): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

interface Rule {
  readonly one: Requirement;
  readonly span: Span;
}

/** One rule for each port and pair of clusters: EC2 refuses a second one for another purpose. */
function rulesOf(requirements: readonly Requirement[]): readonly Rule[] {
  const all = requirements.flatMap((one) => spansOf(one).map((span) => ({ one, span })));
  return [...new Map(all.toReversed().map((rule) => [keyOf(rule), rule])).values()].toReversed();
}

function keyOf({ one: { from, to }, span }: Rule): string {
  return `${from} ${to} ${spanText(span)}`;
}

type Side = 'from' | 'to';

type ShellVariable = readonly [prefix: string, side: Side, meaning: (cluster: string) => string];

function sourcesOf(cluster: string): string {
  return `the IPv4 ranges from which connections of ${cluster} come`;
}

function groupMeaning(cluster: string): string {
  return `the security group of the nodes of ${cluster}`;
}

function clustersOf(requirements: readonly Requirement[], side: Side): readonly string[] {
  const ruled = requirements.filter((one) => spansOf(one).length > 0);
  return [...new Set(ruled.map((one) => one[side]))];
}

/** A variable for each cluster of a side; a shell that lacks one says what it is, and goes no further. */
function shellVariables(requirements: readonly Requirement[], variables: readonly ShellVariable[]): readonly string[] {
  return variables.flatMap(([prefix, side, meaning]) =>
    clustersOf(requirements, side).map((cluster) => `: "\${${inShell(prefix, cluster)}:?${meaning(cluster)}}"`),
  );
}

function inShell(prefix: string, cluster: string): string {
  return `${prefix}_OF_${cluster.toUpperCase().replaceAll('-', '_')}`;
}

function gcloudLines(one: Requirement): readonly string[] {
  const allowed = spansOf(one).map((span) => `tcp:${spanText(span)}`);
  if (allowed.length === 0) return [];
  const name = shortName(`isthmus-${one.from}-to-${one.to}-${one.what.toLowerCase()}`);
  const [network, tag] = [inShell('NETWORK', one.to), inShell('TAG', one.to)];
  return [
    `gcloud compute firewall-rules create ${name} --network="$${network}" --direction=INGRESS --allow=${allowed.join(',')} --source-ranges="$${inShell('ADDRESSES', one.from)}" --target-tags="$${tag}"`,
  ];
}

function awsLine({ one, span }: Rule): string {
  const command = `aws ec2 authorize-security-group-ingress --group-id "$${inShell('GROUP', one.to)}" --protocol tcp --port ${spanText(span)} --cidr "$cidr"`;
  return `for cidr in $${inShell('ADDRESSES', one.from)}; do ${command}; done`;
}

function terraformVariables(requirements: readonly Requirement[]): readonly string[] {
  const variable = (name: string, type: string, meaning: string): readonly string[] => [
    `variable "${name}" {`,
    `  type        = ${type}`,
    `  description = "${meaning}"`,
    '}',
  ];
  return [
    ...clustersOf(requirements, 'from').flatMap((one) => variable(addressesOf(one), 'list(string)', sourcesOf(one))),
    ...clustersOf(requirements, 'to').flatMap((one) => variable(groupOf(one), 'string', groupMeaning(one))),
  ];
}

function addressesOf(cluster: string): string {
  return `addresses_of_${cluster.replaceAll('-', '_')}`;
}

function groupOf(cluster: string): string {
  return `group_of_${cluster.replaceAll('-', '_')}`;
}

/** Names of clusters have no "_", so that two pairs never share the name of a resource. */
function terraformLines({ one: { from, to, what }, span: [first, last] }: Rule): readonly string[] {
  return [
    `resource "aws_security_group_rule" "isthmus_${from}_to_${to}_${what.toLowerCase()}_${first}" {`,
    '  type              = "ingress"',
    `  security_group_id = var.${groupOf(to)}`,
    '  protocol          = "tcp"',
    `  from_port         = ${first}`,
    `  to_port           = ${last}`,
    `  cidr_blocks       = var.${addressesOf(from)}`,
    '}',
  ];
}
