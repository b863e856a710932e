// A process of its own, so that no client pays for it: replays replies as vLLM and llama-server
// send them. Prints its address, and ends with whoever started it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { buildChatEvents, buildCompletionEvents, type ReplayedServer } from './replies.ts'

/**
 * The first folder of a path says what is replayed: the server, tokens of a reply, events in an
 * HTTP chunk, milliseconds between two chunks.
 */
const pathPattern = /^\/(vllm|llama-server)-(\d+)-(\d+)-(\d+)(\/.*)$/

const modelList = {
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
const llamaServerProps = {
  default_generation_settings: { n_ctx: 40_960 },
  total_slots: 1,
  model_path: '/models/qwen3-4b-q4_0.gguf',
}
/** By path of the request; a reply is put together once. */
const chunksByPath = new Map<string, readonly Buffer[]>()

const server = createServer(
  (request, response) => void answer(request, response).catch(() => response.destroy()),
)
server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, () => {
  const address = server.address()
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
process.stdin.on('end', () => process.exit()).resume()

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? ''
  const [, kind, tokens, eventsPerChunk, pause, path = ''] = pathPattern.exec(url) ?? []
  const body = Buffer.concat(await request.toArray()).toString()
  if (!path.endsWith('/completions') && path !== '/completion') {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(describeServer(path, body)))
    return
  }
  let chunks = chunksByPath.get(url)
  if (!chunks) {
    const events =
      path === '/completion'
        ? buildCompletionEvents(Number(tokens))
        : buildChatEvents(kind as ReplayedServer, Number(tokens))
    chunks = groupEvents(events, Number(eventsPerChunk))
    chunksByPath.set(url, chunks)
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const chunk of chunks) {
    if (response.destroyed) return
    if (!response.write(chunk)) await once(response, 'drain')
    if (pause !== '0') await setTimeout(Number(pause))
  }
  response.end()
}

/** What clients ask before the first reply. */
function describeServer(path: string, body: string): object {
  if (path === '/props') return llamaServerProps
  if (path === '/tokenize')
    return { tokens: body.includes('"parse_special":true') ? [1] : [1, 2, 3] }
  return modelList
}

function groupEvents(events: readonly string[], size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(events.length / size) }, (_, index) =>
    Buffer.from(events.slice(index * size, (index + 1) * size).join('')),
  )
}
