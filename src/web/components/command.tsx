import { useState } from 'preact/hooks';
import { commandAndNote } from '../../wording/index.ts';
import { copyText } from '../browser/index.ts';
import { useSlipway } from '../context/index.ts';
import { Icon, type IconName } from './icon.tsx';
import { sentence } from './sentence.ts';

/** The command line that does the same, to be copied; what stands behind it in parentheses is to be read, and not typed. */
export function Command({ text, title }: { text: string; title?: string }) {
  const { command, note } = commandAndNote(text);
  return (
    <div>
      {title !== undefined && <div class="command-title">{title}</div>}
      <div class="command">
        <code>{command}</code>
        <Copy text={command} what="the command" />
      </div>
      {note !== null && <p class="command-note muted small">{sentence(note)}</p>}
    </div>
  );
}

export function Copy({ text, what, icon = 'copy' }: { text: string; what: string; icon?: IconName }) {
  const { toasts } = useSlipway();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const done = await copyText(text);
    if (!done) return toasts.say('The browser does not let pages copy here', { tone: 'bad' });
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button
      type="button"
      class="copy"
      onClick={() => void copy()}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
    >
      <Icon name={copied ? 'check' : icon} />
      <span class="off-screen" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  );
}
