import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, type TestLab } from '../lab.ts';
import type { Fault, Name } from '../truth/fault.ts';
import { kinds } from '../truth/faults.ts';
import { quietKinds } from './quiet-faults.ts';

/** Another topology than two primaries on two networks, with what is put into it; its clusters are west and east. */
export interface BrokenTopology {
  readonly faults: readonly Fault[];
  meshFile(lab: TestLab): Promise<string>;
}

/** Faults of the kinds with these names, each in that cluster, as the table names them. */
function chosen(topology: string, names: readonly (readonly [at: Name, what: string])[]): readonly Fault[] {
  return names.map(([at, what]) => {
    const all = [...kinds, ...quietKinds].map((kind) => kind(at, at === 'west' ? 'east' : 'west'));
    const fault = all.find(({ name }) => name === `${at}: ${what}`);
    if (fault === undefined) throw new Error(`there is no kind of fault "${what}"`);
    return { ...fault, name: `${topology}, ${fault.name}` };
  });
}

async function example(lab: TestLab, name: string): Promise<string> {
  return await lab.file('mesh.yaml', readFileSync(join(checkout, 'examples', name, 'mesh.yaml'), 'utf8'));
}

const remote = 'a primary and its remote';

export const primaryRemote: BrokenTopology = {
  meshFile: (lab) => example(lab, 'primary-remote'),
  faults: chosen(remote, [
    ['west', 'remote secret deleted'],
    ['west', 'remote secret without its label'],
    ['west', 'token in the remote secret refused'],
    ['west', 'remote secret with an address where nothing answers'],
    ['west', 'rights of the reader deleted in the other cluster, istiod restarted'],
    ['west', 'gateway scaled to 0'],
    ['west', 'gateway Deployment deleted'],
    ['west', 'gateway Service deleted'],
    ['west', 'Gateway object deleted'],
    ['west', 'Gateway object exposes other hosts'],
    ['east', 'gateway scaled to 0'],
    ['east', 'gateway Deployment deleted'],
    ['east', 'gateway Service deleted'],
    ['east', 'gateway Service selects nothing, gateway restarted'],
    ['east', 'gateway Service labelled with another network'],
    ['east', 'gateway Service without its network'],
    ['east', 'gateway asks for the endpoints of another network'],
    ['west', 'istiod scaled to 0, server replaced'],
    ['west', 'istiod Deployment deleted, server replaced'],
    ['east', 'namespace without its injection label, server replaced'],
    ['east', 'injection webhook deleted, server replaced'],
    ['west', 'AuthorizationPolicy of the whole mesh denies everything'],
    ['west', 'VirtualService that routes to a subset that nothing defines'],
    ['west', 'Service deleted where it is called'],
    ['east', 'Service that selects nothing'],
    ['east', 'Service whose port has another name'],
    ['east', 'server scaled to 0'],
    ['west', 'DestinationRule with failover and no outlier detection'],
    ['east', 'API server stopped'],
  ]),
};
