export { type TensorRows, type WeightLookup } from '../decoder/weight-lookup.ts'
export { openDecoder, type GgufInfo, type OpenDecoder } from '../gguf/open-decoder.ts'
export { type OnnxPrecision } from './transformer/decoder-build.ts'
export { type LogitPositions } from './transformer/output-logits.ts'
export { onnxTransformer, type OnnxTransformerOptions } from './transformer/onnx-transformer.ts'
export {
  writeOnnxFolder,
  type OnnxFolder,
  type OnnxLayout,
  type WriteOnnxFolderOptions,
} from './write-onnx-folder.ts'
export { writeOnnx, type OnnxData, type OnnxFiles, type WriteOnnxOptions } from './write-onnx.ts'
