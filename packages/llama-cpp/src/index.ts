export { openLlamaCpp } from './open.ts'
export { type LlamaCppOptions, optionsSchema } from './options.ts'
export {
  loadState,
  type LoadStateOptions,
  type SavedState,
  saveState,
  type SaveStateOptions,
} from './state/model-state.ts'
