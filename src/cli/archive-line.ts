import type { Candidate, Progress } from '../publish/index.ts';
import { symbolsOf } from './output/index.ts';
import { TransferLine } from './progress/index.ts';
import type { Session } from './session.ts';

/** How much of the archive is sent, once something is. */
export class ArchiveLine implements Progress {
  private readonly session: Session;
  private readonly release: { app: string; version: string };
  private candidate: Candidate | null = null;
  private line: TransferLine | null = null;

  constructor(session: Session, release: { app: string; version: string }) {
    this.session = session;
    this.release = release;
  }

  of(candidate: Candidate): void {
    this.candidate = candidate;
  }

  sending(bytesDone: number): void {
    const { app, version } = this.release;
    this.line ??= new TransferLine({
      channel: this.session.output.err,
      symbols: symbolsOf(this.session.env),
      name: `${app}-${version}${this.candidate?.suffix ?? ''}`,
      sizeBytes: this.candidate?.sizeBytes ?? 0,
    });
    this.line.update(bytesDone);
  }

  sent(): void {
    this.line?.done();
    this.line = null;
  }

  say(text: string): void {
    const { write, colors } = this.session.output.err;
    write(`${colors.yellow(symbolsOf(this.session.env).warning)} ${text}\n`);
  }

  stop(): void {
    this.line?.stop();
  }
}
