import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'

interface ReceivedRequest {
  readonly path: string
  /** Parsed from JSON; empty where there is none. */
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: IncomingHttpHeaders
}

/** Answers one request, well or badly. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => void | Promise<void>

export interface FakeServer {
  readonly url: string
  /** The requests so far, in order. */
  readonly requests: readonly ReceivedRequest[]
  /** Responses that have begun and not ended. */
  readonly openResponses: number
  /** Connections that were ever made. */
  readonly connectionCount: number
  close(): Promise<void>
}

/** A real server on a real socket that gives the answer of each path, and 404 for other paths. */
export async function fakeServer(answers: Readonly<Record<string, Answer>>): Promise<FakeServer> {
  const requests: ReceivedRequest[] = []
  let openResponses = 0
  let connectionCount = 0
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (data: Buffer) => chunks.push(data))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const request: ReceivedRequest = {
        path: incoming.url ?? '',
        body: (body ? JSON.parse(body) : {}) as ReceivedRequest['body'],
        headers: incoming.headers,
      }
      requests.push(request)
      openResponses++
      response.once('close', () => void openResponses--)
      void (answers[request.path] ?? notFoundAnswer)(response, request)
    })
  })
  server.on('connection', () => void connectionCount++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    requests,
    get openResponses() {
      return openResponses
    },
    get connectionCount() {
      return connectionCount
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers with JSON. */
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

/** Answers with text of a content type. */
export function text(body: string, type: string, status = 200): Answer {
  return (response) => void response.writeHead(status, { 'content-type': type }).end(body)
}

/** Answers with the bytes of an event stream, piece by piece. */
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

/** Answers with an event for each value, and `[DONE]`. */
export function sse(...values: readonly unknown[]): Answer {
  return eventStream(values.map(eventOf).join(''), 'data: [DONE]\n\n')
}

/** The text of one event. */
export function eventOf(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

/** Answers with a line for each value. */
export function ndjson(...values: readonly unknown[]): Answer {
  return text(values.map((value) => `${JSON.stringify(value)}\n`).join(''), 'application/x-ndjson')
}

/** A chunk of OpenAI's chat completions. */
export function chunk(delta: object, finishReason: string | null = null): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
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

/** Answers with OpenAI's list of models, which has the model `m`. */
export const modelList = json({
  object: 'list',
  data: [{ id: 'm', object: 'model', created: 1, owned_by: 'someone' }],
})

const notFoundAnswer = json(
  { error: { message: 'File Not Found', type: 'not_found_error', code: 404 } },
  404,
)

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
