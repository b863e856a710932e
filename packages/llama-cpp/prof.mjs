import { Session } from 'node:inspector/promises'
import { getLlama } from 'node-llama-cpp'
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 0, logger: () => {} })
const model = await llama.loadModel({ modelPath: '../tiny/models/tiny-Q8_0.gguf' })
const ctx = await model.createContext({ contextSize: 2048, threads: 1, flashAttention: false, batchSize: 512 })
const seq = ctx.getSequence()
async function run(n) { await seq.clearHistory(); let c = 0; const t = performance.now(); for await (const _ of seq.evaluate([...model.tokenize('hello there 12 34')], { temperature: 5, topK: 0, topP: 1, seed: 3, yieldEogToken: true })) if (++c === n) break; return c / (performance.now() - t) * 1000 }
await run(300)
const session = new Session(); session.connect(); await session.post('Profiler.enable'); await session.post('Profiler.setSamplingInterval', { interval: 100 }); await session.post('Profiler.start')
const cpu = process.cpuUsage(); const t = performance.now()
let speeds = []; for (let i = 0; i < 4; i++) speeds.push(await run(800))
const used = process.cpuUsage(cpu); const wall = performance.now() - t
const { profile } = await session.post('Profiler.stop')
const self = new Map(); const dt = profile.timeDeltas
const byId = new Map(profile.nodes.map(n => [n.id, n]))
profile.samples.forEach((id, i) => { const n = byId.get(id).callFrame; const k = n.functionName === '(idle)' || n.functionName === '(program)' || n.functionName === '(garbage collector)' ? n.functionName : (n.url.match(/node_modules\/([^/]+(?:\/[^/]+)?)/)?.[1]?.split('/')[0] ?? (n.url.startsWith('node:') ? n.url : 'other')); self.set(k, (self.get(k) ?? 0) + dt[i]) })
const total = [...self.values()].reduce((a, b) => a + b, 0)
console.log('tok/s', speeds.map(Math.round), 'cpu/wall', ((used.user + used.system) / 1000 / wall).toFixed(2))
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 12)) console.log((v / total * 100).toFixed(1) + ' %', k)
// the decode alone, without JavaScript around it
const { AddonContext } = {}
process.exit()
