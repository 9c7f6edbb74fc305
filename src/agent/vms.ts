import type { Vm } from '../api/index.ts';
import type { App } from '../app/index.ts';
import { lookAtVm } from '../otp/index.ts';
import { presentVm } from './present-vm.ts';

/** Looks at the VMs of instances. However many ask at a time, each VM is looked at once. */
export class Vms {
  private readonly looks = new Map<string, Promise<Vm>>();

  /** @throws SlipwayError `instance_unknown`, `usage`, `otp_unreachable`, `otp_cookie`, `otp_call`, `otp_timeout`, `otp_disconnected` */
  async look(app: App, unit: string): Promise<Vm> {
    const instance = `${app.context.id}/${unit}`;
    const look = this.looks.get(instance) ?? this.begin(app, { unit, instance });
    return await look;
  }

  private begin(app: App, { unit, instance }: { unit: string; instance: string }): Promise<Vm> {
    const look = (async () => {
      const connection = await app.connection(unit);
      const vm = await lookAtVm((module, fn, args, options) => connection.rpc(module, fn, args, options));
      return presentVm(vm, { instance, now: app.context.clock.now() });
    })().finally(() => this.looks.delete(instance));
    this.looks.set(instance, look);
    return look;
  }
}
