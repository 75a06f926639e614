import { stateDirectory } from '@missions/local';
import { Api } from './api/api.ts';
import { resolveEndpoint } from './api/resolve-endpoint.ts';
import { Terminal, type TerminalStreams } from './terminal/terminal.ts';

/** The process a command runs in, as values. */
export interface CliHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly streams: TerminalStreams;
  /** A person can be asked: standard input is a terminal. */
  readonly canAsk: boolean;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Options every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly input?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly profile?: string;
  readonly api?: string;
  readonly state?: string;
}

/** What one command works with. */
export class Session<Options extends object = GlobalOptions> {
  readonly terminal: Terminal;
  private connected: Api | undefined;

  constructor(
    readonly host: CliHost,
    readonly options: Options & GlobalOptions,
  ) {
    const noColor = host.env['NO_COLOR'] !== undefined && host.env['NO_COLOR'] !== '';
    this.terminal = new Terminal(host.streams, {
      json: options.json === true,
      quiet: options.quiet === true,
      color: host.streams.stdout.isTTY === true && options.color !== false && !noColor,
    });
  }

  get signal(): AbortSignal {
    return this.host.signal;
  }

  /** Mission Control; refuses when none is known. */
  get api(): Api {
    const { api, profile, state } = this.options;
    this.connected ??= new Api(resolveEndpoint({ api, profile, state, env: this.host.env }), this.signal);
    return this.connected;
  }

  get stateDir(): string {
    return stateDirectory({ flag: this.options.state, environment: this.host.env });
  }

  /** Questions are asked only where somebody can answer them. */
  get mayAsk(): boolean {
    return this.host.canAsk && this.options.input !== false && this.options.json !== true;
  }
}

/** What a command needs that only talks to the API. */
export type Connection = Pick<Session<object>, 'api' | 'terminal' | 'signal'>;
