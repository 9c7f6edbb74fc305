import type { Block } from './blocks.ts';

/** Which check a block gets. Each has one; a block of no class fails the test. */
export type BlockClass =
  /** Commands: run, one after the other, on a host that is made ready; the output that is shown is compared. */
  | 'commands'
  /** The commands of a page that is run by a test of its own, which reads them from the page. */
  | 'commands elsewhere'
  /** Programs of this checkout that take minutes or do not end: they are there, and can be run. */
  | 'checkout'
  /** Our configuration, whole or a few keys of it: `slipway config check` takes it. */
  | 'configuration'
  /** A file that the commands of its page use, compile or are: it is written where they run. */
  | 'file'
  /** A pipeline of a CI service: it is YAML, and our own verbs in it are understood. */
  | 'pipeline'
  | 'json'
  | 'nginx'
  | 'caddy'
  | 'apache'
  /** A unit of systemd: `systemd-analyze verify`. */
  | 'unit'
  /** Settings of php-fpm: its own check. */
  | 'php-fpm'
  /** A term of Erlang, an expression of Elixir: their own parsers. */
  | 'erlang'
  | 'elixir'
  /** A part of the scripts of a release, which a shell reads. */
  | 'release script'
  /** Arguments of a VM: one is started with them. */
  | 'vm.args'
  /** Layouts, diagrams: no command stands in them. */
  | 'text';

/** Pages whose commands need another world, and the test that runs them there. */
export const ELSEWHERE: Record<string, string> = {
  'README.md': 'test/integration/install/install.test.ts',
  'docs/install.md': 'test/integration/install/install.test.ts',
  'docs/moving-from-deployex.md': 'test/integration/import/moving-guide.test.ts',
  'docs/publishing.md': 'test/integration/cli/publishing-guide.test.ts',
};

const BY_LANGUAGE: Record<string, BlockClass> = {
  json: 'json',
  nginx: 'nginx',
  caddy: 'caddy',
  apache: 'apache',
  text: 'text',
};

/** Null where the block is of no class. */
export function classOf(block: Block): BlockClass | null {
  const { language, text, file } = block;
  switch (language) {
    case 'sh':
    case 'console':
      if (file !== null) return file.startsWith('rel/') ? 'release script' : 'file';
      if (isOfCheckout(text)) return 'checkout';
      return isElsewhere(block) ? 'commands elsewhere' : 'commands';
    case 'yaml':
      if (file === null || file.endsWith('/slipway.yaml')) return 'configuration';
      return /(workflows\/|gitlab-ci)/.test(file) ? 'pipeline' : 'file';
    case 'ini':
      return /^\[(Unit|Service)\]/m.test(text) ? 'unit' : file?.includes('php') ? 'php-fpm' : null;
    case 'text':
      return file === null ? 'text' : file === 'rel/vm.args.eex' ? 'vm.args' : 'file';
    case 'erlang':
    case 'elixir':
      return file === null ? language : 'file';
    default:
      return file !== null && !(language in BY_LANGUAGE) ? 'file' : (BY_LANGUAGE[language] ?? null);
  }
}

/** Of the first page only what installs needs another world. */
function isElsewhere({ page, text }: Block): boolean {
  if (page === 'README.md') return /install\.sh/.test(text);
  return page in ELSEWHERE;
}

function isOfCheckout(text: string): boolean {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.every((line) => /^(script|demo|bin)\//.test(line));
}
