import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requirementsText } from '../../src/cli/doctor/requirements-text.ts';
import { doctorReport, type Requirement } from '../../src/report/doctor.ts';
import { goProgram, pythonPackages } from '../support/cached-tools.ts';
import { createCli, endedWith, jsonOf } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { checkout } from '../support/lab.ts';
import { type ProgramResult, type RunningProgram, runProgram, startProgram } from '../support/program.ts';

/** The rules that a doctor prints: HashiCorp's parser reads those for Terraform, and the aws CLI runs those for EC2. */

const recorded = join(checkout, 'test/fixtures/doctor/two-networks');
const limits = { timeoutMs: 300_000 };

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'isthmus-requirements-'));
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

/** What the command prints of a recorded mesh of two networks. */
async function printed(...words: readonly string[]): Promise<ProgramResult> {
  const cli = createCli({ cwd: work, env: process.env });
  return endedWith(0, await cli.run(['doctor', '--snapshot', recorded, ...words]));
}

const ends = (from: string, to: string) => ({ from, to, answers: 'Unknown' }) as const;

/** Every kind of requirement, names with hyphens, two purposes of one port, and a port that is not known. */
const everyKind: readonly Requirement[] = [
  { ...ends('west', 'far-east'), what: 'ApiServer', address: '198.51.100.2', ports: [443] },
  { ...ends('west', 'far-east'), what: 'Gateway', address: '198.51.100.3', ports: [443] },
  { ...ends('far-east', 'west'), what: 'Istiod', address: '198.51.100.4', ports: [15012, 15017] },
  { ...ends('south', 'west'), what: 'Pods', ports: [] },
  { ...ends('west', 'south'), what: 'ApiServer', ports: [] },
];

async function rulesOf(requirements: readonly Requirement[], form: 'aws' | 'terraform'): Promise<string> {
  const report = doctorReport.parse(jsonOf(await printed('-o', 'json')));
  return requirementsText({ ...report, requirements }, form);
}

describe('for Terraform', () => {
  let hclfmt: string;
  beforeAll(async () => {
    hclfmt = await goProgram('hclfmt', 'github.com/hashicorp/hcl/v2/cmd/hclfmt');
  });

  /** As HashiCorp's formatter writes it; undefined where it does not parse. */
  async function formatted(text: string): Promise<string | undefined> {
    const file = join(work, 'rules.tf');
    await writeFile(file, text);
    const { code, stdout } = await runProgram(hclfmt, ['-check', file], limits);
    return code === 0 ? stdout : undefined;
  }

  test('they parse, and are formatted as Terraform formats them', async () => {
    const { stdout } = await printed('--requirements', 'terraform');
    expect(stdout.match(/^resource /gm)).toHaveLength(4);
    expect(await formatted(stdout)).toBe(stdout);
    const all = await rulesOf(everyKind, 'terraform');
    expect(all.match(/^resource /gm)).toHaveLength(4);
    expect(await formatted(all)).toBe(all);
  });

  test.each([
    ['an open block', (text: string) => text.replace(/\}\n$/, '')],
    ['a name without its quotation mark', (text: string) => text.replace('"group_of_east"', '"group_of_east')],
    ['a range without a value', (text: string) => text.replace(/= var\.addresses_of_west$/m, '=')],
  ])('%s does not parse', async (_, broken) => {
    const { stdout } = await printed('--requirements', 'terraform');
    expect(broken(stdout)).not.toBe(stdout);
    expect(await formatted(broken(stdout))).toBeUndefined();
  });
});

