import { DBOS } from '@dbos-inc/dbos-sdk';
import { servePeer } from './peer.mjs';
import { model, tool, TURNS } from './work.mjs';

/** A workflow whose every call of the model and of the tool is a step. */
const agent = DBOS.registerWorkflow(
  async () => {
    for (let turn = 0; turn < TURNS; turn += 1) {
      const reply = await DBOS.runStep(() => model(turn), { name: 'model' });
      await DBOS.runStep(() => tool(reply.call), { name: 'tool' });
    }
  },
  { name: 'agent' },
);

await servePeer(async ({ databaseUrl }) => {
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: databaseUrl, logLevel: 'error' });
  await DBOS.launch();
  return {
    work: async (id) => (await DBOS.startWorkflow(agent, { workflowID: id })()).getResult(),
    close: () => DBOS.shutdown(),
  };
});
