import { computed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Icon, useModal } from '../../components/index.ts';
import { useModel } from '../../context/index.ts';
import { createPalette, type PaletteEntry } from '../../models/index.ts';
import { entriesOf } from './entries.ts';
import { createFinder } from './find.ts';

/** One field that leads everywhere: a combobox, whose choice a screen reader follows. */
export function Palette({ onClose }: { onClose: () => void }) {
  const modal = useModal(onClose);
  const model = useModel((slipway) =>
    createPalette(
      computed(() => entriesOf(slipway)),
      createFinder(),
    ),
  );
  const found = model.found.value;
  const at = model.at.value;
  useEffect(() => {
    document.getElementById(`palette-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at, found]);
  const take = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return;
    onClose();
    // When it is closed, and the focus is back: what is run may move it.
    setTimeout(() => entry.run());
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      model.move(by);
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      take(found[at]);
    }
  };
  return (
    <dialog {...modal} class="dialog palette" aria-label="Go to">
      <div class="palette-field">
        <Icon name="search" size={18} />
        <input
          type="text"
          role="combobox"
          aria-label="Go to"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-autocomplete="list"
          aria-activedescendant={found.length === 0 ? undefined : `palette-${at}`}
          placeholder="An app, a page, something to do"
          autocomplete="off"
          spellcheck={false}
          value={model.typed.value}
          onInput={(event) => model.type(event.currentTarget.value)}
          onKeyDown={press}
        />
        <kbd>esc</kbd>
      </div>
      <ul id="palette-list" role="listbox" aria-label="Found" class="palette-list">
        {found.map((entry, index) => (
          <li
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => take(entry)}
          >
            <span class="cut">{entry.text}</span>
            <span class="muted small">{entry.kind}</span>
            {entry.keys !== undefined && <kbd>{entry.keys}</kbd>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="palette-none muted">Nothing is called that.</p>}
      <span class="off-screen" role="status">
        {found.length === 0 ? 'Nothing found' : `${found.length} found`}
      </span>
    </dialog>
  );
}
