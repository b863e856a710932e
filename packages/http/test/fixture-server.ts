import { readFileSync } from 'node:fs'
import {
  type Answer,
  fakeServer,
  type FakeServer,
  json,
  ndjson,
  nextTurn,
  text,
} from './fake-server.ts'

/** Answers with the reply of a fixture, in pieces of `size` bytes. */
export function replayFixture(name: string, size = Infinity): Answer {
  const bytes = new TextEncoder().encode(readFixture(name))
  const type = name.startsWith('ollama') ? 'application/x-ndjson' : 'text/event-stream'
  return async (response) => {
    response.writeHead(200, { 'content-type': type })
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, Math.min(bytes.length, at + size)))
      if (size < Infinity) await nextTurn()
    }
    response.end()
  }
}

/** Answers each path as a fixture has it: a line for each, with the JSON behind a tab. */
export function capturedAnswers(name: string): Readonly<Record<string, Answer>> {
  const lines = readFixture(name).trim().split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const [path = '', body = ''] = line.split('\t')
      return [path, text(body, 'application/json')]
    }),
  )
}

/** Reads a reply. The first line of the file names its source and is no part of it. */
function readFixture(name: string): string {
  const file = readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8')
  return file.slice(file.indexOf('\n') + 1)
}

const modelOwnedBy = (owner: string, fields: object = {}) =>
  json({
    object: 'list',
    data: [{ id: 'm', object: 'model', created: 1, owned_by: owner, ...fields }],
  })

/** What each kind of server says of itself, and of its one model. */
export const serverDescriptions: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
  'llama-server': {
    '/props': json({
      default_generation_settings: { n_ctx: 4096 },
      total_slots: 1,
      model_path: '/models/Qwen3-0.6B-Q8_0.gguf',
      build_info: 'b1',
    }),
    '/v1/models': modelOwnedBy('llamacpp'),
  },
  vllm: {
    '/v1/models': modelOwnedBy('vllm', { max_model_len: 4096 }),
    '/version': json({ version: '0.11.0' }),
  },
  sglang: { '/v1/models': modelOwnedBy('sglang', { max_model_len: 4096 }) },
  ollama: {
    '/api/tags': json({
      models: [{ name: 'm', model: 'm', details: { quantization_level: 'Q4_K_M' } }],
    }),
    '/api/show': json({
      details: { quantization_level: 'Q4_K_M' },
      model_info: {
        'general.name': 'Qwen3 0.6B',
        'general.parameter_count': 751632384,
        'qwen3.context_length': 40960,
      },
      capabilities: ['completion', 'tools', 'thinking'],
    }),
    '/v1/models': modelOwnedBy('library'),
  },
  nim: {
    '/v1/metadata': json({ version: '1.8.0', modelInfo: [] }),
    '/v1/models': modelOwnedBy('system', { max_model_len: 4096 }),
  },
  'lm-studio': {
    '/api/v0/models': json({
      object: 'list',
      data: [
        {
          id: 'm',
          object: 'model',
          type: 'llm',
          state: 'loaded',
          quantization: 'Q4_K_M',
          max_context_length: 32768,
          loaded_context_length: 4096,
        },
      ],
    }),
    '/v1/models': modelOwnedBy('organization_owner'),
  },
  'tensorrt-llm': { '/v1/models': modelOwnedBy('tensorrt_llm') },
  tgi: {
    '/info': json({
      model_id: 'm',
      max_total_tokens: 4096,
      router: 'text-generation-router',
      version: '3.0.0',
    }),
    '/v1/models': modelOwnedBy('m'),
  },
  'openai-compatible': { '/v1/models': modelOwnedBy('openai') },
}

/** A fake server that describes itself as `kind`, and gives one answer to each chat. */
export function describedServer(kind: string, chat: Answer = ndjson()): Promise<FakeServer> {
  return fakeServer({
    ...serverDescriptions[kind],
    '/v1/chat/completions': chat,
    '/api/chat': chat,
  })
}
