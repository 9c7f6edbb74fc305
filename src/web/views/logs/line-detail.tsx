import { useEffect, useRef } from 'preact/hooks';
import { Copy, ExactTime, Icon } from '../../components/index.ts';
import { type ShownLine, withoutColours } from '../../models/logs/index.ts';
import type { LogsAddress } from './query.ts';

/** One line, whole, and what can be done with it. */
export function LineDetail(props: { row: ShownLine; address: LogsAddress; onClose: () => void }) {
  const { row, address, onClose } = props;
  const place = useRef<HTMLElement>(null);
  // On a narrow screen it is below what is seen.
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), [row]);
  const { at, exact, instance, stream, text } = row;
  const app = address.app ?? '@agent';
  const unit = address.instance ?? instance?.slice(instance.indexOf('/') + 1) ?? '';
  const link = linkTo(row, { app, unit: address.app === null ? '' : unit });
  return (
    <section ref={place} class="panel log-detail" aria-label="Line">
      <div class="log-detail-head">
        <span class="muted">
          {instance ?? 'agent'} {stream}
          {at !== null && (
            <>
              {' · '}
              {!exact && 'at the latest '}
              <ExactTime at={new Date(at).toISOString()} />
            </>
          )}
        </span>
        <span class="buttons">
          <Copy text={withoutColours(text)} what="the line" />
          {link !== null && <Copy text={`${location.origin}${link}`} what="a link to the line" icon="link" />}
          {link !== null && (
            <a class="button small" href={link}>
              In context
            </a>
          )}
          {at !== null && address.app !== null && (
            <a class="button small" href={`/timeline?at=${at}&app=${encodeURIComponent(app)}`}>
              Timeline
            </a>
          )}
          <button type="button" class="button plain icon small" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </span>
      </div>
      <pre class="output">{withoutColours(text)}</pre>
    </section>
  );
}

function linkTo({ at, id, kind }: ShownLine, { app, unit }: { app: string; unit: string }): string | null {
  if (id === null || kind !== 'line') return null;
  const query = new URLSearchParams({
    ...{ app, ...(unit !== '' && { instance: unit }), line: id },
    ...(at !== null && { at: String(at) }),
  });
  return `/logs?${query}`;
}
