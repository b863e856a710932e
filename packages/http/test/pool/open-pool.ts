import type { Model } from '@nano/core'
import { type Answer, chunk, type FakeServer, json, sse, usageChunk } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'

export const chatPath = '/v1/chat/completions'
/** Answers with a chat's reply. */
export const replyWith = (text: string) =>
  sse(chunk({ content: text }), chunk({}, 'stop'), usageChunk)
export const failWith = (status: number, message: string, headers = {}) =>
  json({ error: { message, type: 'error' } }, status, headers)

/** Opens servers that answer their chats so as one model. */
export async function openPool(
  chats: readonly Answer[],
): Promise<{ readonly model: Model; readonly servers: readonly FakeServer[] }> {
  const servers = await Promise.all(chats.map((chat) => startChatServer(chat)))
  const model = await openModel({
    endpoints: servers.map(({ url }) => url),
    livenessTimeout: 10_000,
  })
  return { model, servers }
}

export const chatCount = (server: FakeServer | undefined) =>
  server?.requests.filter(({ path }) => path === chatPath).length
