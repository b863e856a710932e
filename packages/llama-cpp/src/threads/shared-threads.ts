import type { Llama } from '../runtime.ts'

/** What the models of one runtime share: it has one limit of threads for all of them. */
interface SharedThreads {
  /** The models that compute something now, among which the runtime divides its threads. */
  readonly busyModels: Set<object>
  /** The threads of each context that is being made. */
  readonly newCounts: number[]
}

const threadsByRuntime = new WeakMap<Llama, SharedThreads>()

export function findSharedThreads(llama: Llama): SharedThreads {
  const shared = threadsByRuntime.get(llama) ?? { busyModels: new Set(), newCounts: [] }
  threadsByRuntime.set(llama, shared)
  return shared
}
