/**
 * A small agent that speaks ACP over its standard streams, without a model: it does what its first argument says.
 * `play FILE` performs a script as the scripted model would; the other behaviours are hostile. Plain Node, nothing imported
 * that is not Node's own, because it runs inside a sandbox.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const [behaviour = 'play', argument = ''] = process.argv.slice(2);
const waiting = new Map();
let asked = 0;
let turns = 0;
let cancelled = () => undefined;

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const sessionId = 'session-1';
const update = (content) => send({ method: 'session/update', params: { sessionId, update: content } });
const say = (text) => update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
const forever = () => new Promise(() => undefined);
const options = [
  { optionId: 'yes', name: 'Yes', kind: 'allow_once' },
  { optionId: 'no', name: 'No', kind: 'reject_once' },
];

function ask(method, params) {
  const id = `ask-${(asked += 1)}`;
  send({ id, method, params: { sessionId, ...params } });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

const attempt = (work) =>
  work.then(
    (value) => ({ value }),
    (error) => ({ error: error.message }),
  );

function leave(result, resultFile) {
  mkdirSync(dirname(resultFile), { recursive: true });
  writeFileSync(resultFile, typeof result === 'string' ? result : JSON.stringify(result));
}

const success = {
  outcome: 'success',
  salientSummary: 'The test agent did it.',
  whatWasImplemented: ['it'],
  whatWasLeftUndone: [],
};

/** The turns of the first run of a script that fits the header, one ACP turn for all of them. */
async function play({ header, resultFile }) {
  const { runs } = JSON.parse(readFileSync(argument, 'utf8'));
  const fits = ({ match }) => Object.entries(match).every(([key, value]) => header[key] === value);
  const run = runs.find(fits);
  if (!run) throw new Error(`No run of the script fits ${JSON.stringify(header)}.`);
  const calls = run.turns.flatMap((turn) => turn.calls ?? []);
  const entries = calls.map(({ tool }) => ({ content: tool, priority: 'medium', status: 'pending' }));
  update({ sessionUpdate: 'plan', entries });
  for (const [index, { tool, input }] of calls.entries()) await perform({ tool, input, index, resultFile });
  update({ sessionUpdate: 'usage_update', used: 1200, size: 200000 });
  say('All of it is done.');
}

async function perform({ tool, input, index, resultFile }) {
  if (tool === 'hand_off') return leave(input, resultFile);
  const toolCallId = `call-${index}`;
  const locations = input.file_path ? [{ path: `/workspace/${input.file_path}` }] : [];
  const toolCall = {
    toolCallId,
    title: `${tool} ${input.file_path ?? input.command ?? ''}`,
    kind: 'edit',
    locations,
  };
  update({ sessionUpdate: 'tool_call', status: 'pending', ...toolCall });
  const { outcome } = await ask('session/request_permission', { toolCall, options });
  if (outcome.optionId !== 'yes') throw new Error('It was not allowed.');
  await doIt({ tool, input });
  update({ sessionUpdate: 'tool_call_update', toolCallId, status: 'completed' });
}

async function doIt({ tool, input }) {
  const path = `/workspace/${input.file_path}`;
  if (tool === 'write') return ask('fs/write_text_file', { path, content: input.content });
  if (tool === 'edit') {
    const { content } = await ask('fs/read_text_file', { path });
    const edited = content.replace(input.old_string, () => input.new_string);
    return ask('fs/write_text_file', { path, content: edited });
  }
  if (tool !== 'bash') return undefined;
  const { terminalId } = await ask('terminal/create', { command: input.command });
  await ask('terminal/wait_for_exit', { terminalId });
  await ask('terminal/output', { terminalId });
  return ask('terminal/release', { terminalId });
}

