import Anser from 'anser';

/** A stretch of text of one look; no class where it has none. */
interface Stretch {
  text: string;
  class: string;
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const LOOKS = ['bold', 'dim', 'italic', 'underline'];
/** Of what a line holds beside colours, nothing is shown: titles, links, movements of the cursor. */
const OTHERS =
  /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-9;?]*[ -/]*[@-ln-~]|\x1b[@-Z\\^_]|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g;
/** A line of a megabyte is cut by who shows it; it is not parsed as a whole. */
const LONGEST = 20_000;

/** Text of an app with its colours, as text nodes: whatever is in it, it is never read as HTML. */
export function Ansi({ text }: { text: string }) {
  if (!text.includes('\x1b')) return <>{plain(text)}</>;
  return (
    <>
      {stretchesOf(text).map((stretch, index) =>
        stretch.class === '' ? (
          stretch.text
        ) : (
          <span key={index} class={stretch.class}>
            {stretch.text}
          </span>
        ),
      )}
    </>
  );
}

export function stretchesOf(text: string): Stretch[] {
  const parsed = Anser.ansiToJson(plain(text), { use_classes: true, remove_empty: true });
  return parsed.map(({ content, fg, decorations }) => ({
    text: content,
    class: [colourOf(fg), ...decorations.filter((each) => LOOKS.includes(each)).map((each) => `ansi-${each}`)]
      .filter((each) => each !== '')
      .join(' '),
  }));
}

function plain(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return shown.replace(OTHERS, '');
}

/** Anser's `ansi-red` and `ansi-bright-red`, or `ansi-palette-9` of 256; what has no name has no colour. */
function colourOf(given: string | null): string {
  const number = /^ansi-palette-(\d+)$/.exec(given ?? '')?.[1];
  if (number !== undefined && Number(number) < 16)
    return `ansi-${Number(number) > 7 ? 'bright-' : ''}${NAMES[Number(number) % 8]}`;
  return given !== null && /^ansi-(bright-)?[a-z]+$/.test(given) && given !== 'ansi-truecolor' ? given : '';
}
