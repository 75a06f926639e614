// Loaded by Node before a proof's own script, inside the sandbox. It tells the engine, over a pipe that a process outside
// reads, how far the script came: code under test shares the process with it and can end it, but not take back what was said.
import assert from 'node:assert';
import { writeSync, openSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, sep } from 'node:path';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { getCallSites } from 'node:util';
import { isMainThread } from 'node:worker_threads';

const variable = 'PROOF_WITNESS';
const contract = dirname(dirname(fileURLToPath(import.meta.url)));
const [, main = ''] = process.argv;
const isRunner = process.execArgv.includes('--test') && process.env.NODE_TEST_CONTEXT === undefined;

if (isMainThread && !isRunner && main.startsWith(contract + sep) && process.env[variable]) watch();

function watch() {
  const [pipe, receipt] = process.env[variable].split(' ');
  // What the script starts itself is the product, whose end is its own business.
  delete process.env[variable];
  delete process.env.NODE_OPTIONS;
  const out = openSync(pipe, 'w');
  const say = (word, text = '') =>
    writeSync(out, `${word} ${process.pid} ${text.replaceAll('\n', ' ').slice(0, 400)}\n`);

  say('started', main);
  keepWhatJudges();
  sayWhenComplete(() => say('completed', receipt));
  sayWhenCut(
    (place) => say('cut', place),
    () => say('completed', receipt),
  );
  // Told before any handler can swallow it; without another listener a rejection ends the process as it would without this one.
  const failed = (error) => say('failed', String(error?.message ?? error));
  process.on('uncaughtExceptionMonitor', failed);
  process.on('unhandledRejection', (error) => {
    if (process.listenerCount('unhandledRejection') === 1) throw error;
    failed(error);
  });
}

/** Code under test may not change what the script insists with. */
function keepWhatJudges() {
  for (const part of [assert, assert.strict, test, test.it, test.describe, test.suite, test.assert])
    if (part) Object.freeze(part);
}

/** The script's last line, added when it is loaded, so that the contract's bytes stay what they are. */
function sayWhenComplete(completed) {
  const name = `witness${Math.random().toString(36).slice(2)}`;
  const place = pathToFileURL(main).href;
  Object.defineProperty(globalThis, name, { value: completed });
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== place || loaded.source === undefined || loaded.source === null) return loaded;
      return { ...loaded, source: `${Buffer.from(loaded.source).toString('utf8')}\n;globalThis.${name}();` };
    },
  });
}

/** An end that the script asks for is complete; one that comes from elsewhere cuts it short. */
function sayWhenCut(cut, completed) {
  const end = process.reallyExit;
  const value = function reallyExit(code) {
    const place = getCallSites(50)
      .map(({ scriptName }) => scriptName)
      .find(isUserCode);
    if (place !== undefined && isOfContract(place)) completed();
    else if (place !== undefined) cut(place);
    return end.call(process, code);
  };
  Object.defineProperty(process, 'reallyExit', { value, writable: false, configurable: false });
}

function isUserCode(script) {
  return (
    script !== '' &&
    !script.startsWith('node:') &&
    script !== import.meta.url &&
    script !== import.meta.filename
  );
}

function isOfContract(script) {
  const path = script.startsWith('file:') ? fileURLToPath(script) : script;
  return path.startsWith(contract + sep);
}