describe('for EC2', () => {
  let environment: NodeJS.ProcessEnv;
  let moto: RunningProgram | undefined;

  beforeAll(async () => {
    const packages = await pythonPackages('moto');
    const port = await freePort();
    environment = {
      HOME: work,
      PATH: [join(packages, 'bin'), process.env.PATH].join(delimiter),
      PYTHONPATH: packages,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      AWS_DEFAULT_REGION: 'eu-west-1',
    };
    moto = startProgram('moto_server', ['-p', `${port}`], { env: environment, timeoutMs: 840_000 });
    await moto.said(/Running on/);
  });
  afterAll(async () => {
    moto?.kill('SIGKILL');
    await moto?.result;
  });

  async function aws(...words: readonly string[]): Promise<ProgramResult> {
    return endedWith(0, await runProgram('aws', ['ec2', ...words, '--output=json'], { ...limits, env: environment }));
  }

  /** A new security group for each cluster. */
  async function groupsOf(clusters: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const made = clusters.map(async (cluster) => {
      const name = `${cluster}-${randomUUID()}`;
      const group = jsonOf<Group>(await aws('create-security-group', '--group-name', name, '--description', cluster));
      return [cluster, group.GroupId] as const;
    });
    return new Map(await Promise.all(made));
  }

  /** What connections of each cluster may come from. */
  async function allowed(groups: ReadonlyMap<string, string>): Promise<readonly string[]> {
    const filter = `Name=group-id,Values=${[...groups.values()].join(',')}`;
    const { SecurityGroupRules } = jsonOf<Rules>(await aws('describe-security-group-rules', '--filters', filter));
    return SecurityGroupRules.filter(({ IsEgress }) => !IsEgress).map(
      ({ GroupId, IpProtocol, FromPort, ToPort, CidrIpv4 }) =>
        `${GroupId} ${IpProtocol} ${FromPort}-${ToPort} ${CidrIpv4}`,
    );
  }

  /** The same of the table, each once. */
  function asked(requirements: readonly Requirement[], { groups, addresses }: Place): readonly string[] {
    const rules = requirements.flatMap(({ from, to, what, ports }) =>
      (what === 'Pods' ? ['0-65535'] : ports.map((port) => `${port}-${port}`)).flatMap((span) =>
        (addresses[from] ?? []).map((cidr) => `${groups.get(to)} tcp ${span} ${cidr}`),
      ),
    );
    return [...new Set(rules)];
  }

  /** Runs the text as it is printed, with what its user puts into the variables. */
  async function runAsPrinted(text: string, { groups, addresses }: Place): Promise<ProgramResult> {
    const variables = Object.fromEntries([
      ...[...groups].map(([cluster, group]) => [inShell('GROUP', cluster), group]),
      ...Object.entries(addresses).map(([cluster, ranges]) => [inShell('ADDRESSES', cluster), ranges.join(' ')]),
    ]);
    return await runProgram('sh', [], { ...limits, input: text, env: { ...environment, ...variables } });
  }

  test('they open what the table of a recorded mesh asks for, and nothing else', async () => {
    const { requirements } = doctorReport.parse(jsonOf(await printed('-o', 'json')));
    expect(requirements).toHaveLength(4);
    const place = {
      groups: await groupsOf(['west', 'east']),
      addresses: { west: ['192.0.2.0/24', '198.51.100.7/32'], east: ['203.0.113.0/24'] },
    };
    const { stdout } = await printed('--requirements', 'aws');
    endedWith(0, await runAsPrinted(stdout, place));
    expect((await allowed(place.groups)).toSorted()).toEqual(asked(requirements, place).toSorted());
  });

  test('they open what every kind of requirement asks for, and nothing else', async () => {
    const place = {
      groups: await groupsOf(['west', 'south', 'far-east']),
      addresses: { west: ['192.0.2.0/24'], south: ['198.51.100.0/24'], 'far-east': ['203.0.113.0/24'] },
    };
    endedWith(0, await runAsPrinted(await rulesOf(everyKind, 'aws'), place));
    const found = await allowed(place.groups);
    expect(found.toSorted()).toEqual(asked(everyKind, place).toSorted());
    expect(found).toHaveLength(4);
  });

  test('without a variable they open nothing, and say what it is', async () => {
    const place = { groups: await groupsOf(['west', 'east']), addresses: { west: ['192.0.2.0/24'] } };
    const { code, stderr } = await runAsPrinted((await printed('--requirements', 'aws')).stdout, place);
    expect(code).not.toBe(0);
    expect(stderr).toContain('ADDRESSES_OF_EAST: the IPv4 ranges from which connections of east come');
    expect(await allowed(place.groups)).toEqual([]);
  });
});

interface Group {
  readonly GroupId: string;
}

interface Rules {
  readonly SecurityGroupRules: readonly {
    readonly GroupId: string;
    readonly IsEgress: boolean;
    readonly IpProtocol: string;
    readonly FromPort: number;
    readonly ToPort: number;
    readonly CidrIpv4?: string;
  }[];
}

interface Place {
  readonly groups: ReadonlyMap<string, string>;
  /** Of each cluster, the ranges from which its connections come. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
}

function inShell(prefix: string, cluster: string): string {
  return `${prefix}_OF_${cluster.toUpperCase().replaceAll('-', '_')}`;
}
