export { pictureOf } from './screen-picture.ts';
export type { TerminalScreen } from './terminal-screen.ts';
export type { TerminalKey } from './terminal-keys.ts';
export { openTerminal, type Terminal, type TerminalRequest, type ScreenWait } from './terminal.ts';
