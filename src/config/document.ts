import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Path } from './findings.ts';

/** A YAML document as plain values that know where they were written. */
export interface SourceDocument {
  value: unknown;
  /** Errors of the text itself, with their place. */
  problems: { line: number; column: number; message: string; hint: string | null }[];
  /** Whether the value is what the author wrote, so that checking it further makes sense. */
  sound: boolean;
  /** Where the key or the value at `path` stands; the nearest enclosing value where there is none. */
  locate(path: Path, at: 'key' | 'value'): { line: number; column: number };
  /** The scalar at `path` as it is written (`1.10`, where its value is the number 1.1), or null. */
  writtenAt(path: Path): string | null;
}

interface Tree {
  value: unknown;
  offset: number;
  written: string | null;
  /** Values in it, itself included, aliases followed. */
  size: number;
  /** Levels below it. */
  depth: number;
  children: Map<string | number, { keyOffset: number; tree: Tree }>;
}

const SIZE_MAX = 200_000;
const DEPTH_MAX = 100;
const TOO_DEEP = `nested deeper than ${DEPTH_MAX} levels`;
const ALIAS_HINT = 'put a value that begins with * into quotes';

export function readDocument(text: string): SourceDocument {
  const lineStarts = lineStartsOf(text);
  const problems: SourceDocument['problems'] = [];
  let sound = true;

  // The parser's own search for duplicate keys takes quadratic time.
  const document = parseDocument(text, {
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const told = new Set<number>();
  for (const error of [...document.errors, ...document.warnings]) {
    // What follows the first error at a place is its echo.
    if (told.has(error.pos[0])) continue;
    told.add(error.pos[0]);
    report(
      error.pos[0],
      `not valid YAML: ${YAML_MESSAGES[error.code] ?? error.message}`,
      YAML_HINTS[error.code],
    );
  }
  // What the pieces of a broken text mean says nothing.
  const root = toTree(document.contents, document.errors.length === 0 ? report : () => {});

  function report(offset: number, message: string, hint?: string, meaningKept = false) {
    sound &&= meaningKept;
    problems.push({ ...position(offset), message, hint: hint ?? null });
  }

  function position(offset: number): { line: number; column: number } {
    // The end of the file is after its last line: point at the last thing that is written.
    const within = offset < text.length ? offset : Math.max(0, text.trimEnd().length - 1);
    const line = countUpTo(lineStarts, within);
    return { line, column: within - (lineStarts[line - 1] ?? 0) + 1 };
  }

  function find(path: Path): { tree: Tree; keyOffset: number; complete: boolean } {
    let found = { keyOffset: root.offset, tree: root };
    for (const step of path) {
      const child = found.tree.children.get(step);
      if (!child) return { ...found, complete: false };
      found = child;
    }
    return { ...found, complete: true };
  }

  return {
    value: root.value,
    problems,
    sound,
    locate(path, at) {
      const found = find(path);
      return position(found.complete && at === 'key' ? found.keyOffset : found.tree.offset);
    },
    writtenAt(path) {
      const found = find(path);
      return found.complete ? found.tree.written : null;
    },
  };
}

/** The parser's own count misses lines after some errors. */
function lineStartsOf(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
}

/** How many of the ascending numbers are `most` or less. */
function countUpTo(ascending: number[], most: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Report = (offset: number, message: string, hint?: string, meaningKept?: boolean) => void;

function toTree(contents: ParsedNode | null, report: Report): Tree {
  const anchors = new Map<string, Tree>();
  return visit(contents, 0, 0);

  function visit(node: ParsedNode | null, keyOffset: number, depth: number): Tree {
    if (!node) return treeOf(null, keyOffset);
    const offset = node.range[0];
    if (depth > DEPTH_MAX) return refuse(offset, TOO_DEEP);
    if (isAlias(node)) return resolve(node.source, offset, depth);
    const tree = isMap(node) ? mapping(node, depth) : isSeq(node) ? list(node, depth) : scalar(node);
    if (node.anchor) anchors.set(node.anchor, tree);
    return tree;
  }

  function resolve(anchor: string, offset: number, depth: number): Tree {
    const tree = anchors.get(anchor);
    if (!tree) return refuse(offset, 'no anchor of this name stands before this alias', ALIAS_HINT);
    if (tree.size > SIZE_MAX) return refuse(offset, `the aliases stand for more than ${SIZE_MAX} values`);
    return depth + tree.depth > DEPTH_MAX ? refuse(offset, TOO_DEEP) : tree;
  }

  function refuse(offset: number, message: string, hint?: string): Tree {
    report(offset, message, hint);
    return treeOf(null, offset);
  }

  function mapping(node: YAMLMap.Parsed, depth: number): Tree {
    const tree = treeOf({}, node.range[0]);
    const merged: Tree[] = [];
    for (const { key, value } of node.items) {
      const keyOffset = key.range[0];
      const child = visit(value, keyOffset, depth + 1);
      if (isScalar(key) && key.source === '<<' && key.type === 'PLAIN') merged.push(...mergedBy(child));
      else if (!isScalar(key) || key.value === '__proto__') report(keyOffset, 'this cannot be a key');
      else {
        const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
        if (tree.children.has(name))
          report(keyOffset, `the key "${name}" stands here twice`, undefined, true);
        put(tree, name, { keyOffset, tree: child });
      }
    }
    for (const { children } of merged)
      for (const [name, child] of children) if (!tree.children.has(name)) put(tree, name, child);
    return tree;
  }

  /** `<<: *anchor` and `<<: [*one, *other]`; what is written beside it goes before. */
  function mergedBy(tree: Tree): Tree[] {
    const trees = Array.isArray(tree.value) ? [...tree.children.values()].map((item) => item.tree) : [tree];
    for (const { value, offset } of trees)
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        report(offset, '<< takes a mapping, or a list of mappings');
    return trees;
  }

  function list(node: YAMLSeq.Parsed, depth: number): Tree {
    const tree = treeOf([], node.range[0]);
    for (const [index, item] of node.items.entries()) {
      const child = visit(item, tree.offset, depth + 1);
      put(tree, index, { keyOffset: child.offset, tree: child });
    }
    return tree;
  }

  function scalar(node: Scalar.Parsed): Tree {
    return { ...treeOf(node.value, node.range[0]), written: node.source };
  }
}

function treeOf(value: unknown, offset: number): Tree {
  return { value, offset, written: null, size: 1, depth: 0, children: new Map() };
}

function put(parent: Tree, step: string | number, child: { keyOffset: number; tree: Tree }) {
  parent.children.set(step, child);
  parent.size += child.tree.size;
  parent.depth = Math.max(parent.depth, child.tree.depth + 1);
  (parent.value as Record<string | number, unknown>)[step] = child.tree.value;
}

/** These replace the parser's words where those quote the file: it may be a secret that they quote. */
const YAML_MESSAGES: Partial<Record<string, string>> = {
  BAD_DIRECTIVE: 'unknown directive',
  BAD_DQ_ESCAPE: 'unknown escape sequence',
  TAB_AS_INDENT: 'a tab indents this line',
  TAG_RESOLVE_FAILED: 'unknown tag',
  UNEXPECTED_TOKEN: 'this cannot stand here',
  MULTIPLE_DOCS: 'a second document begins here',
  RESOURCE_EXHAUSTION: 'nested too deeply',
};

const YAML_HINTS: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'take the line --- away',
  BAD_SCALAR_START: 'put the value into quotes',
  BAD_DQ_ESCAPE: 'use single quotes to have a backslash as it is',
  BLOCK_AS_IMPLICIT_KEY: 'put a value that holds ": " into quotes',
  TAG_RESOLVE_FAILED: 'put a value that begins with ! into quotes',
  UNEXPECTED_TOKEN: 'put a value with special characters into quotes',
};
