import { docComments } from './doc-comments.mjs';
import { leasing } from './schemas.mjs';
import { namedSchemas, SchemaText, isObject } from './schema-text.mjs';
import { table } from './words.mjs';

const comments = docComments(['libs/leasing/src']);
// Everything is spelled out in place: the page is read by those who ask for one lock, not for a model of all.
const text = new SchemaText(namedSchemas(), () => '');

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
    'share-requests': () => sectionsOf(shareRequests),
    'lock-events': eventTable,
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
        comments.get(`${name}RequestSchema`) ?? '',
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
    return [`\`${type}\``, comments.get(constant) ?? '', fields.join(', ')];
  });
  return table(['event', 'meaning', 'data'], rows);
}
