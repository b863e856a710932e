import type { JsonSchema, RequestInput, StandardSchema, ToolInput } from '@nano/core/driver'
import { chunk, sse, usageChunk } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'

interface ReplyOptions extends Partial<
  RequestInput<JsonSchema | StandardSchema, readonly ToolInput[]>
> {
  readonly format?: string
  readonly onWarning?: (message: string) => void
  /** The server's own word. */
  readonly rawFinishReason?: string
}

/** The model's reply to a server that streams `deltas`, with the body of the request. */
export async function replyOf(
  deltas: readonly object[],
  { format, onWarning = () => {}, rawFinishReason = 'stop', ...request }: ReplyOptions = {},
) {
  const chunks = deltas.map((delta) => chunk(delta))
  const server = await startChatServer(sse(...chunks, chunk({}, rawFinishReason), usageChunk))
  const model = await openModel({
    url: server.url,
    server: 'vllm',
    onWarning,
    ...(format !== undefined && { format }),
  })
  const reply = await model.generate({ messages: 'hi', ...request })
  return { ...reply, requestBody: server.requests.at(-1)?.body ?? {} }
}

/** A delta for each piece of text. */
export function textDeltas(...texts: readonly string[]): readonly object[] {
  return texts.map((content) => ({ content }))
}
