import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DoctorReport, doctorReport } from '../../report/doctor.ts';
import { requirementsText } from './requirements-text.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/doctor.json');
const whole = doctorReport.parse(JSON.parse(readFileSync(file, 'utf8')));
const report = {
  ...whole,
  requirements: [
    ...whole.requirements.slice(0, 2),
    { from: 'west', to: 'far-east', what: 'Pods', ports: [], answers: 'Unknown' } as const,
    { from: 'west', to: 'north', what: 'ApiServer', ports: [], answers: 'No' } as const,
  ],
};

test('a table has what is known of each', () => {
  expect(requirementsText(report, 'table')).toBe(
    [
      'FROM  TO        WHAT               ADDRESS       PORTS  ANSWERS',
      'west  east      API server         203.0.113.2   6443   yes',
      'west  east      east-west gateway  198.51.100.2  15443  ?',
      'west  far-east  pods               pod ranges    all    ?',
      'west  north     API server         ?             ?      NO',
      '',
    ].join('\n'),
  );
});

describe('rules', () => {
  test('have variables of the shell for what no cluster knows, and say what no rule is made of', () => {
    const gcloud = requirementsText(report, 'gcloud');
    expect(gcloud).toMatch(/^# Not tried in a cloud/);
    expect(gcloud).toContain(
      'gcloud compute firewall-rules create isthmus-west-to-east-gateway --network="$NETWORK_OF_EAST" --direction=INGRESS --allow=tcp:15443 --source-ranges="$ADDRESSES_OF_WEST" --target-tags="$TAG_OF_EAST"\n',
    );
    expect(gcloud).toContain(`: "\${TAG_OF_FAR_EAST:?the network tag of the nodes of far-east}"\n`);
    expect(gcloud).toContain('--allow=tcp:0-65535');
    expect(gcloud).toContain('# No rule from west to north (ApiServer): the port is not known.\n');
    expect(gcloud).not.toContain('OF_NORTH');
  });

  test('of gcloud have names that it takes, and each its own', () => {
    const long = 'a'.repeat(40);
    const ends = ['Gateway', 'ApiServer'].map((what) => ({
      from: long,
      to: `${long}b`,
      what,
      ports: [1],
      answers: 'No',
    }));
    const text = requirementsText({ ...report, requirements: ends as DoctorReport['requirements'] }, 'gcloud');
    const names = [...text.matchAll(/create (\S+)/g)].map(([, name]) => name ?? '');
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
  });

  test('of aws are made for each address, and once for a port', () => {
    const [first, ...others] = report.requirements;
    const twice = { ...report, requirements: [first, { ...first, what: 'Gateway' }, ...others] };
    const aws = requirementsText(twice as DoctorReport, 'aws');
    expect(aws).toBe(requirementsText(report, 'aws'));
    expect(aws).toContain(
      'for cidr in $ADDRESSES_OF_WEST; do aws ec2 authorize-security-group-ingress --group-id "$GROUP_OF_FAR_EAST" --protocol tcp --port 0-65535 --cidr "$cidr"; done\n',
    );
  });

  test('of Terraform use the variables that they declare', () => {
    const text = requirementsText(report, 'terraform');
    const all = (pattern: RegExp): readonly (string | undefined)[] =>
      [...text.matchAll(pattern)].map(([, name]) => name);
    const declared = all(/^variable "(\w+)" \{$/gm);
    expect(new Set(all(/= var\.(\w+)$/gm))).toEqual(new Set(declared));
    expect(declared).toHaveLength(new Set(declared).size);
    expect(text).toContain('resource "aws_security_group_rule" "isthmus_west_to_far-east_pods_0" {');
  });
});