const behaviours = {
  play,
  /** Says much more than anybody reads, then does its work. */
  floods: async ({ resultFile }) => {
    for (let at = 0; at < 20_000; at += 1) {
      const entries = [{ content: `step ${at}`, priority: 'low', status: 'pending' }];
      update(
        at % 2 === 0
          ? { sessionUpdate: 'plan', entries }
          : { sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'x'.repeat(500) } },
      );
    }
    await ask('fs/write_text_file', { path: '/workspace/a.txt', content: 'one\n' });
    leave(success, resultFile);
  },
  'floods-without-end': () => {
    const chunk = `${JSON.stringify({ jsonrpc: '2.0', method: 'session/update', params: { sessionId, update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'y'.repeat(60_000) } } } })}\n`;
    const pour = () => {
      while (process.stdout.write(chunk));
      process.stdout.once('drain', pour);
    };
    pour();
    return forever();
  },
  'floods-requests': () => {
    for (let at = 0; at < 5_000; at += 1) void ask('fs/read_text_file', { path: '/workspace/README.md' });
    return forever();
  },
  lies: async ({ resultFile }) => {
    say('I built everything.');
    leave(success, resultFile);
  },
  'ignores-cancel': async ({ resultFile }) => {
    await ask('fs/write_text_file', { path: '/workspace/begun.txt', content: 'begun\n' });
    say(`It is at ${resultFile}, and I go on for ever.`);
    cancelled = () => undefined;
    return forever();
  },
  'heeds-cancel': async () => {
    await ask('fs/write_text_file', { path: '/workspace/begun.txt', content: 'begun\n' });
    say('I wait to be stopped.');
    await new Promise((resolve) => (cancelled = resolve));
    writeFileSync('/workspace/heeded.txt', 'heeded\n');
    return 'cancelled';
  },
  outside: async ({ resultFile }) => {
    const seen = {
      passwd: await attempt(ask('fs/read_text_file', { path: '/etc/passwd' })),
      up: await attempt(ask('fs/read_text_file', { path: '/workspace/../etc/shadow' })),
      write: await attempt(ask('fs/write_text_file', { path: '/etc/cron.d/mine', content: 'x' })),
      git: await attempt(
        ask('fs/write_text_file', { path: '/workspace/.git/hooks/pre-commit', content: 'x' }),
      ),
      permission: await attempt(
        ask('session/request_permission', {
          toolCall: {
            toolCallId: 'p',
            title: 'Write /etc/hosts',
            kind: 'edit',
            locations: [{ path: '/etc/hosts' }],
          },
          options,
        }),
      ),
      environment: Object.keys(process.env).sort(),
    };
    writeFileSync('/workspace/seen.json', JSON.stringify(seen));
    leave(success, resultFile);
  },
  malformed: async ({ resultFile }) => {
    process.stdout.write(
      'this is no JSON\n{"jsonrpc":"1.0"}\n[1,2]\n{"jsonrpc":"2.0","id":{},"method":"x"}\n\n',
    );
    process.stdout.write('{"jsonrpc":"2.0","id":"unasked","result":{}}\n');
    send({ method: 'session/update', params: { sessionId, update: { sessionUpdate: 'nonsense' } } });
    send({ method: 'session/update', params: 'nonsense' });
    await attempt(ask('no/such/method', {}));
    await ask('fs/write_text_file', { path: '/workspace/a.txt', content: 'one\n' });
    leave(success, resultFile);
  },
  'malformed-without-end': () => {
    for (let at = 0; at < 100; at += 1) process.stdout.write(`garbage ${at}\n`);
    return forever();
  },
  'huge-line': () => {
    const piece = 'z'.repeat(1_000_000);
    const pour = () => {
      while (process.stdout.write(piece));
      process.stdout.once('drain', pour);
    };
    pour();
    return forever();
  },
  exits: async () => {
    await ask('fs/write_text_file', { path: '/workspace/a.txt', content: 'one\n' });
    process.stderr.write('the agent broke down\n');
    process.exit(3);
  },
  forks: async () => {
    spawn('/bin/sh', ['-c', 'setsid sleep 4711 & setsid sleep 4711 & sleep 4711'], {
      detached: true,
      stdio: 'ignore',
    }).unref();
    await ask('terminal/create', { command: 'setsid sleep 4711 & sleep 4711' });
    say('My children are out.');
    return forever();
  },
  'says-nothing': forever,
  'no-result': async () => say('I think I am done.'),
  /** First nothing that could be read, then nothing that is complete, then all of it. */
  learns: async ({ resultFile, texts }) => {
    await ask('fs/write_text_file', { path: '/workspace/a.txt', content: `${turns}\n` });
    say(texts.join('\n').slice(0, 500));
    if (turns === 1) leave('{ "outcome": ', resultFile);
    else if (turns === 2) leave({ outcome: 'success' }, resultFile);
    else leave(success, resultFile);
  },
  'tells-a-secret': async ({ resultFile }) => {
    const secret = argument;
    say(`The key is ${secret.slice(0, 5)}`);
    say(`${secret.slice(5)}, and so on.`);
    await ask('fs/write_text_file', { path: '/workspace/a.txt', content: 'one\n' });
    leave({ ...success, salientSummary: `Used ${secret}.` }, resultFile);
  },
  refuses: () => 'refusal',
  /** Begins, and is finished only by the one that comes after it. */
  'is-relieved': async ({ resultFile, texts }) => {
    const relieves = texts.some((text) => text.includes('You were stopped'));
    if (!relieves) {
      await ask('fs/write_text_file', { path: '/workspace/half.txt', content: 'half\n' });
      return forever();
    }
    const { content } = await ask('fs/read_text_file', { path: '/workspace/half.txt' });
    await ask('fs/write_text_file', { path: '/workspace/whole.txt', content: `${content}whole\n` });
    say(texts.find((text) => text.includes('You were stopped')));
    return leave(success, resultFile);
  },
  /** Calls the model as many times as it is told. */
  'asks-model': async ({ resultFile }) => {
    const statuses = [];
    for (let at = 0; at < Number(argument); at += 1) {
      const response = await fetch(`${process.env.ANTHROPIC_BASE_URL}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': process.env.ANTHROPIC_API_KEY },
        body: JSON.stringify({
          model: 'small',
          max_tokens: 100,
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello.' }] }],
        }),
      });
      statuses.push(response.status);
      await response.text();
    }
    await ask('fs/write_text_file', { path: '/workspace/a.txt', content: `${statuses.join(' ')}\n` });
    leave(success, resultFile);
  },
};

const answers = {
  initialize: () => ({
    protocolVersion: behaviour === 'another-version' ? 99 : 1,
    agentCapabilities: { loadSession: behaviour === 'remembers' },
    authMethods: [],
  }),
  'session/new': () => {
    if (behaviour === 'wants-login')
      throw Object.assign(new Error('Authentication required'), { code: -32000 });
    return { sessionId };
  },
  'session/prompt': async ({ prompt }) => {
    turns += 1;
    const texts = prompt.map(({ text }) => text);
    const all = texts.join('\n');
    const header = JSON.parse(/```json\n([\s\S]*?)\n```/.exec(all)?.[1] ?? '{}');
    const resultFile = /\/tmp\/missions\/\w+\.json/.exec(all)?.[0] ?? '';
    const stopReason = await behaviours[behaviour]({ header, resultFile, texts });
    return { stopReason: stopReason ?? 'end_turn' };
  },
};

async function answer({ id, method, params }) {
  try {
    const serve = answers[method];
    if (!serve) throw Object.assign(new Error(`Method not found: ${method}`), { code: -32601 });
    send({ id, result: await serve(params) });
  } catch (error) {
    send({ id, error: { code: error.code ?? -32603, message: error.message } });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === 'session/cancel') cancelled();
  else if (message.method !== undefined) void answer(message);
  else {
    const open = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) open?.reject(new Error(message.error.message));
    else open?.resolve(message.result);
  }
});
