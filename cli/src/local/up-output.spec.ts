import { failureIn, stepsIn } from './up-output.ts';

const notes =
  'note: no models are configured, so missions will be blocked.\nnats-server is not installed: fetching\n';

describe('what up wrote into its log', () => {
  it('is an error from where it says so, and its next command apart', () => {
    expect(failureIn(`${notes}error Port 4747 is used by pid 12.\nnext:  missions up --port N\n`)).toEqual({
      message: 'Port 4747 is used by pid 12.',
      next: 'missions up --port N',
    });
    expect(failureIn(`${notes}error Two lines\nof one error.\n`).message).toBe('Two lines\nof one error.');
  });

  it('is no error where it only told what it does', () => {
    expect(failureIn(notes)).toEqual({ message: undefined, next: undefined });
    expect(failureIn('')).toEqual({ message: undefined, next: undefined });
  });

  it('has the steps it took, each when it is whole, until all is ready', () => {
    expect(stepsIn(`${notes}worker is ready\nvalidator is re`)).toEqual([
      'nats-server is not installed: fetching',
      'worker is ready',
    ]);
    const ready =
      'worker is ready\nMission Control answers at http://127.0.0.1:4747\nCtrl-C stops everything.\n';
    expect(stepsIn(ready)).toEqual(['worker is ready']);
    expect(stepsIn('note: a key is missing\nerror Two lines\nof one error.\n')).toEqual([]);
  });
});
