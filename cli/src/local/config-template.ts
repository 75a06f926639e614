import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';

const TEMPLATE = `# Configuration of Missions for this project. Everything here may also be set for all projects in
# ~/.config/missions/config.yaml, or by a variable: limits.leaseTtlMs is MISSIONS_LIMITS_LEASE_TTL_MS.
# missions config show --origin says what is in force and where it comes from.

# Which model serves which role, as PROVIDER/MODEL. A change applies from the next run.
models:
  orchestrator: { use: anthropic/claude-opus-5-5, effort: high }
  worker: { use: anthropic/claude-sonnet-5-5 }
  scrutiny: { use: anthropic/claude-sonnet-5-5 }
  user_testing: { use: anthropic/claude-sonnet-5-5 }

# Keys are named, never written here: apiKeyEnv is the variable that holds the key.
providers:
  anthropic: { kind: anthropic, apiKeyEnv: ANTHROPIC_API_KEY }

# US dollars per million tokens. A model without a price is shown as "unpriced", never guessed, and no budget can hold it.
# prices:
#   anthropic/claude-opus-5-5: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

# What agents and proofs may reach from their sandbox; without an entry nothing.
# sandbox:
#   egress: [{ host: registry.example, port: 443 }]

# limits: { maxTurnsPerRun: 200, fixRoundsPerMilestone: 3 }
`;

/** Writes a configuration to begin with; refuses to replace one unless asked to. */
export function writeConfigTemplate(directory: string, force: boolean): string {
  const path = join(directory, 'missions.config.yaml');
  if (existsSync(path) && !force)
    throw new CliError(`${path} exists already.`, {
      code: 'CONFIG_EXISTS',
      exitCode: exitCodes.conflict,
      next: 'missions config show, or missions init --force',
    });
  writeFileSync(path, TEMPLATE);
  return path;
}
