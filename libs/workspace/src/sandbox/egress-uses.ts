import type { EgressDecision, EgressUse } from '../sandbox-egress.ts';

/** A program that tries every port of every host must not fill the log. */
const differentUses = 32;

/** Decisions since they were last taken, repeats counted, so that they fit into the record of a tool's call. */
export class EgressUses {
  private readonly uses = new Map<string, EgressUse>();

  add({ host, port, allowed, reason }: EgressDecision): void {
    const known = this.uses.size < differentUses || this.uses.has(keyOf({ host, port, reason }));
    const use = known ? { host: host.slice(0, 253), port, reason } : { host: '(others)', port: 0, reason };
    const key = keyOf(use);
    this.uses.set(key, { ...use, allowed, count: (this.uses.get(key)?.count ?? 0) + 1 });
  }

  take(): readonly EgressUse[] {
    const taken = [...this.uses.values()];
    this.uses.clear();
    return taken;
  }
}

function keyOf({ host, port, reason }: Pick<EgressUse, 'host' | 'port' | 'reason'>): string {
  return `${reason} ${String(port)} ${host}`;
}
