import { describe, expect, test } from 'vitest';
import { type MeshService, meshService } from '../../../api/mesh-service.ts';
import type { JoinFacts, ServiceFact } from '../../facts/join.ts';
import { checkServices } from './services.ts';

const cart: ServiceFact = {
  namespace: 'shop',
  name: 'cart',
  form: 'ClusterIP',
  ports: [{ number: 80, name: 'http', protocol: 'TCP', appProtocol: undefined }],
  selector: { app: 'cart' },
  images: ['registry/cart'],
};

function cluster(name: string, services: readonly ServiceFact[]): JoinFacts {
  return {
    readAt: '2026-11-21T00:00:00.000Z',
    cluster: name,
    network: 'eu',
    services,
    podRanges: [],
    kubernetes: 'v1.36.0',
    istio: [],
    foreignIstio: [],
    networkLabels: [],
    remotes: [],
  };
}

function check(here: ServiceFact, there: ServiceFact, declared: readonly MeshService[] = []): string[] {
  return checkServices(cluster('apac', [here]), [cluster('west', [there])], declared).map(
    ({ code, severity, message }) => `${severity} ${code}: ${message}`,
  );
}

function local(spec: object, name = 'cart'): MeshService {
  return meshService.parse({
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshService',
    metadata: { name, namespace: 'shop' },
    spec: { scope: 'Cluster', ...spec },
  });
}

describe('Services of one name', () => {
  test('that are alike, or in one cluster alone, are no finding', () => {
    expect(check(cart, cart)).toEqual([]);
    expect(check(cart, { ...cart, name: 'other' })).toEqual([]);
    expect(check(cart, { ...cart, namespace: 'other' })).toEqual([]);
  });

  test('are compared by their names as they are, whatever a cluster calls them', () => {
    const strange = { ...cart, name: '(c+)+art' };
    const other = { ...strange, form: 'Headless' } as const;
    const declared = [local({ host: `${'c'.repeat(200)}.shop` })];
    expect(check(strange, other, declared)).toHaveLength(1);
    for (const host of ['cart.shop', 'cart.shop.svc', 'cart.shop.svc.cluster.local', '*.shop', '*']) {
      expect(check(cart, { ...cart, form: 'Headless' }, [local({ host })]), host).toEqual([]);
    }
    expect(check(cart, { ...cart, form: 'Headless' }, [local({ host: 'cart.shop.svcx' })])).toHaveLength(1);
  });

  test('whose port names differ lose endpoints without a word', () => {
    const web = { ...cart, ports: [{ number: 80, name: 'web', protocol: 'TCP', appProtocol: undefined }] };
    expect(check(web, cart)).toEqual([
      'error join-port-differs: Service shop/cart: port 80 is called "web" in apac and "http" in west',
    ]);
  });

  test('whose ports speak other protocols', () => {
    const grpc = { ...cart, ports: [{ number: 80, name: 'http', protocol: 'TCP', appProtocol: 'grpc' }] };
    expect(check(grpc, cart)).toEqual([
      'error join-port-differs: Service shop/cart: port 80 speaks grpc in apac and no stated protocol in west',
    ]);
  });

  test('of which one has a port more', () => {
    const [http] = cart.ports;
    const more = { number: 9090, name: 'metrics', protocol: 'TCP', appProtocol: undefined };
    const wider = { ...cart, ports: http === undefined ? [more] : [http, more] };
    expect(check(cart, wider)).toEqual(['warning join-port-differs: Service shop/cart: port 9090 exists in west only']);
    expect(check(wider, cart)).toEqual(['warning join-port-differs: Service shop/cart: port 9090 exists in apac only']);
  });

  test('without a common port are not the same service', () => {
    const database = { ...cart, ports: [{ number: 5432, name: 'tcp', protocol: 'TCP', appProtocol: undefined }] };
    expect(check(database, cart)).toEqual([
      'error join-service-differs: Service shop/cart has no port in common with the one in west (5432 here, 80 there): they are not the same service',
    ]);
  });

  test('of which one is headless or an external name', () => {
    expect(check({ ...cart, form: 'Headless' }, cart)).toEqual([
      'error join-service-differs: Service shop/cart is headless, but a Service with an address in west',
    ]);
  });

  test('with other images may be versions; with other selectors besides they are other services', () => {
    const billing = { ...cart, images: ['registry/billing'] };
    const others = { ...billing, selector: { app: 'billing' } };
    expect(check(billing, cart)).toEqual([
      'warning join-service-differs: Service shop/cart runs registry/billing, but registry/cart in west',
    ]);
    expect(check(others, cart)).toEqual([
      'error join-service-differs: Service shop/cart runs registry/billing, but registry/cart in west, and selects other pods: they are not the same service',
    ]);
    expect(check({ ...cart, selector: { app: 'cart', track: 'new' } }, cart)).toEqual([
      'warning join-service-differs: Service shop/cart selects app=cart,track=new, but app=cart in west',
    ]);
  });

  test('that the mesh keeps in their clusters are never joined', () => {
    const web = { ...cart, form: 'Headless' as const };
    for (const service of [local({}), local({ host: '*.shop' }, 'all'), local({ host: '*' }, 'all')]) {
      expect(check(web, cart, [service])).toEqual([]);
    }
    expect(check(web, cart, [local({}, 'cartel')])).toHaveLength(1);
  });
});
