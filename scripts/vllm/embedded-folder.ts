import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openDecoder, type OpenDecoder, type TensorRows } from '@nano/forge/onnx'
import { gguf, onnx } from '@nano/tiny'
import { readGgufFileInfo } from 'node-llama-cpp'
import { type NamedTensor, writeSafetensors } from './write-safetensors.ts'

const cache = join(import.meta.dirname, '../../node_modules/.cache/vllm')

/**
 * Arguments of vLLM for the embedded model: it says its template, and takes tools in chat. Calls in
 * the model's own syntax stay text there; those that a request demands come in JSON.
 */
export const embeddedArguments: readonly string[] = [
  '--enable-tokenizer-info-endpoint',
  '--enable-auto-tool-choice',
  '--tool-call-parser',
  'hermes',
]

/** The embedded model as a Hugging Face folder in float32, written once. Resolves to its path. */
export async function embeddedFolder(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(gguf.F16)).digest('hex').slice(0, 12)
  const folder = join(cache, digest, 'nano-tiny')
  if (existsSync(folder)) return folder
  const part = `${folder}.${process.pid}.part`
  mkdirSync(part, { recursive: true })
  const decoder = openDecoder(gguf.F16, await readGgufFileInfo(gguf.F16))
  writeSafetensors(join(part, 'model.safetensors'), listTensors(decoder))
  decoder.close()
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    cpSync(join(onnx.genai, name), join(part, name))
  for (const [name, content] of Object.entries(configFiles(decoder)))
    writeFileSync(join(part, name), JSON.stringify(content, undefined, 2))
  mkdirSync(dirname(folder), { recursive: true })
  renameSync(part, folder)
  return folder
}

function configFiles({ shape, vocabulary }: OpenDecoder): Readonly<Record<string, object>> {
  const { model } = JSON.parse(readFileSync(join(onnx.genai, 'genai_config.json'), 'utf8')) as {
    readonly model: { readonly eos_token_id: readonly number[] }
  }
  const endTokens = { bos_token_id: vocabulary.bos, eos_token_id: model.eos_token_id }
  return {
    'config.json': {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_act: 'silu',
      hidden_size: shape.hiddenSize,
      intermediate_size: shape.feedForwardSize,
      num_hidden_layers: shape.layers,
      num_attention_heads: shape.heads,
      num_key_value_heads: shape.kvHeads,
      head_dim: shape.headSize,
      vocab_size: shape.vocabularySize,
      max_position_embeddings: shape.contextLength,
      rms_norm_eps: shape.normEpsilon,
      rope_theta: shape.ropeTheta,
      tie_word_embeddings: shape.hasTiedEmbeddings,
      dtype: 'float32',
      ...endTokens,
    },
    'generation_config.json': endTokens,
  }
}

/** Names of llama.cpp's tensors and of transformers', of the whole model and of each layer. */
const modelNames = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
}
const layerNames = {
  'attn_norm.weight': 'input_layernorm.weight',
  'attn_q.weight': 'self_attn.q_proj.weight',
  'attn_k.weight': 'self_attn.k_proj.weight',
  'attn_v.weight': 'self_attn.v_proj.weight',
  'attn_output.weight': 'self_attn.o_proj.weight',
  'ffn_norm.weight': 'post_attention_layernorm.weight',
  'ffn_gate.weight': 'mlp.gate_proj.weight',
  'ffn_up.weight': 'mlp.up_proj.weight',
  'ffn_down.weight': 'mlp.down_proj.weight',
}

function listTensors({ shape, weights }: OpenDecoder): readonly NamedTensor[] {
  const names = Object.entries(modelNames).concat(
    Array.from({ length: shape.layers }, (_, layer) =>
      Object.entries(layerNames).map(([from, to]): [string, string] => [
        `blk.${layer}.${from}`,
        `model.layers.${layer}.${to}`,
      ]),
    ).flat(),
  )
  return names.map(([from, to]) => {
    const tensor = weights(from)
    if (!tensor) throw new Error(`the embedded model has no tensor ${from}`)
    const isRotary = /attn_[qk]\.weight$/.test(from)
    const rowAt = isRotary ? (row: number) => rotaryRow(row, shape.headSize) : (row: number) => row
    return { name: to, ...readTensor(tensor, rowAt) }
  })
}

function readTensor(
  { dimensions: [width = 0, rows], row }: TensorRows,
  rowAt: (row: number) => number,
): Omit<NamedTensor, 'name'> {
  const values = new Float32Array(width * (rows ?? 1))
  for (let index = 0; index < (rows ?? 1); index++) values.set(row(rowAt(index)), index * width)
  return { shape: rows === undefined ? [width] : [rows, width], values }
}

/** llama.cpp turns neighboring values together; transformers those half a head apart. */
function rotaryRow(row: number, headSize: number): number {
  const rowInHead = row % headSize
  const half = headSize / 2
  return row - rowInHead + 2 * (rowInHead % half) + Math.floor(rowInHead / half)
}
