import { stateWord, toneOf } from '../../wording/index.ts';
import type { Colors } from '../output/index.ts';

/** The word of a state in the colour that it deserves. */
export function stateText(state: string, colors: Colors): string {
  const word = stateWord(state);
  switch (toneOf(state)) {
    case 'good':
      return colors.green(word);
    case 'bad':
      return colors.red(word);
    case 'moving':
      return colors.yellow(word);
    case 'quiet':
      return colors.dim(word);
  }
}
