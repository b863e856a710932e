import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { type HttpOptions, openHttp } from '../src/index.ts'
import { type Answer, fakeServer, json, modelList } from './fake-server.ts'

const fault = async (options: object) => {
  const error: unknown = await openHttp(options as HttpOptions).catch((thrown: unknown) => thrown)
  if (!NanoError.is(error)) throw new Error('it was opened')
  return error
}

describe('options', () => {
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
    [{ url: 'http://host', format: 'nemotrn' }, /no chat format "nemotrn"; there are nemotron/],
  ])('that do not hold are refused: %j', async (options, says) => {
    const { code, message } = await fault(options)
    expect(code).toBe('invalid-request')
    expect(message).toMatch(says)
    expect(message).not.toContain('secret')
  })

  it('carry the key and other headers with every request', async () => {
    const server = await fakeServer({ '/v1/models': modelList })
    const model = await openHttp({ url: server.url, apiKey: 'sk-1', headers: { 'x-team': 'blue' } })
    for (const { headers } of server.requests)
      expect(headers).toMatchObject({ authorization: 'Bearer sk-1', 'x-team': 'blue' })
    await model.close()
    await server.close()
  })

  it('name a model where there are several', async () => {
    const server = await fakeServer({
      '/v1/models': json({ data: [{ id: 'one' }, { id: 'two' }] }),
    })
    expect(await fault({ url: server.url })).toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/2 models: one, two/) as string,
    })
    const model = await openHttp({ url: server.url, model: 'two' })
    expect(model.info.model).toBe('two')
    await model.close()
    await server.close()
  })

  it('name no model that the server would answer for with another', async () => {
    const server = await fakeServer({ '/v1/models': json({ data: [{ id: 'one' }] }) })
    expect(await fault({ url: server.url, server: 'llama-server', model: 'two' })).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/no model "two".* it has one/) as string,
    })
    await server.close()
  })

  it.each([
    ['what it has', '/v1/models', 'openai-compatible'],
    ['what it knows of the model', '/props', 'llama-server'],
  ] as const)(
    'of a server that is away when it is asked %s are not guessed',
    async (_what, path, kind) => {
      const away: Answer = json({ error: { message: 'Loading model', code: 503 } }, 503)
      const server = await fakeServer({ '/v1/models': modelList, [path]: away })
      for (const model of [undefined, 'm'])
        expect(
          await fault({ url: server.url, server: kind, ...(model && { model }) }),
        ).toMatchObject({ code: 'unavailable', retryable: true })
      await server.close()
    },
  )

  it("take a fetch of one's own, and a signal for the opening", async () => {
    const seen: string[] = []
    const own: typeof fetch = async (url) => {
      seen.push(String(url))
      return Response.json({ data: [{ id: 'm' }] })
    }
    const model = await openHttp({
      url: 'http://nowhere.invalid/v1',
      server: 'openai-compatible',
      fetch: own,
    })
    expect(seen).toEqual(['http://nowhere.invalid/v1/models'])
    await model.close()
    await expect(
      openHttp({
        url: 'http://nowhere.invalid',
        fetch: own,
        signal: AbortSignal.abort('never mind'),
      }),
    ).rejects.toBe('never mind')
  })

  it('of a server that answers nothing we know are refused with advice', async () => {
    const server = await fakeServer({})
    expect(await fault({ url: server.url })).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/option server: llama-server, lm-studio/) as string,
    })
    await server.close()
  })
})
