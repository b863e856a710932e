import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { type HttpOptions, openHttp } from '../src/index.ts'
import { type Answer, json, modelList } from './fake-server.ts'
import { openModel, startFakeServer } from './open-model.ts'

async function errorFrom(options: object): Promise<NanoError> {
  const error: unknown = await openHttp(options as HttpOptions).catch((error: unknown) => error)
  if (NanoError.is(error)) return error
  throw new Error('openHttp did not reject with a NanoError')
}

describe('openHttp', () => {
  it.each<[object, RegExp]>([
    [{}, /either url or endpoints/],
    [{ url: 'http://a', endpoints: ['http://b'] }, /either url or endpoints/],
    [{ url: 'localhost:8080' }, /expected an address such as/],
    [{ url: 'http://me:secret@host' }, /without user/],
    [{ url: 'http://host?key=secret' }, /without user/],
    [{ url: 'http://host', server: 'vlm' }, /server/],
    [{ url: 'http://host', modle: 'a' }, /modle/],
    [{ url: 'http://host', apiKey: 'sk-secret\nsecret' }, /apiKey/],
    [{ url: 'http://host', apiKey: 'sk-secret…' }, /printable ASCII/],
    [{ url: 'http://host', headers: { 'x-key': 'secret\r\nsecret' } }, /x-key/],
    [{ url: 'http://host', headers: { 'x key': 'secret' } }, /headers.*x key/],
    [{ endpoints: [{ url: 'http://host', apiKey: 'secret\n' }] }, /either|endpoints/],
    [{ url: 'http://host', format: 'nemotrn' }, /no chat format "nemotrn"\. The .* are nemotron/],
  ])('refuses invalid options and repeats no secret: %j', async (options, pattern) => {
    const { code, message } = await errorFrom(options)
    expect(code).toBe('invalid-request')
    expect(message).toMatch(pattern)
    expect(message).not.toContain('secret')
  })

  it('sends the key and the headers with each request', async () => {
    const server = await startFakeServer({ '/v1/models': modelList })
    await openModel({ url: server.url, apiKey: 'sk-1', headers: { 'x-team': 'blue' } })
    for (const { headers } of server.requests)
      expect(headers).toMatchObject({ authorization: 'Bearer sk-1', 'x-team': 'blue' })
  })

  it('needs the name of the model where the server has several', async () => {
    const server = await startFakeServer({
      '/v1/models': json({ data: [{ id: 'one' }, { id: 'two' }] }),
    })
    expect(await errorFrom({ url: server.url })).toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/2 models: one, two/) as string,
    })
    const model = await openModel({ url: server.url, model: 'two' })
    expect(model.info.model).toBe('two')
  })

  it('refuses a model in whose place the server would answer with another', async () => {
    const server = await startFakeServer({ '/v1/models': json({ data: [{ id: 'one' }] }) })
    expect(
      await errorFrom({ url: server.url, server: 'llama-server', model: 'two' }),
    ).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/no model "two".* it has one/) as string,
    })
  })

  it.each([
    ['list of models', '/v1/models', 'openai-compatible'],
    ['description of the model', '/props', 'llama-server'],
  ] as const)(
    'rejects with unavailable where the %s is unavailable for now',
    async (_what, path, kind) => {
      const loadingAnswer: Answer = json({ error: { message: 'Loading model', code: 503 } }, 503)
      const server = await startFakeServer({ '/v1/models': modelList, [path]: loadingAnswer })
      for (const model of [undefined, 'm'])
        expect(
          await errorFrom({ url: server.url, server: kind, ...(model && { model }) }),
        ).toMatchObject({ code: 'unavailable', retryable: true })
    },
  )

  it('uses the fetch and the signal of the options', async () => {
    const urls: string[] = []
    const customFetch: typeof fetch = async (url) => {
      urls.push(String(url))
      return Response.json({ data: [{ id: 'm' }] })
    }
    await openModel({
      url: 'http://nowhere.invalid/v1',
      server: 'openai-compatible',
      fetch: customFetch,
    })
    expect(urls).toEqual(['http://nowhere.invalid/v1/models'])
    await expect(
      openHttp({
        url: 'http://nowhere.invalid',
        fetch: customFetch,
        signal: AbortSignal.abort('never mind'),
      }),
    ).rejects.toBe('never mind')
  })

  it('names the option server where no response fits a known server', async () => {
    const server = await startFakeServer({})
    expect(await errorFrom({ url: server.url })).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/option server: llama-server, lm-studio/) as string,
    })
  })
})
