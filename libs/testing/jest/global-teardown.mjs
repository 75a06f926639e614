/** Ends every server of the run and waits until the keeper says that nothing is left. */
export default async function tearDown() {
  const run = globalThis[Symbol.for('missions.testRun')];
  if (run === undefined) return;
  run.keeper.stdin.end();
  const [code] = await run.exited;
  if (code !== 0) throw new Error('A server of the test run did not end.');
}
