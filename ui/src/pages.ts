import type { ComponentType } from 'react';
import type { Topic } from '../../src/dashboard/messages.ts';
import { DoctorPage } from './pages/doctor.tsx';
import { LivePage } from './pages/live.tsx';
import { MeshPage } from './pages/mesh.tsx';
import { PlanPage } from './pages/plan.tsx';
import { ServicesPage } from './pages/services.tsx';
import { TimePage } from './pages/time.tsx';
import { TrustPage } from './pages/trust.tsx';
import { WhatIfPage } from './pages/whatif.tsx';

export interface Page {
  readonly path: string;
  readonly title: string;
  /** Behind `g`. */
  readonly key: string;
  readonly topics: readonly Topic[];
  readonly View: ComponentType<{ readonly query: URLSearchParams }>;
}

const mesh: Page = { path: '/', title: 'Mesh', key: 'm', topics: ['MeshStatus', 'DoctorReport'], View: MeshPage };

export const pages: readonly Page[] = [
  mesh,
  { path: '/trust', title: 'Trust', key: 't', topics: ['TrustReport'], View: TrustPage },
  { path: '/doctor', title: 'Doctor', key: 'd', topics: ['DoctorReport'], View: DoctorPage },
  { path: '/services', title: 'Services', key: 's', topics: ['ServiceReport'], View: ServicesPage },
  { path: '/whatif', title: 'What if', key: 'w', topics: ['MeshStatus', 'ServiceReport'], View: WhatIfPage },
  { path: '/plan', title: 'Plan', key: 'p', topics: [], View: PlanPage },
  { path: '/live', title: 'Live', key: 'l', topics: ['ShiftReport', 'DrillStatus'], View: LivePage },
  { path: '/time', title: 'Time', key: 'i', topics: [], View: TimePage },
];

export function pageAt(path: string): Page {
  return pages.find((one) => one.path === path) ?? mesh;
}
