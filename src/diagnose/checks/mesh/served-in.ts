import { objectsAt, valueAt } from '../../../base/json.ts';
import { type MemberObjects, objectsOfKind } from '../../facts/mesh-objects.ts';

const serviceNameLabel = 'kubernetes.io/service-name';

export interface ServiceName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Whether a Service has an endpoint in this cluster that is ready. */
export function isServedIn(member: MemberObjects, { namespace, name }: ServiceName): boolean {
  return objectsOfKind(member, 'discovery.k8s.io', 'EndpointSlice').some(
    (slice) =>
      slice.metadata.namespace === namespace &&
      slice.metadata.labels?.[serviceNameLabel] === name &&
      objectsAt(slice, ['endpoints']).some((endpoint) => valueAt(endpoint, ['conditions', 'ready']) !== false),
  );
}
