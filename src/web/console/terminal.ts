import { FitAddon } from '@xterm/addon-fit';
import { type ITheme, Terminal } from '@xterm/xterm';
import type { TerminalSize } from '../../api/pages/index.ts';

export interface Screen {
  show(output: { screen: string } | { bytes: Uint8Array }): void;
  focus(): void;
  setTheme(isDark: boolean): void;
  setReadOnly(readOnly: boolean): void;
}

interface ScreenOptions {
  place: HTMLElement;
  isDark: boolean;
  onInput: (text: string) => void;
  onResize: (size: TerminalSize) => void;
  /** The reader wants to leave the terminal by keyboard. */
  onLeave: () => void;
}

const SCROLLBACK_LINES = 5000;

/** The terminal. Links of what it shows lead to the web alone, and nothing that it shows reaches the clipboard. */
export function openScreen({ place, isDark, onInput, onResize, onLeave }: ScreenOptions): Screen {
  const terminal = new Terminal({
    fontFamily: getComputedStyle(place).fontFamily,
    fontSize: 13,
    lineHeight: 1.2,
    scrollback: SCROLLBACK_LINES,
    theme: isDark ? DARK : LIGHT,
    cursorBlink: true,
    minimumContrastRatio: 4.5,
    screenReaderMode: false,
    linkHandler: {
      activate(_event, address) {
        if (/^https?:\/\//i.test(address)) window.open(address, '_blank', 'noopener,noreferrer');
      },
      allowNonHttpProtocols: false,
    },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(place);
  terminal.textarea?.setAttribute('aria-label', 'Terminal. F6 leaves it.');
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown') return true;
    if (event.key === 'F6') {
      event.preventDefault();
      onLeave();
      return false;
    }
    // With something selected, it is to be copied; without, the program is to be interrupted.
    if (event.ctrlKey && !event.shiftKey && event.key === 'c' && terminal.hasSelection()) {
      void navigator.clipboard?.writeText(terminal.getSelection());
      terminal.clearSelection();
      event.preventDefault();
      return false;
    }
    return true;
  });
  terminal.onData(onInput);
  terminal.onBinary(onInput);
  const resize = () => {
    fit.fit();
    onResize({ columns: terminal.cols, rows: terminal.rows });
  };
  new ResizeObserver(resize).observe(place);
  resize();
  return {
    show(output) {
      if ('bytes' in output) return terminal.write(output.bytes);
      terminal.reset();
      terminal.write(output.screen);
    },
    focus: () => terminal.focus(),
    setTheme(dark) {
      terminal.options.theme = dark ? DARK : LIGHT;
    },
    setReadOnly(readOnly) {
      terminal.options.disableStdin = readOnly;
      terminal.options.cursorBlink = !readOnly;
    },
  };
}

const DARK: ITheme = {
  background: '#0b0c0f',
  foreground: '#eceef2',
  cursor: '#93aaff',
  selectionBackground: '#34447f',
  black: '#23272e',
  brightBlack: '#6f7786',
  red: '#ff8a85',
  green: '#4ecb8b',
  yellow: '#e6b450',
  blue: '#93aaff',
  magenta: '#e08cf0',
  cyan: '#56c7d8',
};

const LIGHT: ITheme = {
  background: '#ffffff',
  foreground: '#15181e',
  cursor: '#2f54d0',
  selectionBackground: '#cbd8ff',
  black: '#15181e',
  brightBlack: '#565d6b',
  white: '#868d9b',
  brightWhite: '#565d6b',
  red: '#c02a30',
  green: '#137a46',
  yellow: '#8a5a00',
  blue: '#2f54d0',
  magenta: '#9333a8',
  cyan: '#0d7285',
};
