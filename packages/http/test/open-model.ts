import type { Model } from '@nano/core'
import { onTestFinished } from 'vitest'
import { type HttpOptions, openHttp } from '../src/index.ts'
import { type Answer, fakeServer, type FakeServer, modelList } from './fake-server.ts'

/** Opens a model that closes when the test ends. */
export async function openModel(options: HttpOptions): Promise<Model> {
  const model = await openHttp({ onWarning: () => {}, ...options })
  onTestFinished(() => model.close())
  return model
}

/** Starts a fake server that closes when the test ends. */
export async function startFakeServer(
  answers: Readonly<Record<string, Answer>>,
): Promise<FakeServer> {
  const server = await fakeServer(answers)
  onTestFinished(() => server.close())
  return server
}

/** A fake server with OpenAI's list of models and one answer for each chat. */
export function startChatServer(
  chat: Answer,
  answers: Readonly<Record<string, Answer>> = {},
): Promise<FakeServer> {
  return startFakeServer({ '/v1/models': modelList, '/v1/chat/completions': chat, ...answers })
}
