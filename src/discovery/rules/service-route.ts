import { oncePer } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { describeConfig, namespaceOf } from '../values/config-object.ts';
import { fieldsOf, numberOf, objectsOf, textOf } from '../values/fields.ts';
import { parseGoBool, setting } from '../values/mesh-config.ts';
import type { IstiodView, Service, ServicePort } from '../values/model.ts';
import { isHttp, undeclared } from '../values/protocol.ts';

/** Routes of the Gateway API whose parent is a service, and that the model does not follow. */

/** Something that a route names as its parent. */
interface Parent {
  readonly route: KubeObject;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

const parentKinds: ReadonlySet<string> = new Set([
  '/Service',
  'networking.istio.io/ServiceEntry',
  'networking.istio.io/Hostname',
]);

const parentsOf = oncePer((view: IstiodView): readonly Parent[] => {
  if (!(parseGoBool(setting(view.istiod, 'PILOT_ENABLE_GATEWAY_API', '')) ?? true)) return [];
  return view.config.serviceRoutes.flatMap((route) =>
    objectsOf(fieldsOf(route.spec).parentRefs).flatMap((ref) => {
      // Without a kind the parent is a Gateway.
      const kind = `${textOf(ref.group)}/${textOf(ref.kind)}`;
      if (!parentKinds.has(kind)) return [];
      const namespace = textOf(ref.namespace) || namespaceOf(route);
      return { route, kind, namespace, name: textOf(ref.name), port: numberOf(ref.port) };
    }),
  );
});

/**
 * The route of the Gateway API that decides about requests to a port of a service, as `HTTPRoute shop/reviews`: one of
 * the service's namespace counts for all clients, another for those of its own namespace.
 */
export function serviceRouteFor(
  view: IstiodView,
  { namespace }: { readonly namespace: string },
  { service, port }: { readonly service: Service; readonly port: ServicePort },
): string | undefined {
  const found = parentsOf(view).find((parent) => {
    if (!isFor(parent, service) || (parent.port !== undefined && parent.port !== port.port)) return false;
    const own = namespaceOf(parent.route);
    return takes(parent.route.kind, port) && (own === service.namespace || own === namespace);
  });
  return found === undefined ? undefined : describeConfig(found.route);
}

function isFor({ kind, namespace, name }: Parent, service: Service): boolean {
  if (kind === 'networking.istio.io/Hostname') return name === service.host;
  const provider = kind === '/Service' ? 'Kubernetes' : 'External';
  return service.provider === provider && service.name === name && service.namespace === namespace;
}

function takes(kind: string, { protocol }: ServicePort): boolean {
  const isForRequests = kind === 'HTTPRoute' || kind === 'GRPCRoute';
  return protocol === undeclared || isForRequests === isHttp(protocol);
}
