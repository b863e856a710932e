export {
  type HistorySummary,
  summarizeHistory,
  type SummarizeHistoryOptions,
} from './conversations/summarize-history.ts'
export type { BatchItem, BatchResult } from './batch/batch-item.ts'
export type { BatchProgress, BatchSummary } from './batch/batch-summary.ts'
export { batch } from './batch/batch.ts'
export type { BatchOptions } from './batch/options.ts'
export { batchFile, type BatchFileOptions, type FileProgress } from './batch-file/batch-file.ts'
export type { ConcurrencyLevel } from './batch/concurrency-search.ts'
export { sqliteStore, type SqliteStore, type SqliteStoreOptions } from './stores/sqlite-store.ts'
export {
  type ExecutableTool,
  tool,
  type ToolContext,
  type ToolDefinition,
} from './tools/executable-tool.ts'
export {
  type McpClient,
  type McpResult,
  type McpTool,
  mcpTools,
  type McpToolsOptions,
} from './tools/mcp-tools.ts'
export type { ToolLoopOptions } from './tools/options.ts'
export type { Approve, FinishedCall, ToolOutput } from './tools/run-call.ts'
export {
  generateWithTools,
  type LoopEnd,
  streamWithTools,
  type ToolLoopPart,
  type ToolLoopRequest,
  type ToolLoopResult,
} from './tools/stream-with-tools.ts'
