import { useEffect } from 'react';
import type { Topic } from '../../src/dashboard/messages.ts';
import css from './app.module.css';
import { Keys } from './keys.tsx';
import { type Page, pageAt, pages } from './pages.ts';
import { JsonExport } from './parts/export.tsx';
import { Link } from './parts/link.tsx';
import { Age } from './parts/look.tsx';
import partsCss from './parts/parts.module.css';
import { State } from './parts/state.tsx';
import { useAbout } from './state/ask.ts';
import type { Entrance } from './state/entry.ts';
import { type Connection, useFeed, useLook } from './state/feed.ts';
import { useRoute } from './state/route.ts';

export function App({ entrance }: { readonly entrance: Entrance }) {
  return entrance === 'Open' ? <Dashboard /> : <Closed entrance={entrance} />;
}

const reasons = {
  Refused:
    'This link was used already, or the command that printed it has ended. Run isthmus dashboard once more and open its link.',
  Unreachable: 'The command that serves this page does not answer. Run isthmus dashboard once more and open its link.',
} as const satisfies Record<Exclude<Entrance, 'Open'>, string>;

function Closed({ entrance }: { readonly entrance: Exclude<Entrance, 'Open'> }) {
  return (
    <main className={css.main}>
      <h1>Isthmus</h1>
      <p role="alert">{reasons[entrance]}</p>
    </main>
  );
}

/** The state of the mesh is in the header of every page. */
const always = 'MeshStatus' satisfies Topic;

function Dashboard() {
  const route = useRoute();
  const page = pageAt(route.path);
  const connection = useFeed([always, ...page.topics.filter((topic) => topic !== always)]);
  const about = useAbout();
  const name = about?.mesh ?? (about === undefined ? '' : 'a snapshot');
  useEffect(() => {
    document.title = `${page.title} · ${name} · Isthmus`;
  }, [page, name]);
  const { View } = page;
  return (
    <>
      <a className={css.skip} href="#main">
        Skip to the page
      </a>
      <header className={css.header}>
        <span className={css.name}>{name}</span>
        <Summary />
        <nav aria-label="Pages">
          {pages.map(({ path, title }) => (
            <Link key={path} to={path} current={path === page.path}>
              {title}
            </Link>
          ))}
        </nav>
        <Keys />
      </header>
      <Lost connection={connection} />
      <main className={css.main} id="main" tabIndex={-1}>
        <div className={css.title}>
          <h1>{page.title}</h1>
          <PageExport page={page} />
        </div>
        <View query={route.query} />
      </main>
    </>
  );
}

/** The reports of a page as the commands print them. What a question is answered with is a command to copy instead. */
function PageExport({ page: { title, topics } }: { readonly page: Page }) {
  const looks = {
    MeshStatus: useLook('MeshStatus'),
    DoctorReport: useLook('DoctorReport'),
    TrustReport: useLook('TrustReport'),
    ServiceReport: useLook('ServiceReport'),
    ShiftReport: useLook('ShiftReport'),
    DrillStatus: useLook('DrillStatus'),
  };
  if (topics.length === 0) return null;
  const known = topics.flatMap((topic) => {
    const report = looks[topic]?.shown?.report;
    return report === undefined ? [] : [[topic, report] as const];
  });
  return <JsonExport name={title.toLowerCase().replaceAll(' ', '-')} reports={Object.fromEntries(known)} />;
}

const verdicts = { Yes: 'healthy', No: 'not healthy', Unknown: 'not known to be healthy' } as const;

function Summary() {
  const look = useLook(always);
  if (look?.shown === undefined) return null;
  const { verdict } = look.shown.report;
  return (
    <span>
      <State of={verdict}>{verdicts[verdict]}</State> <Age readAt={look.readAt} />
    </span>
  );
}

function Lost({ connection }: { readonly connection: Connection }) {
  if (connection === 'Open' || connection === 'Opening') return null;
  return (
    <p role="alert" className={partsCss.notice}>
      {connection === 'Lost'
        ? 'The command does not answer: what is shown is as old as it says. The page tries again by itself.'
        : 'The command that served this page has ended. Run isthmus dashboard once more and open its link.'}
    </p>
  );
}
