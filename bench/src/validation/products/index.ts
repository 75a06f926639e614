import type { Product } from '../corpus/case.ts';
import { tasks } from './tasks.ts';

export const products: readonly Product[] = [tasks];
