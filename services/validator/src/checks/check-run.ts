import type { CheckRecord } from '@missions/mission';
import { inRoom } from '../proof/clean-room.ts';
import type { ProofParts, ProofSite } from '../proof/proof-site.ts';

/** A command of the project in a clean room of its own, as the supervisor saw it end. */
export interface CheckRun {
  readonly check: CheckRecord;
  /** Undefined when it was killed. */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** Redacted; what the record keeps is its end. */
  readonly output: string;
}

export interface CheckPlace {
  /** Of the record. */
  readonly name: string;
  readonly command: string;
  readonly timeoutMs: number;
  /** Called over the fresh checkout, before anything runs. */
  readonly prepare?: (checkout: string) => Promise<void>;
}

const outputKept = 4_000;

export async function runCheck(parts: ProofParts, site: ProofSite, place: CheckPlace): Promise<CheckRun> {
  const { name, command, timeoutMs, prepare } = place;
  return inRoom(parts, site, {
    name: name.replaceAll(/[^\w-]+/g, '-'),
    ...(prepare && { furnish: ({ checkout }) => prepare(checkout) }),
    use: async (session) => {
      const { signal } = site;
      const result = await session.run({ command, timeoutMs, signal });
      signal.throwIfAborted();
      const { exitCode, timedOut } = result;
      const output = parts.redactor.redact(joined(result.stdout, result.stderr));
      const kept = output.slice(-outputKept).toWellFormed();
      const check = {
        name,
        command: command.slice(0, 4_000),
        output: kept,
        ...(exitCode !== undefined && { exitCode }),
      };
      return { check, exitCode, timedOut, output };
    },
  });
}

/** A stream that ends within a line does not run into the other. */
function joined(stdout: string, stderr: string): string {
  return stdout === '' || stderr === '' || stdout.endsWith('\n')
    ? `${stdout}${stderr}`
    : `${stdout}\n${stderr}`;
}

/** How a command ended, in words. */
export function endOf({ exitCode, timedOut }: CheckRun): string {
  if (timedOut) return 'It did not end within its time.';
  return exitCode === undefined ? 'It was killed.' : `Exit code ${String(exitCode)}.`;
}
