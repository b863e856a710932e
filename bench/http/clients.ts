/** A client of the replay server, ready to ask for one reply after another. */
export interface Client {
  /**
   * Reads one reply; `onFirstPart` is called with its first part. Gives the characters of text, or
   * the bytes where there is no text.
   */
  readReply(onFirstPart?: () => void): Promise<number>
}

const question = 'What is 12 + 30?'
const model = 'Qwen/Qwen3-4B'
const apiKey = 'none'

/** Ways to read a reply, each at its cheapest; a bare fetch reads only the bytes. */
export const openClients = {
  'bare fetch': fetchClient('/v1/chat/completions'),
  nano: nanoClient('chat'),
  openai: openAiClient,
  '@ai-sdk/openai-compatible, doStream': providerClient,
  "AI SDK, streamText's textStream": aiSdkClient,
  'bare fetch of native completions': fetchClient('/completion'),
  'nano, native completions': nanoClient('completions'),
} satisfies Readonly<Record<string, (url: string) => Promise<Client>>>

export type ClientName = keyof typeof openClients

function fetchClient(path: string): (url: string) => Promise<Client> {
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: question }],
    stream: true,
    stream_options: { include_usage: true },
  })
  return async (url) => ({
    async readReply(onFirstPart = () => {}) {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      // A reader in a loop is the cheapest way to read bytes as they come.
      const reader = response.body?.getReader()
      let count = 0
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { done: true }
        if (value && count === 0) onFirstPart()
        if (done) return count
        count += value?.length ?? 0
      }
    },
  })
}

function nanoClient(mode: 'chat' | 'completions'): (url: string) => Promise<Client> {
  return async (url) => {
    const { openHttp } = await import('@nano/http')
    const model = await openHttp({
      url,
      server: url.includes('/vllm-') ? 'vllm' : 'llama-server',
      mode,
      format: 'qwen-3',
    })
    return textClient(async (onText) => {
      for await (const part of model.stream(question)) if (part.type === 'text') onText(part.text)
    })
  }
}

async function openAiClient(url: string): Promise<Client> {
  const { default: OpenAI } = await import('openai')
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey })
  return textClient(async (onText) => {
    const stream = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: question }],
      stream: true,
      stream_options: { include_usage: true },
    })
    for await (const { choices } of stream) {
      const text = choices[0]?.delta.content
      if (text) onText(text)
    }
  })
}

/** The provider of the AI SDK by itself, called as `streamText` calls it. */
async function providerClient(url: string): Promise<Client> {
  const languageModel = await openLanguageModel(url)
  return textClient(async (onText) => {
    const { stream } = await languageModel.doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: question }] }],
    })
    const reader = stream.getReader()
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      if (value.type === 'text-delta') onText(value.delta)
    }
  })
}

async function aiSdkClient(url: string): Promise<Client> {
  const languageModel = await openLanguageModel(url)
  const { streamText } = await import('ai')
  return textClient(async (onText) => {
    const { textStream } = streamText({ model: languageModel, prompt: question })
    for await (const text of textStream) onText(text)
  })
}

async function openLanguageModel(url: string) {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
  const provider = createOpenAICompatible({
    name: 'local',
    baseURL: `${url}/v1`,
    apiKey,
    includeUsage: true,
  })
  return provider.chatModel(model)
}

/** Counts the characters that `readTexts` reports. */
function textClient(readTexts: (onText: (text: string) => void) => Promise<void>): Client {
  return {
    async readReply(onFirstPart = () => {}) {
      let characters = 0
      await readTexts((text) => {
        if (characters === 0) onFirstPart()
        characters += text.length
      })
      return characters
    },
  }
}
