import type { Product } from '../corpus/case.ts';
import { board } from './board.ts';
import { calc } from './calc.ts';
import { menu } from './menu.ts';
import { migrate } from './migrate.ts';
import { money } from './money.ts';
import { notes } from './notes.ts';
import { tasks } from './tasks.ts';

export const products: readonly Product[] = [tasks, notes, money, calc, board, menu, migrate];
