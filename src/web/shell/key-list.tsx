import { Dialog } from '../components/index.ts';
import { useSlipway } from '../context/index.ts';

/** What the keys do here. */
export function KeyList({ onClose }: { onClose: () => void }) {
  const { keys, preferences } = useSlipway();
  const isOn = preferences.keys.value === 'on';
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div class="dialog-body">
        <dl class="keys">
          <div>
            <dt>Go to, or do</dt>
            <dd>
              <kbd>⌘ K</kbd> <kbd>Ctrl K</kbd>
            </dd>
          </div>
          {isOn &&
            keys.shortcuts.value.map(({ keys: key, text }) => (
              <div key={`${key} ${text}`}>
                <dt>{text}</dt>
                <dd>
                  {key.split(' ').map((each) => (
                    <kbd key={each}>{each}</kbd>
                  ))}
                </dd>
              </div>
            ))}
        </dl>
        <label class="check">
          <input
            type="checkbox"
            checked={isOn}
            onChange={(event) => {
              preferences.keys.value = event.currentTarget.checked ? 'on' : 'off';
            }}
          />
          <span>Single keys do something</span>
        </label>
      </div>
    </Dialog>
  );
}
