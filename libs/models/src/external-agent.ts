import { createRedactor } from '@missions/kernel';
import { z } from 'zod';
import { familySchema } from './capability.ts';

const secretName = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/iu;
const keyShapes = createRedactor({ secrets: [] });

/** Variables of a program that is not ours. It runs where an agent can read them, so none may be a secret. */
const openEnvironment = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/u, 'is no name of a variable'), z.string())
  .superRefine((variables, context) => {
    for (const [name, value] of Object.entries(variables)) {
      if (!secretName.test(name) && keyShapes.finds(value).length === 0) continue;
      const message =
        'looks like a secret; an external agent gets none, it reaches a model through the egress proxy (models)';
      context.addIssue({ code: 'custom', path: [name], message });
    }
  })
  .default({});

const mountSchema = z.strictObject({
  host: z.string().startsWith('/', 'is no absolute path'),
  inside: z
    .string()
    .regex(
      /^\/(?!(?:workspace|tmp|proc|dev|etc|usr|run|bin|sbin|lib\w*)(?:\/|$)|opt\/toolchain(?:\/|$))./u,
      'is no absolute path beside what every sandbox has',
    ),
});

const external = {
  /** Program and arguments, run in the sandbox; never a shell line. */
  command: z.array(z.string().min(1)).min(1),
  env: openEnvironment,
  /** Directories of the host that the program lies in, and where the sandbox sees them; it cannot change them. */
  mounts: z.array(mountSchema).default([]),
  /** Names of the providers whose endpoints it may reach through the egress proxy. */
  models: z.array(z.string().min(1)).default([]),
  family: familySchema.optional(),
};

/** A coding agent that speaks the Agent Client Protocol and runs a whole run. */
export const acpProviderSchema = z.strictObject({ kind: z.literal('acp'), ...external });

/** Any command that runs a whole run: prompt on its standard input, result in a file. */
export const execProviderSchema = z.strictObject({
  kind: z.literal('exec'),
  ...external,
  /** Exit code 0 with a change and without a result file counts as a success: for codemods, which know nothing of handoffs. */
  resultOptional: z.boolean().default(false),
});

export type AcpProvider = Readonly<z.infer<typeof acpProviderSchema>>;
export type ExecProvider = Readonly<z.infer<typeof execProviderSchema>>;
/** A provider that is no model: its program runs a whole run. */
export type ExternalAgentProvider = AcpProvider | ExecProvider;

/** Roles whose runs an external agent can run. */
export const rolesOfExternalAgents: readonly string[] = ['worker'];
