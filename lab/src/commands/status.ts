import { recordedLabs } from '../state/store.ts';
import { describeStatus, type LabStatus } from '../status.ts';
import type { Invocation } from './arguments.ts';
import type { CommandContext } from './context.ts';

/** `lab status`: exit code 0 where everything that was started runs, 1 otherwise. */
export function runStatus(invocation: Extract<Invocation, { command: 'status' }>, context: CommandContext): number {
  const labs = (invocation.all ? recordedLabs() : [context.lab]).map(describeStatus);
  if (invocation.json) context.print(JSON.stringify(labs, undefined, 2));
  else for (const lab of labs) for (const line of statusLines(lab)) context.print(line);
  if (labs.length === 0 && !invocation.json) context.print('there is no lab on this machine');
  return labs.every((lab) => lab.state === 'up' && lab.stopped.length === 0) ? 0 : 1;
}

function statusLines(lab: LabStatus): string[] {
  const down = `npx --no lab down --lab ${lab.name}`;
  switch (lab.state) {
    case 'none':
      return [`there is no lab ${lab.name}; npx --no lab up west:us east:eu starts one`];
    case 'stale':
      return [`the lab ${lab.name} is dead, but something of it is left: ${down} removes it`];
    case 'starting':
      return [`the lab ${lab.name} is starting`];
    case 'up':
      return [
        `the lab ${lab.name} is up, kubeconfig ${lab.kubeconfig}`,
        ...lab.clusters.map(
          ({ name, network, server, running }) => `  ${name} (${network}) ${server}: ${running.join(' ')}`,
        ),
        ...lab.stopped.map((part) => `  not running: ${part}`),
        ...lab.links.map((link) => `  ${link}`),
      ];
  }
}
