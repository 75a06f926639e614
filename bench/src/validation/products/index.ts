import type { Product } from '../corpus/case.ts';
import { notes } from './notes.ts';
import { tasks } from './tasks.ts';

export const products: readonly Product[] = [tasks, notes];
