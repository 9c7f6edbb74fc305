import { describe, expect, it } from 'vitest';
import {
  demandedBy,
  expandFlags,
  FLAGS,
  flagMask,
  flagNames,
  OFFERED_FLAGS,
} from '../../../src/otp/flags.ts';

describe('the flags', () => {
  it('have the masks that OTP 25 gives as demanded (erts_internal:get_dflags/0)', () => {
    expect(demandedBy(25)).toBe(0x107_0f94n);
  });

  it('demand V4_NC and UNLINK_ID from OTP 26 on', () => {
    expect(flagNames(demandedBy(26) & ~demandedBy(25))).toEqual(['UNLINK_ID', 'V4_NC']);
    expect(demandedBy(28)).toBe(demandedBy(26));
  });

  it('offer all that any release demands', () => {
    expect(flagNames(demandedBy(28) & ~OFFERED_FLAGS)).toEqual([]);
  });

  it("offer neither to be published, nor an atom cache, fragments, a peer's name or ALTACT_SIG", () => {
    expect(FLAGS.filter((flag) => !flag.isOffered).map(({ name }) => name)).toEqual([
      'PUBLISHED',
      'ATOM_CACHE',
      'HIDDEN_ATOM_CACHE',
      'DIST_HDR_ATOM_CACHE',
      'FRAGMENTS',
      'NAME_ME',
      'ALTACT_SIG',
    ]);
  });

  it('have bit 26 for MANDATORY_25_DIGEST, not the 36 that the guide prints', () => {
    expect(flagMask('MANDATORY_25_DIGEST')).toBe(1n << 26n);
    expect(OFFERED_FLAGS & (1n << 36n)).toBe(0n);
  });

  it('are written out where a peer abbreviates what OTP 25 demands', () => {
    const short = flagMask('MANDATORY_25_DIGEST') | flagMask('SPAWN');
    expect(expandFlags(short)).toBe(short | demandedBy(25));
    expect(expandFlags(flagMask('SPAWN'))).toBe(flagMask('SPAWN'));
  });
});
