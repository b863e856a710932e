export { cacheFolder } from './cache-folder.ts'
export { findProgram } from './find-program.ts'
export { rememberThreads } from './thread-cache.ts'
