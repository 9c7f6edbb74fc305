/** A webhook that is not accepted: 401 where its sender did not prove to know the secret, 400 where it makes no sense. */
export class WebhookRefusal extends Error {
  readonly status: 400 | 401;

  constructor(status: 400 | 401, message: string) {
    super(message);
    this.name = 'WebhookRefusal';
    this.status = status;
  }
}
