import type { Signal } from '@preact/signals';
import { Section } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';

/** How the pages look in this browser. */
export function PreferencesSection() {
  const { preferences } = useSlipway();
  return (
    <Section title="In this browser">
      <div class="panel padded settings">
        <Choice
          label="Colours"
          value={preferences.theme}
          choices={[
            ['system', 'As the system'],
            ['light', 'Light'],
            ['dark', 'Dark'],
          ]}
        />
        <Choice
          label="Zone"
          value={preferences.zone}
          choices={[
            ['local', 'My zone'],
            ['utc', 'UTC'],
          ]}
        />
        <Choice
          label="Moments"
          value={preferences.times}
          choices={[
            ['relative', 'How long ago'],
            ['exact', 'Exactly'],
          ]}
        />
        <Choice
          label="Single keys"
          value={preferences.keys}
          choices={[
            ['on', 'On'],
            ['off', 'Off'],
          ]}
        />
      </div>
    </Section>
  );
}

function Choice<T extends string>(props: {
  label: string;
  value: Signal<T>;
  choices: readonly [T, string][];
}) {
  return (
    <div class="setting">
      <span id={`choice-${props.label}`}>{props.label}</span>
      <div class="choices" role="group" aria-labelledby={`choice-${props.label}`}>
        {props.choices.map(([value, text]) => (
          <button
            key={value}
            type="button"
            aria-pressed={props.value.value === value}
            onClick={() => {
              props.value.value = value;
            }}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}
