import { openOnnx } from '@nano/onnx'
const device = (process.argv[2] ?? 'webgpu') as 'webgpu'
const b = performance.now()
const rss = () => (process.memoryUsage().rss / 1e6).toFixed()
const model = await openOnnx({ model: process.argv[3] ?? 'tiny', device, ...JSON.parse(process.argv[4] ?? '{}') })
console.log(model.info.device, (performance.now() - b).toFixed(), rss())
for (const q of ['What is 12 + 30?', 'What is 12 + 31?', 'What is 12 + 30?']) {
const t = performance.now()
const r = await model.generate({ messages: q, reasoning: 'on', sampling: { temperature: 0 } })
console.log(JSON.stringify(r.reasoning.slice(0, 80)), r.text, r.usage, (performance.now() - t).toFixed(), rss())
}
const two = await Promise.all(['What is 12 + 30?', 'What is 15 + 31?'].map((messages) => model.generate({ messages, reasoning: 'on', sampling: { temperature: 0 } })))
console.log(two.map(({ text }) => text))
await model.close()
console.log('closed')
