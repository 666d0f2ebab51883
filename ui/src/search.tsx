import { type KeyboardEvent, useId, useState } from 'react';
import css from './keys.module.css';
import { Modal } from './keys.tsx';
import { pages } from './pages.ts';
import { useAbout } from './state/ask.ts';
import { useFeed, useLook } from './state/feed.ts';
import { addressOf, go } from './state/route.ts';

interface Place {
  readonly name: string;
  readonly address: string;
}

const most = 12;

/** Finds a cluster, service, finding or page by a part of its name. */
export function Search({ close }: { readonly close: () => void }) {
  useFeed(['DoctorReport', 'ServiceReport']);
  const places = usePlaces();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const words = text.toLowerCase().split(' ');
  const found = places.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))).slice(0, most);
  const open = (place: Place | undefined): void => {
    if (place === undefined) return;
    close();
    go(place.address);
  };
  const press = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (event.key === 'Enter') open(found[at]);
    else if (step !== undefined) setAt(Math.min(Math.max(at + step, 0), found.length - 1));
    else return;
    event.preventDefault();
  };
  return (
    <Modal title="Search" close={close}>
      <input
        role="combobox"
        aria-label="Search"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found.length === 0 ? undefined : `${id}-${at}`}
        autoComplete="off"
        value={text}
        onKeyDown={press}
        onChange={({ target }) => {
          setText(target.value);
          setAt(0);
        }}
      />
      <div role="listbox" id={id} aria-label="Results" className={css.list}>
        {found.map((place, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the focus stays in the field, whose keys choose
          <div
            key={place.address}
            role="option"
            id={`${id}-${index}`}
            aria-selected={index === at}
            onClick={() => open(place)}
          >
            {place.name}
          </div>
        ))}
      </div>
      <p role="status">{found.length === 0 ? 'nothing of that name' : `${found.length} found`}</p>
    </Modal>
  );
}

function usePlaces(): readonly Place[] {
  const clusters = useAbout()?.clusters ?? [];
  const services = useLook('ServiceReport')?.shown?.report.services ?? [];
  const findings = useLook('DoctorReport')?.shown?.report.findings ?? [];
  return [
    ...pages.map(({ title, path }) => ({ name: `page ${title}`, address: path })),
    ...clusters.map((cluster) => ({ name: `cluster ${cluster}`, address: addressOf('/', { cluster }) })),
    ...services.map(({ host }) => ({ name: `service ${host}`, address: addressOf('/services', { service: host }) })),
    ...findings.map(({ code, cluster, message }, index) => ({
      name: `finding ${code}: ${cluster === undefined ? '' : `${cluster}: `}${message}`,
      address: addressOf('/doctor', { code, cluster, n: String(index) }),
    })),
  ];
}
