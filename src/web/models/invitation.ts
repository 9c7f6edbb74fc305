import { type ReadonlySignal, signal } from '@preact/signals';
import type { Invitation, Me } from '../../api/pages/index.ts';
import { asProblem, type Client, type Problem } from '../client/index.ts';
import { type Action, createAction } from './action.ts';

/** What somebody was invited to, and the way in by it. It is looked at by POST, so that no scanner of links spends it. */
export interface InvitationModel {
  invitation: ReadonlySignal<Invitation | null>;
  problem: ReadonlySignal<Problem | null>;
  accept: Action<{ user: string; password: string }>;
  start(): () => void;
}

export function createInvitation(
  { client }: { client: Pick<Client, 'lookAtInvitation' | 'acceptInvitation'> },
  token: string,
  onDone: (me: Me) => void,
): InvitationModel {
  const invitation = signal<Invitation | null>(null);
  const problem = signal<Problem | null>(null);
  return {
    invitation,
    problem,
    accept: createAction(async (given) => {
      const { me } = await client.acceptInvitation({ token, ...given });
      if (me !== null) onDone(me);
    }),
    start() {
      client.lookAtInvitation({ token }).then(
        (answer) => {
          invitation.value = answer;
        },
        (error: unknown) => {
          problem.value = asProblem(error);
        },
      );
      return () => {};
    },
  };
}
