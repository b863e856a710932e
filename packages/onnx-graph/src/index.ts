export { encodeModel, type Place } from './graph/encode-model.ts'
export { Graph, type Operation } from './graph/graph-builder.ts'
export {
  integers,
  onnxTensorSize,
  type ByteSource,
  type OnnxContents,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
} from './graph/onnx-graph.ts'
export { lastLogits } from './last-logits.ts'
export { loopDecoder } from './loop/loop-decoder.ts'
export {
  loopFeeds,
  loopInputs,
  type LoopFeed,
  type LoopInput,
  type LoopRun,
} from './loop/loop-feeds.ts'
export { type Encoded } from './protobuf/encode-fields.ts'
export { groupedQueryCache } from './static-cache/grouped-query.ts'
export { staticCacheDecoder } from './static-cache/static-cache-decoder.ts'
