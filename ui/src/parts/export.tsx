import { download } from '../state/download.ts';

interface ExportProps {
  /** Of the file, without its ending. */
  readonly name: string;
  /** The reports that the view shows, by their kinds, as the commands print them. */
  readonly reports: Readonly<Record<string, unknown>>;
}

/** What a view shows as a file. */
export function JsonExport({ name, reports }: ExportProps) {
  const save = (): void => download(`${name}.json`, 'application/json', `${JSON.stringify(reports, null, 2)}\n`);
  return (
    <button type="button" onClick={save} disabled={Object.keys(reports).length === 0}>
      Save JSON
    </button>
  );
}
