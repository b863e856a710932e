import { parentPort, workerData } from 'node:worker_threads'
import { NanoError } from '@nano/core'
import { toNanoError } from '../error.ts'
import { mayHaveGpu } from './may-have-gpu.ts'
import type { Answered, Asked, CallName, Calls, Failure } from './messages.ts'
import { openOn, type Opened } from './open-model.ts'
import { presence } from './exit-guard.ts'
import { loadRuntime } from '../session/runtime.ts'

// onnxruntime-node 1.30.0 puts halves into Node 24's Float16Array and then cannot read it. Without
// that type, in this thread alone, they come and go as bits. It looks when the first tensor is
// made.
Reflect.deleteProperty(globalThis, 'Float16Array')

/**
 * The model in this thread: the runtime computes on the thread that calls it. Calls are answered
 * one after another.
 */
let opened: Opened | undefined
let last = Promise.resolve()
const { working } = presence(workerData as SharedArrayBuffer)

parentPort?.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked))
})

async function answer({ id, name, ask }: Asked): Promise<void> {
  let answered: Answered
  try {
    answered = { id, answer: await working<unknown>(() => handlers[name](ask as never)) }
  } catch (cause) {
    answered = { id, error: failure(cause, name) }
  }
  parentPort?.postMessage(answered)
}

function failure(cause: unknown, name: CallName): Failure {
  const { code, message } = toNanoError(cause, name)
  return { code, message }
}

const handlers: {
  readonly [Name in keyof Calls]: (ask: Calls[Name]['ask']) => Promise<Calls[Name]['answer']>
} = {
  async open(asked) {
    const runtime = await loadRuntime()
    for (const [index, device] of asked.devices.entries()) {
      if (device === 'webgpu' && asked.devices.length > 1 && !mayHaveGpu()) continue
      try {
        opened = await openOn(runtime, device, asked)
        return { device, without: asked.devices.slice(0, index) }
      } catch (error) {
        if (index === asked.devices.length - 1) throw error
      }
    }
    throw new NanoError('internal', 'onnx: no device was asked for')
  },
  async begin({ sequence, prompt, batchSize, grammar, ...choosing }) {
    const { decoder, grammarState } = there()
    const cachedInput = decoder.begin(sequence, prompt, {
      ...choosing,
      grammar: await grammarState(grammar),
    })
    if (prompt.length - cachedInput > batchSize) return { cachedInput }
    const [first] = await decoder.next([
      { sequence, tokens: prompt.slice(cachedInput), are: 'prompt' },
    ])
    if (first instanceof Error) throw first
    return { cachedInput, ...(first && { first }) }
  },
  read: ({ sequence, tokens }) => there().decoder.read(sequence, tokens),
  async hold({ sequence, grammar }) {
    const { decoder, grammarState } = there()
    decoder.hold(sequence, await grammarState(grammar))
  },
  async next(asked) {
    return (await there().decoder.next(asked)).map((sampled) =>
      sampled instanceof Error ? { error: failure(sampled, 'next') } : sampled,
    )
  },
  async close() {
    opened?.decoder.release()
    for (const session of opened?.sessions ?? []) await session.release()
    opened = undefined
  },
}

function there(): Opened {
  if (opened) return opened
  throw new NanoError('internal', 'onnx: the session is not open')
}
