export { openLlamaCpp } from './open.ts'
export { type LlamaCppOptions, optionsSchema } from './options.ts'
export { loadState, type SavedState, saveState } from './state.ts'
