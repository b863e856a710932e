import { openLlamaCpp } from '@nano/llama-cpp'
const base = process.env.HOME + '/.cache/nano/real/smollm2/'
const prompt = 'The lighthouse keeper wrote the weather into his book every day. '.repeat(60)
for (const file of ['f32.gguf', 'q4_1.gguf'])
  for (const exact of [false, true]) {
    const model = await openLlamaCpp({ model: base + file, device: 'cpu', threads: 1, contextLength: 2048, exact })
    const measure = async (text: string, maxTokens: number) => {
      const start = process.cpuUsage()
      const { usage } = await model.generate({ messages: text, maxTokens, sampling: { temperature: 0 } })
      const { user, system } = process.cpuUsage(start)
      return { input: usage.input, cached: usage.cachedInput, output: usage.output, cpu: Math.round((user + system) / 1000) }
    }
    const short = await measure('Tell me about bridges.', 32)
    const first = await measure(prompt + 'Go on.', 1)
    const long = await measure(prompt + 'Go on.', 33)
    console.log(file, exact, JSON.stringify({ short, first, long }))
    await model.close()
  }
