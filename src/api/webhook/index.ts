export { WebhookRefusal } from './refusal.ts';
export type { WebhookRequest } from './scheme.ts';
export { verifyWebhook, type Webhook } from './verify.ts';
