import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import { parseJson } from '../base/parse-json.ts';

/** What `istioctl proxy-status` reads (istioctl/pkg/proxystatus): every proxy that is connected to one istiod. */
export const synczPath = '/debug/syncz';

/** A proxy that takes its configuration from an istiod. */
export interface ConnectedProxy {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** As it states itself, e.g. `1.31.0`. */
  readonly version: string | undefined;
}

// pilot/pkg/xds/debug.go, SyncStatus; the id is `NAME.NAMESPACE` (pkg/model/proxy.go).
const syncz = z.array(
  z.looseObject({ cluster_id: z.string().default(''), proxy: z.string(), istio_version: z.string().optional() }),
);

/** The answer of `/debug/syncz`. */
export function parseSyncz(answer: string): readonly ConnectedProxy[] {
  const parsed = syncz.safeParse(parseJson(answer));
  if (!parsed.success) {
    throw new IsthmusError(
      'unexpected-response',
      `the answer of istiod ${synczPath} has a form that this version of Isthmus does not know`,
      { remedy: 'check that the Istio version is one that Isthmus supports', cause: parsed.error },
    );
  }
  return parsed.data.map(({ cluster_id: cluster, proxy, istio_version: version }) => {
    const dot = proxy.lastIndexOf('.');
    return { cluster, namespace: proxy.slice(dot + 1), name: proxy.slice(0, Math.max(dot, 0)), version };
  });
}
