import { afterEach, describe, expect, test } from 'vitest';
import { stopLab } from '../../lab/src/lab.ts';
import { inNamespace } from '../../lab/src/network/namespaces.ts';
import { run } from '../../lab/src/process/run.ts';
import { listResidue } from '../../lab/src/residue.ts';
import { namespaceName } from '../../lab/src/state/paths.ts';
import { endedWith } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { checkout, startTestLab } from '../support/lab.ts';
import { type ProgramResult, type RunningProgram, runProgram, startProgram } from '../support/program.ts';

const name = 'e2e-lab';
const program = ['lab/src/main.ts', '--lab', name] as const;
const options = { cwd: checkout, timeoutMs: 120_000 };

function lab(...args: readonly string[]): Promise<ProgramResult> {
  return runProgram(process.execPath, [...program, ...args], options);
}

function startUp(): RunningProgram {
  return startProgram(process.execPath, [...program, 'up', 'one:n1', 'two:n2'], options);
}

afterEach(async () => {
  await stopLab(name);
});

describe('a lab', () => {
  test.each([/networks and keys are made/, /API server ready/])(
    'interrupted after "%s" leaves nothing',
    async (moment) => {
      const up = startUp();
      await up.said(moment);
      up.kill('SIGINT');
      endedWith(130, await up.result);
      expect(listResidue(name)).toEqual([]);
    },
  );

  test('whose start was killed is reported as stale, and down removes it', async () => {
    const up = startUp();
    await up.said(/API server ready/);
    up.kill('SIGKILL');
    await up.result;
    expect(listResidue(name)).not.toEqual([]);
    expect((await lab('status')).stdout).toMatch(
      /is dead, but something of it is left: npx --no lab down --lab e2e-lab removes it/,
    );
    endedWith(0, await lab('down'));
    expect(listResidue(name)).toEqual([]);
  });

  test('keeps the hardware address of the gateway of its pods, whatever pods come', async () => {
    await using site = await startTestLab({ name, clusters: [{ name: 'one', network: 'n1' }], controlPlaneOnly: true });
    const inCluster = async (command: string): Promise<string> => {
      const [file, ...args] = inNamespace(namespaceName(site.lab.name, 'one'), command.split(' '));
      return await run(file, args);
    };
    const address = (): Promise<string> => inCluster('ip -oneline -brief link show br0');
    const before = await address();
    expect(before).toContain('02:00:00:00:00:01');
    await inCluster('ip link add lowest address 02:00:00:00:00:00 type veth peer name other');
    await inCluster('ip link set lowest master br0 up');
    expect(await address()).toBe(before);
  });

  test('gives a Service an address, or only a name where it asks for one, and refuses what it does not know', async () => {
    await using site = await startTestLab({ name, clusters: [{ name: 'one', network: 'n1' }] });
    const create = (service: string): Promise<string> =>
      site.kubectl('one', 'create', 'service', 'loadbalancer', service, '--tcp=80:8080');
    await create('by-address');
    await create('by-name');
    await site.kubectl('one', 'annotate', 'service', 'by-name', 'isthmus.dev/lab-hostname=true');
    const given = async (service: string): Promise<string> =>
      await site.kubectl('one', 'get', 'service', service, '-o', 'jsonpath={.status.loadBalancer.ingress}');
    await eventually(async () => (/"ip":"198\.19\./.test(await given('by-address')) ? undefined : 'no address'), {
      timeoutMs: 20_000,
    });
    await eventually(
      async () =>
        /"hostname":"by-name-default\.one\./.test(await given('by-name')) ? undefined : await given('by-name'),
      { timeoutMs: 20_000 },
    );
    expect(endedWith(2, await lab('stop', 'one', 'kublet')).stderr).toMatch(/kubelet/);
    expect(endedWith(2, await lab('cut', 'one', 'three')).stderr).toMatch(/one/);
  });
});
