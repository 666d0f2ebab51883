import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import css from './keys.module.css';
import { pages } from './pages.ts';
import { Table } from './parts/table.tsx';
import { Search } from './search.tsx';
import { go } from './state/route.ts';

type Dialog = 'Search' | 'Help' | undefined;

/** The keys of the whole page, with a button for each thing that they do. */
export function Keys() {
  const [dialog, setDialog] = useState<Dialog>();
  const isAfterG = useRef(false);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const pressed = isOfAnother(event) ? undefined : meaningOf(event.key, isAfterG.current);
      isAfterG.current = event.key === 'g';
      if (pressed === undefined) return;
      event.preventDefault();
      // At once: the next key may be the first letter of what is searched.
      if (pressed.path === undefined) flushSync(() => setDialog(pressed.dialog));
      else go(pressed.path);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  const close = (): void => setDialog(undefined);
  return (
    <span className={css.buttons}>
      <button type="button" onClick={() => setDialog('Search')}>
        Search (/)
      </button>
      <button type="button" onClick={() => setDialog('Help')}>
        Keys (?)
      </button>
      {dialog === 'Search' ? <Search close={close} /> : null}
      {dialog === 'Help' ? <Help close={close} /> : null}
    </span>
  );
}

const dialogs: Readonly<Record<string, Dialog>> = { '/': 'Search', '?': 'Help' };

interface Meaning {
  readonly path?: string;
  readonly dialog?: Dialog;
}

function meaningOf(key: string, isAfterG: boolean): Meaning | undefined {
  const page = isAfterG ? pages.find((one) => one.key === key) : undefined;
  if (page !== undefined) return { path: page.path };
  const dialog = dialogs[key];
  return dialog === undefined ? undefined : { dialog };
}

/** Fields in which letters mean nothing. */
const wordless: ReadonlySet<string> = new Set(['checkbox', 'range']);

/** A key of the browser, or of a text that is written. */
function isOfAnother({ ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return true;
  if (target instanceof HTMLInputElement && wordless.has(target.type)) return false;
  return target instanceof HTMLElement && ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName);
}

function Help({ close }: { readonly close: () => void }) {
  const rows = [
    ...pages.map(({ key, title }) => ({ key, cells: [`g ${key}`, `${title}: go to this page`] })),
    { key: '/', cells: ['/', 'Search clusters, services, findings and pages'] },
    { key: '?', cells: ['?', 'These keys'] },
    { key: 'Escape', cells: ['Escape', 'Close what is open'] },
  ];
  return (
    <Modal title="Keys" close={close}>
      <Table caption="Keys" columns={['key', 'what it does']} rows={rows} empty="" />
    </Modal>
  );
}

interface ModalProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: React.ReactNode;
}

/** A dialog of the browser, which keeps the focus inside and gives it back. */
export function Modal({ title, close, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} className={css.dialog} aria-label={title} onClose={close}>
      <h2>{title}</h2>
      {children}
      <button type="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
