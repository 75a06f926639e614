import { DomainError } from '@missions/kernel';

/** One thing that is wrong: where it was said, which setting, what is wrong with it. */
export interface ConfigFault {
  readonly where: string;
  readonly path: string;
  readonly problem: string;
}

/** The configuration cannot be used; every fault is listed, so that one look is enough. */
export class ConfigError extends DomainError {
  constructor(readonly faults: readonly ConfigFault[]) {
    super('CONFIG_INVALID', ['The configuration is not usable:', ...faults.map(line)].join('\n  '), {
      faults,
    });
    this.name = 'ConfigError';
  }
}

function line({ where, path, problem }: ConfigFault): string {
  return path === '' ? `${where}: ${problem}` : `${where}: ${path}: ${problem}`;
}
