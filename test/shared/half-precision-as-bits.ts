// Node 24 has Float16Array, which onnxruntime-node 1.30.0 puts half precision in and then cannot
// read: "not enough space: expected 1536, got 0". Without it, bits go in and out as Uint16Array.
// The runtime looks for it when it makes the first tensor.
Reflect.deleteProperty(globalThis, 'Float16Array')
