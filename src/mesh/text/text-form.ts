import type { Position } from '../../base/finding.ts';
import type { Form, Spot } from '../check/form.ts';
import { placeOfKey, placeOfValue, spellingAt } from './locate.ts';
import { lineNumberAt, type Place, positionAt, type SourceText } from './source.ts';
import type { StreamDocument } from './stream.ts';

type Documents = readonly (StreamDocument | undefined)[];

/** The words of mistakes in a file: they name its lines, and what YAML makes of a spelling. */
export function textForm(source: SourceText, documents: Documents): Form {
  return {
    container: 'a file',
    lacks: (kind) => `${source.file} has no ${kind}`,
    whereIs: (spot) => `on line ${lineNumberAt(source, placeOf(spot, documents).start)}`,
    quoteRemedy: ({ document, path }, value, before) => {
      const index = documents[document]?.index;
      const spelling = (index === undefined ? undefined : spellingAt(index, path)) ?? String(value);
      return `YAML reads ${spelling} as a ${typeof value}; put it in quotes: ${before}"${spelling}"`;
    },
  };
}

/** Where in the file a spot stands; what concerns all documents stands at the start. */
export function positionOfSpot(source: SourceText, documents: Documents, spot: Spot | undefined): Position {
  return positionAt(source, spot === undefined ? start : placeOf(spot, documents));
}

const start: Place = { start: 0, end: 0 };

function placeOf({ document, path, aim }: Spot, documents: Documents): Place {
  const read = documents[document];
  if (read === undefined) return start;
  switch (aim) {
    case 'Document':
      return read.place;
    case 'Key':
      return placeOfKey(read.index, path);
    case 'Value':
      return placeOfValue(read.index, path);
  }
}
