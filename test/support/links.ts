import fs from 'node:fs';
import path from 'node:path';

/** The pages that people read, by their paths from the root. */
export function pagesOf(root: string): string[] {
  const docs = fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', 'bench/README.md', ...docs.map((name) => `docs/${name}`)];
}

/** Relative links of pages that lead to no file, or to no heading of a page; each as `<page>: <target>`. */
export function brokenLinks(root: string, pages: string[]): string[] {
  const anchorsOf = (page: string) => anchors(fs.readFileSync(path.join(root, page), 'utf8'));
  return pages.flatMap((page) => {
    const text = prose(fs.readFileSync(path.join(root, page), 'utf8'));
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const isBroken = (target: string) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? page : path.join(path.dirname(page), file);
      if (!fs.existsSync(path.join(root, to))) return true;
      return anchor !== undefined && !anchorsOf(to).includes(anchor);
    };
    return targets.filter(isBroken).map((target) => `${page}: ${target}`);
  });
}

/** As GitHub makes them of headings: the second of two equal ones ends in -1. */
function anchors(page: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(page, { keepsCode: true }).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) => {
    const anchor = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** Without blocks of code, and without code between words. */
function prose(page: string, { keepsCode = false } = {}): string {
  const text = page.replace(/^( *)```[^]*?^\1```$/gm, '');
  return keepsCode ? text : text.replace(/`[^`\n]+`/g, '');
}
