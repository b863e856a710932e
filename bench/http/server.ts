// A process of its own, so that no contender pays for it: replays replies as vLLM and llama-server
// send them, in HTTP chunks.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { chatEvents, completionEvents, type Server } from './replies.ts'

/**
 * The first folder of an address says what is replayed: server, tokens of a reply, events in a
 * chunk, milliseconds between chunks.
 */
const pattern = /^\/(vllm|llama-server)-(\d+)-(\d+)-(\d+)(\/.*)$/

const listed = {
  object: 'list',
  data: [
    {
      id: 'Qwen/Qwen3-4B',
      object: 'model',
      created: 1,
      owned_by: 'vllm',
      max_model_len: 40_960,
      meta: { n_vocab: 1_000, n_params: 4e9 },
    },
  ],
}
const props = {
  default_generation_settings: { n_ctx: 40_960 },
  total_slots: 1,
  model_path: '/models/qwen3-4b-q4_0.gguf',
}
const bodies = new Map<string, readonly Buffer[]>()

const server = createServer(
  (request, response) => void answer(request, response).catch(() => response.destroy()),
)
server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, () => {
  const address = server.address()
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
// Whoever started this one has ended.
process.stdin.on('end', () => process.exit()).resume()

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, kind, tokens, events, pause, path = ''] = pattern.exec(request.url ?? '') ?? []
  const body = Buffer.concat(await request.toArray()).toString()
  if (!path.endsWith('/completions') && path !== '/completion') {
    const json =
      path === '/props'
        ? props
        : path === '/tokenize'
          ? { tokens: body.includes('"parse_special":true') ? [1] : [1, 2, 3] }
          : listed
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    return
  }
  const key = request.url ?? ''
  const chunks =
    bodies.get(key) ??
    inChunks(
      path === '/completion'
        ? completionEvents(Number(tokens))
        : chatEvents(kind as Server, Number(tokens)),
      Number(events),
    )
  bodies.set(key, chunks)
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const chunk of chunks) {
    if (response.destroyed) return
    if (!response.write(chunk)) await once(response, 'drain')
    if (pause !== '0') await setTimeout(Number(pause))
  }
  response.end()
}

function inChunks(events: readonly string[], size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(events.length / size) }, (_, index) =>
    Buffer.from(events.slice(index * size, (index + 1) * size).join('')),
  )
}
