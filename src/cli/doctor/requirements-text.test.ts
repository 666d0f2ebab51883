import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctorReport } from '../../report/doctor.ts';
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

test('rules open what is needed, say that nobody tried them, and leave out what is not known', () => {
  const gcloud = requirementsText(report, 'gcloud');
  expect(gcloud).toMatch(/^# Not tried in a cloud/);
  expect(gcloud).toContain(
    'gcloud compute firewall-rules create isthmus-west-to-east-gateway --network=NETWORK_OF_EAST --direction=INGRESS --allow=tcp:15443 --source-ranges=ADDRESSES_OF_WEST --target-tags=NODES_OF_EAST\n',
  );
  expect(gcloud).toContain('--allow=tcp:0-65535');
  expect(gcloud).not.toContain('north');
  expect(requirementsText(report, 'aws')).toContain(
    'aws ec2 authorize-security-group-ingress --group-id GROUP_OF_FAR_EAST --protocol tcp --port 0-65535 --cidr ADDRESSES_OF_WEST\n',
  );
});

test('Terraform declares each variable once, and balances its braces', () => {
  const text = requirementsText(report, 'terraform');
  expect(text.match(/^variable "addresses_of_west" \{$/gm)).toHaveLength(1);
  expect(text).toContain('resource "aws_security_group_rule" "isthmus_west_to_east_gateway_15443" {');
  expect(text).toContain('cidr_blocks       = var.addresses_of_west');
  expect(text.match(/\{$/gm)?.length).toBe(text.match(/^\}$/gm)?.length);
});
