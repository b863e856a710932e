import { readFileSync } from 'node:fs'
import { type Answer, fakeServer, type FakeServer, json, ndjson } from './fake-server.ts'

/** The body of a reply; the first line of the file says where it is from. */
function fixture(name: string): string {
  const [, ...lines] = readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8').split(
    '\n',
  )
  return lines.join('\n')
}

/** A reply from a file, in pieces of `size` bytes. */
export function replayFixture(name: string, size = Infinity): Answer {
  const bytes = new TextEncoder().encode(fixture(name))
  const type = name.startsWith('ollama') ? 'application/x-ndjson' : 'text/event-stream'
  return async (response) => {
    response.writeHead(200, { 'content-type': type })
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, Math.min(bytes.length, at + size)))
      if (size < Infinity) await new Promise<void>((resolve) => setImmediate(resolve))
    }
    response.end()
  }
}

const listed = (owner: string, more: object = {}) =>
  json({
    object: 'list',
    data: [{ id: 'm', object: 'model', created: 1, owned_by: owner, ...more }],
  })

/** What each server says of itself, and of the one model it has. */
export const serverDescriptions: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
  'llama-server': {
    '/props': json({
      default_generation_settings: { n_ctx: 4096 },
      total_slots: 1,
      model_path: '/models/Qwen3-0.6B-Q8_0.gguf',
      build_info: 'b1',
    }),
    '/v1/models': listed('llamacpp'),
  },
  vllm: {
    '/v1/models': listed('vllm', { max_model_len: 4096 }),
    '/version': json({ version: '0.11.0' }),
  },
  sglang: { '/v1/models': listed('sglang', { max_model_len: 4096 }) },
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
    '/v1/models': listed('library'),
  },
  nim: {
    '/v1/metadata': json({ version: '1.8.0', modelInfo: [] }),
    '/v1/models': listed('system', { max_model_len: 4096 }),
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
    '/v1/models': listed('organization_owner'),
  },
  'tensorrt-llm': { '/v1/models': listed('tensorrt_llm') },
  tgi: {
    '/info': json({
      model_id: 'm',
      max_total_tokens: 4096,
      router: 'text-generation-router',
      version: '3.0.0',
    }),
    '/v1/models': listed('m'),
  },
  'openai-compatible': { '/v1/models': listed('openai') },
}

/** A server that says it is `kind`, and answers every chat the same. */
export function describedServer(kind: string, chat: Answer = ndjson()): Promise<FakeServer> {
  return fakeServer({
    ...serverDescriptions[kind],
    '/v1/chat/completions': chat,
    '/api/chat': chat,
  })
}
