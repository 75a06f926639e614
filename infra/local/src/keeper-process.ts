import { keepUntilAbandoned } from './keep.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('Usage: keeper-process DIRECTORY');
keepUntilAbandoned(directory);
