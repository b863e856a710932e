import { describe, expect, it, vi } from 'vitest'
import { openHttp } from '../src/index.ts'
import { type Answer, json, text } from './fake-server.ts'
import { serverDescriptions } from './fixture-server.ts'
import { openModel, startFakeServer } from './open-model.ts'

describe('a path that a server does not have keeps none from being identified:', () => {
  it.each<[string, Answer]>([
    ['lm-studio', json({ error: 'Unexpected endpoint or method. (GET /props)' })],
    ['vllm', json({ error: { message: 'No handler' } }, 500)],
    ['openai-compatible', json({ code: 'PathUnknown', message: 'no such path' })],
    ['sglang', json({ error: { message: 'the upstream answered 503' } })],
    ['tgi', text('OK', 'text/plain')],
  ])('%s', async (kind, answer) => {
    const descriptions = serverDescriptions[kind] ?? {}
    const unknownPaths = ['/props', '/api/v0/models', '/info', '/v1/metadata', '/api/tags']
    const answers = Object.fromEntries(unknownPaths.map((path) => [path, answer]))
    const server = await startFakeServer({ ...answers, ...descriptions })
    const model = await openModel({ url: server.url })
    expect(model.info.device).toMatch(new RegExp(`^${kind} at 127`))
  })

  it('vllm, which then says less of its model', async () => {
    const failure = text('Internal Server Error', 'text/plain', 500)
    const answers = { '/openapi.json': failure, '/tokenizer_info': failure, '/tokenize': failure }
    const server = await startFakeServer({ ...serverDescriptions['vllm'], ...answers })
    const onWarning = vi.fn<(message: string) => void>()
    const model = await openModel({ url: server.url, onWarning })
    expect(model.info.device).toMatch(/^vllm at/)
    expect(onWarning.mock.calls).toEqual(
      Object.keys(answers).map((path) => [
        `http: ${server.url}${path} answered 500, so what it says of the model stays unknown`,
      ]),
    )
  })

  it('llama-server, whose older versions refuse the question of how they continue', async () => {
    const server = await startFakeServer({
      ...serverDescriptions['llama-server'],
      '/apply-template': json({ error: { message: 'two assistant messages', code: 500 } }, 500),
    })
    const onWarning = vi.fn<(message: string) => void>()
    await openModel({ url: server.url, onWarning })
    expect(onWarning).not.toHaveBeenCalled()
  })

  it('a server whose list fails', async () => {
    const failure = json({ error: { message: 'broken' } }, 500)
    const server = await startFakeServer({ '/props': failure, '/v1/models': failure })
    await expect(openHttp({ url: server.url })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('answered 500 to /v1/models') as string,
    })
  })
})

describe.each([500, 200])('a server that fails once, with status %i,', (status) => {
  it.each([
    ['llama-server', '/props'],
    ['ollama', '/api/tags'],
    ['tgi', '/info'],
  ])('is still identified: %s', async (kind, path) => {
    const answers = serverDescriptions[kind] ?? {}
    let hasFailed = false
    const server = await startFakeServer({
      ...answers,
      [path]: (response, request) => {
        const answer = hasFailed ? answers[path] : json({ error: { message: 'broken' } }, status)
        hasFailed = true
        return answer?.(response, request)
      },
    })
    const model = await openModel({ url: server.url })
    expect(model.info.device).toMatch(new RegExp(`^${kind} at 127`))
  })
})
