export { cacheFolder } from './cache-folder.ts'
export { rememberThreads } from './thread-cache.ts'
