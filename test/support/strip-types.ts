import { stripTypeScriptTypes } from 'node:module';

// Threads that tests start from the sources strip types by a WebAssembly module. Two that ended at the same time, with nobody else
// who had it, have now and then taken the process with them (Node 24.21: SIGSEGV, SIGTRAP). Here somebody has it.
stripTypeScriptTypes('');
