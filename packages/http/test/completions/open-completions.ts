import type { Model } from '@nano/core'
import { type Answer, json, modelList } from '../fake-server.ts'
import { tokenizerFile } from '../native/completions-bridge.ts'
import { openModel, startFakeServer } from '../open-model.ts'

/** A model over the completions of a fake vLLM, which answers each of them the same way. */
export async function openVllmCompletions(answer: Answer): Promise<Model> {
  const server = await startFakeServer({ '/v1/models': modelList, '/v1/completions': answer })
  return openModel({
    url: server.url,
    server: 'vllm',
    mode: 'completions',
    format: 'nemotron',
    tokenizer: tokenizerFile,
    contextLength: 2_048,
  })
}

/** The same over the completions of a fake llama-server. */
export async function openLlamaServerCompletions(answer: Answer): Promise<Model> {
  const server = await startFakeServer({
    '/props': json({ default_generation_settings: { n_ctx: 2_048 }, model_path: 'm.gguf' }),
    '/v1/models': json({ data: [{ id: 'm', meta: { n_vocab: 640, n_params: 1_000 } }] }),
    '/completion': answer,
  })
  return openModel({ url: server.url, format: 'nemotron', tokenizer: tokenizerFile })
}
