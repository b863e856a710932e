export { openLlamaCpp } from './open.ts'
export { type LlamaCppOptions, optionsSchema } from './options.ts'
