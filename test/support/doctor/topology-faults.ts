import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, type TestLab } from '../lab.ts';
import { type Fault, kubectl, type Name, newIstiod } from '../truth/fault.ts';
import { kinds } from '../truth/faults.ts';
import { linkCut } from '../truth/gateway-kinds.ts';
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
    return of(topology, fault);
  });
}

function of(topology: string, fault: Fault): Fault {
  return { ...fault, name: `${topology}, ${fault.name}` };
}

async function example(lab: TestLab, name: string, edit: (text: string) => string = (text) => text): Promise<string> {
  return await lab.file('mesh.yaml', edit(readFileSync(join(checkout, 'examples', name, 'mesh.yaml'), 'utf8')));
}

const lan = 'two primaries on one network';

/** A cluster that says it is on a network of its own, to which no gateway leads. */
const ownNetwork: Fault = {
  name: 'east: istio-system labelled with a network of its own, istiod restarted',
  group: 'network names',
  place: 'declared',
  inject: [
    kubectl('east', 'label', 'namespace', 'istio-system', 'topology.istio.io/network=other', '--overwrite'),
    ...newIstiod('east'),
  ],
  heal: [],
  after: newIstiod('east'),
  red: [],
  causes: [{ code: 'network-names', cluster: 'east' }],
};

export const oneNetwork: BrokenTopology = {
  meshFile: (lab) => example(lab, 'one-network', (text) => text.replaceAll('north', 'east')),
  faults: [
    of(lan, ownNetwork),
    ...chosen(lan, [
      ['east', 'remote secret deleted'],
      ['west', 'remote secret without its label'],
      ['east', 'remote secret empty, istiod restarted'],
      ['west', 'token in the remote secret refused'],
      ['west', 'remote secret with an address where nothing answers'],
      ['west', 'rights of the reader deleted in the other cluster, istiod restarted'],
      ['east', 'account of the token deleted in the other cluster, istiod restarted'],
      ['west', 'cacerts of another root, istiod and helloworld-v1 restarted'],
      ['east', 'cacerts deleted, istiod and client restarted'],
      ['east', 'istiod scaled to 0, server replaced'],
      ['west', 'istiod Deployment deleted, server replaced'],
      ['east', 'istiod Service deleted, server replaced'],
      ['west', 'namespace without its injection label, server replaced'],
      ['east', 'injection webhook deleted, server replaced'],
      ['west', 'AuthorizationPolicy of the whole mesh denies everything'],
      ['east', 'AuthorizationPolicy of the namespace denies everything'],
      ['east', 'PeerAuthentication of the whole mesh disables mutual TLS'],
      ['west', 'PeerAuthentication of the namespace disables mutual TLS'],
      ['west', 'Service deleted where it is called'],
      ['east', 'Service whose port has another name'],
      ['west', 'Service that selects nothing'],
      ['west', 'server scaled to 0'],
      ['east', 'VirtualService that routes to a subset that nothing defines'],
      ['east', 'VirtualService that the other cluster has otherwise'],
      ['west', 'remote secret of a cluster that is gone'],
      ['east', 'API server stopped'],
      ['west', 'another trust domain in the settings of istiod'],
    ]),
    of(lan, linkCut),
  ],
};

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
