/** What each setting means; a setting without a line here stops the generation, and so does a line without a setting. */
export const settingMeanings = {
  'models.<role>':
    'The model of a role: `orchestrator`, `worker`, `scrutiny`, `user_testing`, `researcher`. Taken at the start of a run, so a change counts from the next run on. Without one of its own, `researcher` uses the orchestrator’s.',
  'models.<role>.use':
    '`provider/model`: a name under `providers`, a slash, and the model’s name as that provider knows it.',
  'models.<role>.effort': 'How hard the model should think, where it can be told.',
  providers:
    'Where models answer, by the name that `use` begins with. Giving this map replaces the default one.',
  'providers.<name>.kind':
    '`anthropic`: the Messages API of Anthropic or of a server that speaks it. `openai-compatible`: a server that speaks Chat Completions (vLLM, Ollama, llama.cpp, gateways, OpenAI). `scripted`: a script of replies. `recorded`: replies of real sessions. `acp` and `exec`: a program that is not ours runs a whole run.',
  'providers.<name>.apiKeyEnv':
    '`anthropic`, `openai-compatible`: name of the environment variable that holds the key, never the key itself. By default `ANTHROPIC_API_KEY` for `anthropic`; for `openai-compatible` no key is sent without it.',
  'providers.<name>.baseUrl':
    '`anthropic`: where the API answers; without it `ANTHROPIC_BASE_URL`, else the public API. `openai-compatible`: the same with the version, `http://127.0.0.1:11434/v1`; required.',
  'providers.<name>.cacheTtl':
    '`anthropic`: how long the provider keeps a prompt that is not used. An hour pays where single turns take longer than five minutes; writing then costs more, so give `prices.<model>.cacheWrite` accordingly.',
  'providers.<name>.contextTokens':
    'Size of the context window of all its models; `capabilities.<model>.contextTokens` says it of one.',
  'providers.<name>.maxOutputTokens':
    'The most tokens of one reply of all its models; `capabilities.<model>.maxOutputTokens` says it of one.',
  'providers.<name>.family':
    'The family of all its models; without it the first word of the model’s name, for `acp` and `exec` that of the provider.',
  'providers.<name>.maxTokensField':
    '`openai-compatible`: what the server calls the most tokens of a reply. OpenAI’s reasoning models want `max_completion_tokens`.',
  'providers.<name>.reasoningField':
    '`openai-compatible`: the field in which the server wants a model’s reasoning back; without it none is sent back.',
  'providers.<name>.extraBody':
    '`openai-compatible`: fields put into every request as they stand, for what one server wants besides. Never a secret.',
  'providers.<name>.rate':
    '`anthropic`, `openai-compatible`: what the account may have in a minute, of all models and replicas together ([rates](../how-to/rates.md)). Where it is not given, each model has what the provider tells with its replies.',
  'providers.<name>.rate.requestsPerMin': 'Calls, each attempt counted.',
  'providers.<name>.rate.inputTokensPerMin': 'Tokens sent, without those read from the provider’s cache.',
  'providers.<name>.rate.outputTokensPerMin': 'Tokens of replies.',
  'providers.<name>.rate.tokensPerMin':
    'Tokens sent and of replies together, for providers that count them so.',
  'providers.<name>.script':
    '`scripted`: path of the script; a relative one counts from the file that names it.',
  'providers.<name>.recording':
    '`recorded`: path of the recording; a relative one counts from the file that names it.',
  'providers.<name>.record':
    '`recorded`: name of the provider that is asked, and recorded, where the recording has no reply. Without it nobody is asked.',
  'providers.<name>.mask':
    '`recorded`: regular expressions for text that differs from session to session (a date, a port) and is not compared. Unless given: milliseconds and commits.',
  'providers.<name>.command': '`acp`, `exec`: program and arguments, run in the sandbox; never a shell line.',
  'providers.<name>.env':
    '`acp`, `exec`: variables of the program. A name or a value that looks like a secret is refused.',
  'providers.<name>.mounts':
    '`acp`, `exec`: directories of the host that the program lies in; the sandbox sees them and cannot change them.',
  'providers.<name>.mounts[].host': 'Absolute path on the host.',
  'providers.<name>.mounts[].inside':
    'Absolute path in the sandbox, beside what every sandbox has (`/workspace`, `/usr`, …).',
  'providers.<name>.resultOptional':
    '`exec`: exit code 0 with a change and without a result file counts as success; for codemods, which know nothing of handoffs.',
  'providers.<name>.models':
    '`acp`, `exec`: names of the providers whose models it may reach, through the proxy, which adds the key.',
  prices:
    'US dollars per million tokens, by `provider/model`. A model that is missing is shown as unpriced, never guessed.',
  'prices.<model>.input': 'Price of input.',
  'prices.<model>.output': 'Price of output.',
  'prices.<model>.cacheRead': 'Price of input read from the cache; without it that of input.',
  'prices.<model>.cacheWrite': 'Price of input written to the cache; without it that of input.',
  capabilities:
    'What single models can do, by `provider/model`, where their provider does not say it already.',
  'capabilities.<model>.contextTokens': 'Size of the context window.',
  'capabilities.<model>.maxOutputTokens': 'The most tokens of one reply; more is never asked for.',
  'capabilities.<model>.efforts':
    'The efforts it takes, for `models.<role>.effort`; an empty list says none. Without it any is passed on.',
  'capabilities.<model>.thinking':
    '`anthropic`: `adaptive`, `disabled`, or `{budgetTokens: …}` for models that want a number. Without it nothing is said, and the model decides.',
  'capabilities.<model>.family': 'Its family, before what its provider or its name says.',
  'validators.exploration': 'What a user tester may try of its own.',
  'validators.exploration.maxTurns':
    'Turns that a user tester has beyond those for the flows of its assertions. After them only its report is taken.',
  'validators.otherFamily':
    'Refuses a configuration in which `scrutiny` or `user_testing` uses a model of the worker’s family. A family is the first word of the model’s name (`claude`, `qwen`) unless `family` says otherwise.',
  mcp: 'Servers of tools from outside, by name (a–z, 0–9, -); see [MCP](../how-to/mcp.md). A tool is offered as `mcp__<name>__<tool>`.',
  'mcp.<name>.transport':
    '`http`: streamable HTTP, asked by the service. `stdio`: a program inside the run’s sandbox, so not for `orchestrator` and `researcher`.',
  'mcp.<name>.url':
    '`http`: the one address that is asked; no redirect is followed. With `headersEnv` it is `https`, or the loopback.',
  'mcp.<name>.headersEnv':
    '`http`: headers to send, each with the name of the environment variable that holds its value.',
  'mcp.<name>.command': '`stdio`: program and arguments, executed as they are.',
  'mcp.<name>.roles':
    'Who is offered its tools: `orchestrator`, `worker`, `scrutiny`, `user_testing`, `researcher`.',
  'mcp.<name>.tools': 'Which of its tools are offered; `*` is all of them.',
  'mcp.<name>.effect':
    '`read` or `write`, by your word and not the server’s. Only `worker` may be offered what writes.',
  'mcp.<name>.timeoutMs': 'The longest time of one call.',
  'mcp.<name>.startMs': 'The longest time it may take to come up and list its tools.',
  'mcp.<name>.required':
    'A run fails without it; otherwise the run goes on without its tools, and is told so.',
  'delivery.pullRequests':
    'What `missions pr` may do; nothing until it is enabled. See docs/how-to/deliver.md.',
  'delivery.pullRequests.enabled': 'Lets `missions pr` push a branch and open a pull or merge request.',
  'delivery.pullRequests.provider': '`github` or `gitlab`; needed where it is enabled.',
  'delivery.pullRequests.apiUrl':
    'Where the REST API answers: `https://api.github.com` or `https://gitlab.com/api/v4` unless given. `https`, or the loopback.',
  'delivery.pullRequests.repository': '`OWNER/NAME`, on GitLab also with groups; needed where it is enabled.',
  'delivery.pullRequests.tokenEnv':
    'Name of the environment variable of the person’s own shell that holds the token; needed where it is enabled. No service and no sandbox gets it.',
  'delivery.pullRequests.remote':
    'Where the branch is pushed. Unless given, the address over HTTPS that the API names, if it is on the API’s own host.',
  'delivery.pullRequests.base': 'The branch to be merged into; the mission’s base branch unless given.',
  'sandbox.provider':
    '`auto` takes bubblewrap and refuses to start an agent without it. `external`: the pod is the sandbox, see MISSIONS_SANDBOX_RUNTIME and docs/security.md. `none` needs `sandbox.allowUnsandboxed` too.',
  'sandbox.allowUnsandboxed': 'An administrator’s word that agents may run without a sandbox.',
  'sandbox.toolchain': 'Accepted, without effect in this version: agents see the service’s own Node and Git.',
  'sandbox.browser':
    'A Chromium or Chrome program for browser proofs; where absent the system’s, else one that is fetched when a proof first needs it.',
  'sandbox.egress':
    'What commands in the sandbox may reach through the proxy, and nothing else. As a variable: a JSON or YAML list.',
  'sandbox.egress[].host': 'Exact host name.',
  'sandbox.egress[].port': 'Its port.',
  'sandbox.egress[].private': 'Allows an address that is loopback, link-local or private.',
  'sandbox.uids': 'Users that sandboxes get where a service runs as root; see docs/security.md.',
  'sandbox.uids.first':
    'First user of sandboxes where a service runs as root; it is the engine’s own. The range must belong to nobody else.',
  'sandbox.uids.count': 'How many users; each open mission of a host gets one of the others.',
  integration:
    'Of new missions: `shared` locks the files a feature touches and starts it from what others changed of them; `isolated` does neither.',
  stance: 'Of new missions: how they talk about what they share: `greedy`, `neutral` or `yielding`.',
  'limits.maxTurnsPerRun':
    'Turns after which a run ends with cause `budget`. Taken when a mission is created.',
  'limits.maxTokensPerTurn': 'Most tokens of one reply.',
  'limits.runStallMin':
    'How long nothing of a run may move (no turn, no part of a reply, no line of a tool) while its holder is alive; then it fails with cause `stall`. Half of it raises the alert `run.stalled`. A tool or proof may be silent for as long as its own limit besides.',
  'limits.lockWaitMin':
    'How long a run may wait for what other missions hold, before its mission is blocked with `lock_wait`; while it is blocked its place in the queue is kept.',
  'limits.runUnclaimedMin': 'How long a run may wait to be claimed before the alert `run.unclaimed` says so.',
  'limits.fixRoundsPerMilestone':
    'Rounds of fixing; at the cap the mission is `blocked{fix_limit}`. Taken when a mission is created.',
  'limits.leaseTtlMs': 'How long a claimed run stays claimed without a sign of life.',
  'limits.leaseRenewMs': 'How often its holder gives one; at most half of `limits.leaseTtlMs`.',
  'limits.browsers':
    'How many browsers user testing may have open at once, on all hosts: the units of `pool:/local/browser`.',
  'limits.lockDelayMs': 'How long ports, environments and browsers stay closed after a lease ran out.',
  'limits.cycleTalkMs':
    'How long owners of resources that would wait for each other for ever may talk before one of them loses its claim.',
  'limits.negotiateMs':
    'How long a waiting run and those in its way may talk about who gives way; 0: they never talk.',
  'limits.sweepMs': 'How often expired leases and stranded work are looked for.',
  'limits.pollMs': 'How often a service looks for work that no message told it of.',
  'limits.stopMs': 'How long a service may take to stop before it is cut off.',
  'limits.startupMs': 'How long a service waits for Postgres and NATS when it starts.',
  'resources.pools':
    'How many units a resource has of which there are several alike, by its name (`pool:/<host>/<name>`). One that is no longer named keeps its last size.',
  'runs.slots': 'Runs that one replica drives at once.',
  'runs.labels': 'Labels of this replica.',
  'http.host': 'Where a service answers health, measures and (Mission Control) the API.',
  'http.port': 'Its port; 0 takes a free one, which the log then names.',
  'log.level': 'The least that is logged.',
};
