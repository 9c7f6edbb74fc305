import { oc } from '@orpc/contract';
import * as z from 'zod';
import { routes } from './routes.ts';
import { done } from './shapes.ts';
import * as shapes from './shapes-console.ts';

export const consoleContract = {
  consoles: oc
    .route({ ...routes.consoles, summary: 'Consoles that pages have open, newest first', tags: ['consoles'] })
    .output(z.array(shapes.console)),
  endConsole: oc
    .route({ ...routes.endConsole, summary: 'Ends a console and what was started in it', tags: ['consoles'] })
    .input(z.object({ console: z.string().regex(/^[A-Za-z0-9-]{8,64}$/) }))
    .output(done),
};
