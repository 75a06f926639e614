#!/usr/bin/env node
// Writes authorization.conf from the public nkeys of the services: {"worker": "UB…", …} on standard input.
// Run from the repository's root: node --conditions=@missions/source infra/nats/authorization.mjs < keys.json
import { text } from 'node:stream/consumers';
import { userEntry } from '../local/src/nats-config.ts';
import { NATS_USERS, natsUser } from '../local/src/nats-permissions.ts';

const keys = JSON.parse(await text(process.stdin));
const unknown = Object.keys(keys).filter((name) => !NATS_USERS.includes(name));
const missing = NATS_USERS.filter((name) => typeof keys[name] !== 'string');
if (unknown.length > 0 || missing.length > 0) {
  process.stderr.write(
    `Unknown: ${unknown.join(', ') || 'none'}. Missing: ${missing.join(', ') || 'none'}.\n`,
  );
  process.exit(2);
}

const users = NATS_USERS.map((name) => userEntry(natsUser(name, keys[name])));
// JSON is a subset of nats-server's format, but a file that is included holds fields, not an object.
process.stdout.write(`authorization: ${JSON.stringify({ users }, undefined, 2)}\n`);
