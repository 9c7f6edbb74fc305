import { describe, expect, it } from 'vitest';
import { LocalNode } from '../../../src/otp/node.ts';
import { equals, Pid, Reference } from '../../../src/otp/term/index.ts';

describe('our own node', () => {
  it('never gives out a pid or a reference twice, not even as another node of the same name', () => {
    const nodes = [new LocalNode('ours@host'), new LocalNode('ours@host')] as const;
    const pids = new Set<string>();
    const references = new Set<string>();
    for (let i = 0; i < 70_000; i++) {
      const node = nodes[i % 2 === 0 ? 0 : 1];
      const { id, serial } = node.newPid();
      expect(id).toBeLessThan(2 ** 15);
      pids.add(`${id}.${serial}`);
      references.add(node.newReference().ids.join('.'));
    }
    expect(pids.size).toBe(70_000);
    expect(references.size).toBe(70_000);
  });

  it('has a creation of its own in every process, beyond those of old nodes', () => {
    const node = new LocalNode('ours@host');
    expect(node.creation).toBeGreaterThan(3);
    expect(node.creation).toBeLessThan(2 ** 32);
    expect(node.newPid().creation).toBe(node.creation);
    expect(new LocalNode('other@host').creation).toBe(node.creation);
  });

  it('knows its pids and references by different keys, and those of others by none', () => {
    const node = new LocalNode('ours@host');
    const [pid, other] = [node.newPid(), node.newPid()];
    expect(node.keyOfPid(new Pid(pid.node, pid.id, pid.serial, pid.creation))).toBe(node.keyOfPid(pid));
    expect(node.keyOfPid(other)).not.toBe(node.keyOfPid(pid));
    expect(node.keyOfPid(new Pid(pid.node, pid.id, pid.serial, pid.creation - 1))).toBeNull();
    expect(new LocalNode('theirs@host').keyOfPid(pid)).toBeNull();

    const reference = node.newReference();
    const copy = new Reference(reference.node, reference.creation, [...reference.ids]);
    expect(equals(copy, reference)).toBe(true);
    expect(node.keyOfReference(copy)).toBe(node.keyOfReference(reference));
    expect(node.keyOfReference(new Reference(reference.node, 1, reference.ids))).toBeNull();
  });
});
