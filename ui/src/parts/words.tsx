import { useState } from 'react';
import css from './parts.module.css';

/** A sentence in which what stands in backticks can be copied. */
export function Words({ text }: { readonly text: string }) {
  const parts = text.split('`').map((part, index) => ({ part, isCommand: index % 2 === 1, key: `${index} ${part}` }));
  return <>{parts.map(({ part, isCommand, key }) => (isCommand ? <Command key={key} text={part} /> : part))}</>;
}

function Command({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <span className={css.command}>
      <code>{text}</code>
      <button type="button" onClick={copy} aria-label={`Copy ${text}`}>
        <span role="status">{isCopied ? 'copied' : 'copy'}</span>
      </button>
    </span>
  );
}
