export { openLlamaCpp } from './open.ts'
export type { LlamaCppOptions } from './options.ts'
