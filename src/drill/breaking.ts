import { IsthmusError } from '../base/error.ts';
import { type JsonObject, valueAt } from '../base/json.ts';
import { eastWestGateway, istioNamespace } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { describeRef, type KubeObject, refOf } from '../objects/object.ts';
import type { UndoFault } from '../undo/undo-record.ts';
import type { Fault, ServiceName } from './fault.ts';

/** A part of an object that no workload has: a Service that asks for it too has no endpoint. */
const brokenLabel = 'isthmus.dev/drill';

/**
 * What a drill changes in a cluster, and what brings it back. A gateway and an istiod go by the scale of their Deployments, endpoints
 * by the selector of their Service: each is one field of one object. Throws `drill-refused` where there is nothing to break.
 */
export async function faultsOf(
  client: KubeClient,
  fault: Fault,
  { service, signal }: { readonly service: ServiceName; readonly signal: AbortSignal },
): Promise<readonly UndoFault[]> {
  switch (fault.kind) {
    case 'gateway': {
      const name = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: istioNamespace, name: eastWestGateway };
      const found = await client.get(name, { signal });
      if (found === undefined) throw refusedDrill(`${client.cluster} has no east-west gateway`, 'break something else');
      return [scaledDown(found)];
    }
    case 'istiod': {
      const where = { namespace: istioNamespace, labelSelector: 'app=istiod', signal };
      const found = await client.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, where);
      if (found.length === 0) throw refusedDrill(`${client.cluster} has no istiod of its own`, 'break something else');
      return found.map(scaledDown);
    }
    case 'endpoints': {
      const ref = { apiVersion: 'v1', kind: 'Service', ...service };
      const found = await client.get(ref, { signal });
      if (found === undefined) {
        throw refusedDrill(`${client.cluster} has no ${describeRef(ref)}`, 'name a service that is there');
      }
      return [deselected(found)];
    }
  }
}

export function refusedDrill(message: string, remedy: string): IsthmusError {
  return new IsthmusError('drill-refused', `${message}; nothing was broken`, { remedy });
}

export function scaledDown(deployment: KubeObject): UndoFault {
  const replicas = valueAt(deployment, ['spec', 'replicas']);
  if (typeof replicas === 'number' && replicas > 0) return faultOn(deployment, { replicas: 0 }, { replicas });
  throw refusedDrill(`${describeRef(refOf(deployment))} has no replica`, 'start it first');
}

export function deselected(service: KubeObject): UndoFault {
  const selector = valueAt(service, ['spec', 'selector']) as JsonObject | undefined;
  if (selector === undefined || Object.keys(selector).length === 0 || brokenLabel in selector) {
    throw refusedDrill(`${describeRef(refOf(service))} selects no pods`, 'name a service with a selector');
  }
  return faultOn(service, { selector: { [brokenLabel]: 'broken' } }, { selector: { [brokenLabel]: null } });
}

function faultOn(object: KubeObject, set: JsonObject, restore: JsonObject): UndoFault {
  const { apiVersion, kind, namespace = '', name } = refOf(object);
  return { ref: { apiVersion, kind, namespace, name }, set: { spec: set }, restore: { spec: restore } };
}
