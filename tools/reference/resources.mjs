import { docComments } from './doc-comments.mjs';
import { lockMeanings } from './event-meanings.mjs';
import { contracts, leasing } from './schemas.mjs';
import { SchemaText, isObject } from './schema-text.mjs';
import { table } from './words.mjs';

const comments = docComments(['libs/leasing/src']);
const offers = new Map([leasing.offerInputSchema, leasing.offerSchema].map((schema) => [schema, 'offer']));
// Everything else is spelled out in place: the page is read by those who ask for one lock, not for a model of all.
const text = new SchemaText(offers, (name) => `[${name}](#offers)`);

const subjects = {
  ...leasing.resourceSubjects,
  share: leasing.shareSubjects.lend,
  giveBack: leasing.shareSubjects.giveBack,
};

const requests = {
  claim: [leasing.claimRequestSchema, leasing.claimReplySchema],
  renew: [leasing.renewRequestSchema, leasing.renewReplySchema],
  release: [leasing.releaseRequestSchema, leasing.endedReplySchema],
  narrow: [leasing.narrowRequestSchema, leasing.changedReplySchema],
  upgrade: [leasing.upgradeRequestSchema, leasing.changedReplySchema],
  withdraw: [leasing.withdrawRequestSchema, leasing.endedReplySchema],
  state: [leasing.stateRequestSchema, leasing.stateReplySchema],
  ticket: [leasing.ticketRequestSchema, leasing.ticketReplySchema],
  openNegotiation: [leasing.openNegotiationRequestSchema, leasing.negotiationReplySchema],
  propose: [leasing.proposeRequestSchema, leasing.negotiationReplySchema],
  counter: [leasing.counterRequestSchema, leasing.negotiationReplySchema],
  accept: [leasing.acceptRequestSchema, leasing.negotiationReplySchema],
  refuse: [leasing.refuseRequestSchema, leasing.negotiationReplySchema],
  negotiation: [leasing.negotiationRequestSchema, leasing.negotiationReplySchema],
  revoke: [leasing.revokeRequestSchema, leasing.endedReplySchema],
  extend: [leasing.extendRequestSchema, leasing.endedReplySchema],
  reorder: [leasing.reorderRequestSchema, leasing.endedReplySchema],
};

const shareRequests = {
  share: [leasing.shareRequestSchema, leasing.shareReplySchema],
  giveBack: [leasing.giveBackRequestSchema, leasing.giveBackReplySchema],
};

export function resourceParts() {
  return {
    'resource-kinds': kindTable,
    'lock-requests': () => sectionsOf(requests),
    'lock-offers': offerTable,
    'share-requests': () => sectionsOf(shareRequests),
    'lock-events': eventTable,
    'mission-lock-events': missionEventList,
    'lock-refusals': () => leasing.leasingRefusalCodes.map((code) => `- \`${code}\``).join('\n'),
  };
}

function kindTable() {
  const rows = Object.entries(leasing.resourceKinds).map(([kind, rule]) => [
    `\`${kind}:/…\``,
    segmentsOf(rule),
    rule.acceptsGlob ? 'yes' : 'no',
    rule.tree,
    rule.effectsCheckToken ? 'no' : 'for `limits.lockDelayMs`',
  ]);
  return table(['kind', 'segments', 'glob', 'tree', 'stays closed after an expiry'], rows);
}

function segmentsOf({ minSegments, maxSegments }) {
  return minSegments === maxSegments ? `${minSegments}` : `${minSegments}–${maxSegments}`;
}

function sectionsOf(described) {
  return Object.entries(described)
    .map(([name, [request, reply]]) =>
      [
        `### \`${subjects[name]}\``,
        meaningOf(name, `${name}RequestSchema`),
        fieldsOf(request, 'field'),
        'Answer:',
        alternativesOf(reply)
          .map((one) => fieldsOf(one, 'field of the answer'))
          .join('\n\nor\n\n'),
      ].join('\n\n'),
    )
    .join('\n\n');
}

const alternativesOf = (schema) => (isObject(schema) ? [schema] : schema._zod.def.options);

function fieldsOf(schema, heading) {
  const rows = text.rowsOf(schema).map(({ path, type, required }) => {
    return [`\`${path}\``, type, required ? 'required' : 'optional'];
  });
  return table([heading, 'type', 'given'], rows);
}

function eventTable() {
  const rows = leasing.leasingEventSchema._zod.def.options.map((schema) => {
    const [type] = schema._zod.def.shape.type._zod.def.values;
    const fields = text.rowsOf(schema._zod.def.shape.data).map(({ path }) => `\`${path}\``);
    const constant = `${type[0].toLowerCase()}${type.slice(1)}Schema`;
    return [`\`${type}\``, meaningOf(type, constant), fields.join(', ')];
  });
  return table(['event', 'meaning', 'data'], rows);
}

function meaningOf(name, constant) {
  const found = comments.get(constant) ?? lockMeanings[name];
  if (found !== undefined) return found;
  throw new Error(
    `Nothing says what ${name} means: write a comment above ${constant}, or a line in tools/reference/event-meanings.mjs.`,
  );
}

/** Each offer with what it is asked for with, and what of it is kept: times are durations first, then instants. */
function offerTable() {
  const [asked, kept] = [leasing.offerInputSchema, leasing.offerSchema].map(
    (schema) => new Map(schema._zod.def.options.map((option) => [kindOf(option), offerFields(option)])),
  );
  return table(
    ['`kind`', 'asked for with', 'in an answer or event'],
    [...asked].map(([kind, fields]) => [`\`${kind}\``, fields, kept.get(kind)]),
  );
}

const kindOf = (offer) => offer._zod.def.shape.kind._zod.def.values[0];

function offerFields(offer) {
  return text
    .rowsOf(offer)
    .filter(({ path }) => path !== 'kind')
    .map(({ path, type, required }) => `\`${path}\`${required ? '' : ' (optional)'}: ${type}`)
    .join('; ');
}

function missionEventList() {
  return Object.entries(contracts.publicEventNames)
    .filter(([type]) => type.startsWith('Lock'))
    .map(([type, name]) => `- [\`${type}\`](events.md#${type.toLowerCase()}) (\`${name}\`)`)
    .join('\n');
}
