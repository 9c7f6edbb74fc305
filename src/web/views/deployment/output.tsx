import Anser from 'anser';
import { useEffect, useRef } from 'preact/hooks';

/** What a step has said, in the colours that it chose. Text alone: nothing of it becomes an element. */
export function Output({ lines, follows = false }: { lines: readonly string[]; follows?: boolean }) {
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    // It follows what comes, unless the reader has scrolled up.
    if (follows && atEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follows]);
  const scrolled = () => {
    const { current } = box;
    if (current !== null) atEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < 8;
  };
  return (
    <pre ref={box} class="output" tabIndex={0} aria-label="Output" onScroll={scrolled}>
      {lines.map((line, index) => (
        <Line key={index} text={line} />
      ))}
    </pre>
  );
}

function Line({ text }: { text: string }) {
  if (!text.includes('\u001b'))
    return (
      <>
        {text}
        {'\n'}
      </>
    );
  return (
    <>
      {Anser.ansiToJson(text, { use_classes: true, remove_empty: true }).map((part, index) => (
        <span key={index} class={classOf(part.fg, part.decorations)}>
          {withoutControls(part.content)}
        </span>
      ))}
      {'\n'}
    </>
  );
}

function classOf(color: string | null, decorations: readonly string[]): string {
  return [...(color === null ? [] : [color]), ...decorations.map((each) => `ansi-${each}`)].join(' ');
}

/** What is no colour moves a cursor, names a window: of no use here. */
function withoutControls(text: string): string {
  return text.replace(
    /\u001b\[[\d;?]*[A-Za-z]|\u001b\][^\u0007\u001b]{0,2000}(\u0007|\u001b\\)?|[\u0000-\u0008\u000b-\u001f\u007f]/g,
    '',
  );
}
