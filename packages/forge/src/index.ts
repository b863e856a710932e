export { decoderIn, type Decoder } from './decoder-in.ts'
export {
  float32,
  uint32,
  type GgufContents,
  type GgufTensor,
  type GgufValue,
  type Weights,
} from './gguf.ts'
export { lora, type LoraOptions } from './lora.ts'
export { type GivenTensor, type GivenWeights } from './onnx/given-weights.ts'
export {
  onnxTransformer,
  type OnnxPrecision,
  type OnnxTransformerOptions,
} from './onnx/onnx-transformer.ts'
export {
  writeOnnxFolder,
  type OnnxLayout,
  type WriteOnnxFolderOptions,
  type WrittenOnnxFolder,
} from './onnx/write-onnx-folder.ts'
export {
  writeOnnx,
  type OnnxData,
  type WriteOnnxOptions,
  type WrittenOnnx,
} from './onnx/write-onnx.ts'
export { quantisations, type Quantisation } from './quantisations.ts'
export { readGguf, type GgufFile, type ReadTensor, type ReadValue } from './read-gguf.ts'
export { shapes, type RopeScaling, type Shape, type ShapeName } from './shapes.ts'
export { cycle, successor, type SuccessorOptions } from './successor.ts'
export { tensorTypes, type TensorFormat, type TensorType } from './tensor-types.ts'
export { transformer, type MatrixName, type TransformerOptions } from './transformer.ts'
export { llama3Vocabulary, madeUpVocabulary, type Vocabulary } from './vocabulary.ts'
export { type WriteProgress } from './write-files.ts'
export { ggufSize, writeGguf, type WriteOptions } from './write.ts'
