export {
  batch,
  type BatchItem,
  type BatchOptions,
  type BatchProgress,
  type BatchResult,
  type BatchSummary,
} from './batch/batch.ts'
export { batchFile, type BatchFileOptions } from './batch/batch-file.ts'
