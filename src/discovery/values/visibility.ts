import { compareTexts } from './fields.ts';
import { defaultExportToOf } from './mesh-config.ts';
import type { IstiodView, Service } from './model.ts';

/** Where a service is visible: what it declares, else the mesh's default. */
export function exportToOf(view: IstiodView, service: Service): ReadonlySet<string> {
  const declared = service.exportTo;
  return declared !== undefined && declared.size > 0 ? declared : new Set(defaultExportToOf(view.istiod));
}

/** push_context.go, IsServiceVisible. */
export function isVisible(view: IstiodView, service: Service, namespace: string): boolean {
  const exportTo = exportToOf(view, service);
  if (exportTo.has('*')) return true;
  if (exportTo.has('~')) return false;
  return exportTo.has(namespace) || (exportTo.has('.') && service.namespace === namespace);
}

/** The order in which istiod lists services: age, then name, then namespace. */
export function compareServices(a: Service, b: Service): number {
  return (
    compareTexts(a.creationTime, b.creationTime) ||
    compareTexts(a.name, b.name) ||
    compareTexts(a.namespace, b.namespace)
  );
}

/** The services of a host that a namespace may see: those exported to it by name first, each kind by age. */
export function visibleServices(view: IstiodView, host: string, namespace: string): readonly Service[] {
  const services = view.listed.get(host) ?? [];
  const toAll: Service[] = [];
  const byName: Service[] = [];
  for (const service of services) {
    if (isVisible(view, service, namespace)) (exportToOf(view, service).has('*') ? toAll : byName).push(service);
  }
  return [...byName, ...toAll];
}
