import { parentPort, workerData } from 'node:worker_threads'
import { NanoError } from '@nano/core'
import { toNanoError } from '../error.ts'
import { loadRuntime } from '../session/runtime.ts'
import { exitGuard } from './exit-guard.ts'
import { mayHaveGpu } from './may-have-gpu.ts'
import type {
  WorkerCall,
  WorkerCalls,
  WorkerError,
  WorkerRequest,
  WorkerResponse,
} from './messages.ts'
import { type OpenedModel, openModel } from './open-model.ts'

// onnxruntime-node 1.30.0 puts float16 into the Float16Array of Node 24 and then cannot read it.
// Without that type, which is missing in this thread alone, float16 is exchanged as bits. The
// runtime looks for the type when it creates the first tensor.
Reflect.deleteProperty(globalThis, 'Float16Array')

let model: OpenedModel | undefined
const { guard } = exitGuard(workerData as SharedArrayBuffer)

/** Calls are answered one after another: the runtime computes on the thread that calls it. */
let lastResponse = Promise.resolve()

parentPort?.on('message', (request: WorkerRequest) => {
  lastResponse = lastResponse.then(() => answer(request))
})

async function answer({ id, call, input }: WorkerRequest): Promise<void> {
  let response: WorkerResponse
  try {
    response = { id, output: await guard<unknown>(() => handlers[call](input as never)) }
  } catch (cause) {
    response = { id, error: toWorkerError(cause, call) }
  }
  parentPort?.postMessage(response)
}

function toWorkerError(cause: unknown, call: WorkerCall): WorkerError {
  const { code, message } = toNanoError(cause, call)
  return { code, message }
}

const handlers: {
  readonly [Call in WorkerCall]: (
    input: WorkerCalls[Call]['input'],
  ) => Promise<WorkerCalls[Call]['output']>
} = {
  async open(input) {
    const { providers } = input
    const runtime = await loadRuntime()
    for (const [index, provider] of providers.entries()) {
      if (provider === 'webgpu' && providers.length > 1 && !mayHaveGpu()) continue
      try {
        model = await openModel(runtime, provider, input)
        return { provider, unavailableProviders: providers.slice(0, index) }
      } catch (error) {
        if (index === providers.length - 1) throw error
      }
    }
    throw new NanoError('internal', 'onnx: no execution provider was given')
  },
  async beginReply({ sequence, prompt, batchSize, grammar, ...settings }) {
    const { decoder, createGrammarState } = requireModel()
    const cachedInput = decoder.beginReply(sequence, prompt, {
      ...settings,
      grammar: await createGrammarState(grammar),
    })
    if (prompt.length - cachedInput > batchSize) return { cachedInput }
    const [firstToken] = await decoder.sampleTokens([
      { sequence, tokens: prompt.slice(cachedInput), origin: 'prompt' },
    ])
    if (firstToken instanceof Error) throw firstToken
    return { cachedInput, ...(firstToken && { firstToken }) }
  },
  readTokens: ({ sequence, tokens }) => requireModel().decoder.readTokens(sequence, tokens),
  async setGrammar({ sequence, grammar }) {
    const { decoder, createGrammarState } = requireModel()
    decoder.setGrammar(sequence, await createGrammarState(grammar))
  },
  async sampleTokens(requests) {
    const results = await requireModel().decoder.sampleTokens(requests)
    return results.map((result) =>
      result instanceof Error ? { error: toWorkerError(result, 'sampleTokens') } : result,
    )
  },
  async close() {
    model?.decoder.release()
    for (const session of model?.sessions ?? []) await session.release()
    model = undefined
  },
}

function requireModel(): OpenedModel {
  if (model) return model
  throw new NanoError('internal', 'onnx: the model is not open')
}
