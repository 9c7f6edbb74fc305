import { Fragment } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Ansi } from '../../components/index.ts';

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
        <Fragment key={index}>
          <Ansi text={line} />
          {'\n'}
        </Fragment>
      ))}
    </pre>
  );
}
