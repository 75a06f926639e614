import { z } from 'zod';

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/u, 'names an environment variable, it never holds the secret itself');

const pullRequestsSchema = z
  .strictObject({
    /** Off unless somebody turns it on: it is the one way in which a mission leaves this machine by itself. */
    enabled: z.boolean().default(false),
    provider: z.enum(['github', 'gitlab']).optional(),
    /** Where the forge's REST API answers; the public one of the provider unless given. */
    apiUrl: z
      .url({ protocol: /^https?$/u })
      .refine(isPrivateWay, 'the token is sent there, so it has to be https')
      .refine(hasNoSecret, 'holds a user or a password: use tokenEnv')
      .optional(),
    /** `owner/name`, on GitLab also with groups before it. */
    repository: z
      .string()
      .regex(/^[\w.-]+(?:\/[\w.-]+)+$/u, 'a repository is named OWNER/NAME')
      .optional(),
    tokenEnv: environmentName.optional(),
    /** Where the branch is pushed; what the forge names as its address over HTTPS unless given. */
    remote: z.string().min(1).refine(hasNoSecret, 'holds a password: use tokenEnv').optional(),
    /** The branch that the work is to be merged into; the mission's base branch unless given. */
    base: z.string().min(1).optional(),
  })
  .superRefine((value, context) => {
    if (!value.enabled) return;
    for (const name of ['provider', 'repository', 'tokenEnv'] as const)
      if (value[name] === undefined)
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'is needed where pull requests are enabled',
        });
  });

/** How work leaves Missions. */
export const deliverySchema = z.strictObject({ pullRequests: pullRequestsSchema.prefault({}) });

export type PullRequestsConfig = Readonly<z.infer<typeof pullRequestsSchema>>;

/** HTTPS, or a server on this very machine. */
function isPrivateWay(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** A user name alone is part of an address over ssh. */
function hasNoSecret(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { protocol, username, password } = new URL(address);
  return password === '' && (username === '' || protocol === 'ssh:');
}
