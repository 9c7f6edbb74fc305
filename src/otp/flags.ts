/**
 * Erlang/OTP documentation, Distribution Protocol, section "Distribution Flags".
 *
 * Bits are those of `erts/emulator/beam/dist.h`, which the documentation follows but for MANDATORY_25_DIGEST: it prints bit
 * 36, where the runtime has a flag for its own use, and a node that is offered that bit instead answers `not_allowed`.
 * What each release demands is DFLAG_DIST_MANDATORY there (OTP 25: `erts_internal:get_dflags/0` says the same; 28 demands
 * what 26 does).
 */
export interface Flag {
  readonly name: string;
  readonly bit: number;
  /** The first OTP release that refuses a peer without it (`not_allowed`); null where none does. */
  readonly demandedSince: number | null;
  readonly isOffered: boolean;
}

export const FLAGS: readonly Flag[] = [
  // Not offered: we are a hidden node, so we are not in nodes(), and nobody connects the rest of a cluster to us.
  flag('PUBLISHED', 0, { isOffered: false }),
  // Not offered: obsolete, and would oblige us to keep a cache of atoms per connection.
  flag('ATOM_CACHE', 1, { isOffered: false }),
  // References of three words, pids and ports of more bits: what every node of today sends.
  flag('EXTENDED_REFERENCES', 2, { demandedSince: 9 }),
  // Monitors of processes, by pid and by name: calls are watched by one, and pings of us use one.
  flag('DIST_MONITOR', 3),
  flag('FUN_TAGS', 4, { demandedSince: 25 }),
  flag('DIST_MONITOR_NAME', 5),
  flag('HIDDEN_ATOM_CACHE', 6, { isOffered: false }),
  // Funs in the present format. They are carried unread, from a node back to it.
  flag('NEW_FUN_TAGS', 7, { demandedSince: 21 }),
  flag('EXTENDED_PIDS_PORTS', 8, { demandedSince: 10 }),
  flag('EXPORT_PTR_TAG', 9, { demandedSince: 25 }),
  flag('BIT_BINARIES', 10, { demandedSince: 25 }),
  flag('NEW_FLOATS', 11, { demandedSince: 25 }),
  // Output of a call reaches its group leader as Unicode.
  flag('UNICODE_IO', 12),
  // Not offered: without it frames are "pass through", self-contained, and take 64 MB and more in one piece.
  flag('DIST_HDR_ATOM_CACHE', 13, { isOffered: false }),
  flag('SMALL_ATOM_TAGS', 14),
  // Bit 15 is the runtime's own (compressed ETS tables).
  flag('UTF8_ATOMS', 16, { demandedSince: 20 }),
  flag('MAP_TAG', 17, { demandedSince: 25 }),
  // Creations of 32 bits, so that identifiers of a node's earlier life are told from those of its present one.
  flag('BIG_CREATION', 18, { demandedSince: 23 }),
  flag('SEND_SENDER', 19),
  flag('BIG_SEQTRACE_LABELS', 20),
  // Bit 21 is the runtime's own (a connection that is being set up).
  // Reasons of exits travel behind the control message, not in it.
  flag('EXIT_PAYLOAD', 22),
  // Not offered: it comes with the distribution header.
  flag('FRAGMENTS', 23, { isOffered: false }),
  // Version 6 of the handshake, the only one spoken here.
  flag('HANDSHAKE_23', 24, { demandedSince: 25 }),
  // Links that are taken back with an acknowledgement.
  flag('UNLINK_ID', 25, { demandedSince: 26 }),
  // Short for all that OTP 25 demands.
  flag('MANDATORY_25_DIGEST', 26),
  // Calls by erpc are spawn requests.
  flag('SPAWN', 32),
  // Not offered: it asks the peer for a node name, and we bring our own.
  flag('NAME_ME', 33, { isOffered: false }),
  // Pids, ports and references of 64 bits and five words.
  flag('V4_NC', 34, { demandedSince: 26 }),
  // Answers to process aliases: gen_server calls from the peer (pings) ask for them.
  flag('ALIAS', 35),
  // Not offered (OTP 28): sends to aliases in another form. A peer falls back on ALIAS until OTP 30 at least.
  flag('ALTACT_SIG', 37, { isOffered: false }),
];

/** What we say we can. */
export const OFFERED_FLAGS = maskOf(FLAGS.filter((one) => one.isOffered));

/** What an OTP release demands of a peer. */
export function demandedBy(otpRelease: number): bigint {
  return maskOf(FLAGS.filter((one) => one.demandedSince !== null && one.demandedSince <= otpRelease));
}

/** The bit of a flag as a mask: `(peer.flags & flagMask('SPAWN')) !== 0n`. */
export function flagMask(name: string): bigint {
  return maskOf(FLAGS.filter((one) => one.name === name));
}

/** The flags of a peer with its abbreviation written out: MANDATORY_25_DIGEST stands for all that OTP 25 demands. */
export function expandFlags(flags: bigint): bigint {
  return flags & flagMask('MANDATORY_25_DIGEST') ? flags | demandedBy(25) : flags;
}

/** Names of the flags in a mask, for a person; unknown bits are left out. */
export function flagNames(flags: bigint): string[] {
  return FLAGS.filter((one) => flags & (1n << BigInt(one.bit))).map((one) => one.name);
}

function flag(
  name: string,
  bit: number,
  details: { demandedSince?: number; isOffered?: boolean } = {},
): Flag {
  return { name, bit, demandedSince: details.demandedSince ?? null, isOffered: details.isOffered ?? true };
}

function maskOf(flags: readonly Flag[]): bigint {
  return flags.reduce((mask, one) => mask | (1n << BigInt(one.bit)), 0n);
}
