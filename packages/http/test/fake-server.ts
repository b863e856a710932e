import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { once } from 'node:events'

/** What was asked, as it came. */
interface ReceivedRequest {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: IncomingHttpHeaders
}

export type Answer = (response: ServerResponse, asked: ReceivedRequest) => void | Promise<void>

export interface FakeServer {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  /** Answers that have begun and not ended. */
  readonly openResponses: number
  /** Connections there ever were. */
  readonly connectionCount: number
  close(): Promise<void>
}

/**
 * A real server on a real socket that answers as it is told, well or badly; what it has no answer
 * for is 404.
 */
export async function fakeServer(answers: Readonly<Record<string, Answer>>): Promise<FakeServer> {
  const asked: ReceivedRequest[] = []
  let answering = 0
  let connections = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const one = {
        path: request.url ?? '',
        body: (text ? JSON.parse(text) : {}) as ReceivedRequest['body'],
        headers: request.headers,
      }
      asked.push(one)
      const answer =
        answers[one.path] ??
        json({ error: { message: 'File Not Found', type: 'not_found_error', code: 404 } }, 404)
      answering++
      response.once('close', () => void answering--)
      void answer(response, one)
    })
  })
  server.on('connection', () => void connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    requests: asked,
    get openResponses() {
      return answering
    },
    get connectionCount() {
      return connections
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export function json(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(value))
}

export function text(body: string, type: string, status = 200): Answer {
  return (response) => void response.writeHead(status, { 'content-type': type }).end(body)
}

/** The bytes of an event stream, as they stand. */
export function eventStream(...pieces: readonly (string | Uint8Array)[]): Answer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const piece of pieces) {
      response.write(piece)
      await nextTurn()
    }
    response.end()
  }
}

/** Each value as an event, and `[DONE]`. */
export function sse(...values: readonly unknown[]): Answer {
  return eventStream(
    values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join(''),
    'data: [DONE]\n\n',
  )
}

/** Each value as a line. */
export function ndjson(...values: readonly unknown[]): Answer {
  return text(values.map((value) => `${JSON.stringify(value)}\n`).join(''), 'application/x-ndjson')
}

/** A chunk of OpenAI's chat completions. */
export function chunk(delta: object, finish: string | null = null): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  }
}

export const usageChunk = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
}

export const modelList = json({
  object: 'list',
  data: [{ id: 'm', object: 'model', created: 1, owned_by: 'someone' }],
})

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
