import fs from 'node:fs';
import path from 'node:path';

/** A fenced block of a page. */
export interface Block {
  /** Path from the root of the repository. */
  page: string;
  /** Of its first line within the fence, from 1. */
  line: number;
  /** What stands behind the opening fence: `sh`, `yaml`; empty where nothing does. */
  language: string;
  /** Its lines, without the indentation of the fence. */
  text: string;
  /** The file that it is, where its first line is a comment that is a path. */
  file: string | null;
}

const FENCE = /^( *)```(.*)$/;
/** `# /etc/slipway/slipway.yaml`, `// server.js`, `; php-fpm.conf`, `-- x`, `%% rebar.config` */
const FILE = /^(?:#|\/\/|;|--|%%?) ([\w./-]*[\w-]\.[\w.-]+|[\w./-]+\/[\w.-]+|Dockerfile)$/;

/** All fenced blocks of a page, in order. */
export function blocksOf(root: string, page: string): Block[] {
  const lines = fs.readFileSync(path.join(root, page), 'utf8').split('\n');
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, indent, language] = FENCE.exec(lines[index] ?? '') ?? [];
    if (indent === undefined || language === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, index + 1);
    if (end === -1) throw new Error(`${page}:${index + 1}: the block has no end`);
    const text = lines.slice(index + 1, end).map((line) => line.slice(indent.length));
    const file = FILE.exec(text[0] ?? '')?.[1] ?? null;
    blocks.push({ page, line: index + 2, language, text: `${text.join('\n')}\n`, file });
    index = end;
  }
  return blocks;
}

/** Blocks that are made by indentation alone, which have no language; each as `<page>:<line>`. */
export function indentedBlocks(root: string, page: string): string[] {
  const lines = fs.readFileSync(path.join(root, page), 'utf8').split('\n');
  let isFenced = false;
  return lines.flatMap((line, index) => {
    if (FENCE.test(line)) isFenced = !isFenced;
    const isBlock = !isFenced && /^ {4}/.test(line) && lines[index - 1] === '';
    return isBlock && !FENCE.test(line) ? [`${page}:${index + 1}`] : [];
  });
}
