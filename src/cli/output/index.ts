export { type Channel, type Colors } from './channel.ts';
export { printError } from './error.ts';
export { createOutput, type Output, printData, printItem } from './output.ts';
export { type Symbols, symbolsOf } from './symbols.ts';
export { count, cut, plain, width, wrap } from './text.ts';
