import { availableParallelism } from 'node:os'

/** How a context is run; what is absent is the runtime's own default. */
export interface ContextSettings {
  readonly threads?: number
  readonly flashAttention?: boolean
}

/** 1, 2, 4… and all cores, each with flash attention and without. */
export function listSettingsToTry(): readonly Required<ContextSettings>[] {
  const cores = availableParallelism()
  const powers = Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, power) => 2 ** power)
  return [...new Set([...powers, cores])].flatMap((threads) =>
    [true, false].map((flashAttention) => ({ threads, flashAttention })),
  )
}

export function describeSettings({ threads, flashAttention }: ContextSettings): string {
  if (threads === undefined) return 'defaults'
  const threadWord = threads === 1 ? 'thread' : 'threads'
  return `${threads} ${threadWord}, flash attention ${flashAttention ? 'on' : 'off'}`
}
