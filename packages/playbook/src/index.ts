export type { BatchItem, BatchResult } from './batch/batch-item.ts'
export { batch, type BatchOptions, type BatchProgress, type BatchSummary } from './batch/batch.ts'
export { batchFile, type BatchFileOptions, type FileProgress } from './batch/batch-file.ts'
export type { ConcurrencyLevel } from './batch/concurrency-search.ts'
