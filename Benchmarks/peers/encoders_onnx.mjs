// onnxruntime-node on the ONNX files of encoders_torch.py: prints and writes what that does, for float32 and dynamic int8.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const folder = process.argv[2];
if (!existsSync(`${folder}/audio.onnx`)) process.exit(0);
let ort;
try {
  ort = createRequire(import.meta.url)("onnxruntime-node");
} catch {
  console.log("onnxruntime-node is not installed: see Benchmarks/peers/install");
  process.exit(0);
}

async function least(action) {
  await action();
  let wall = Infinity, cpu = Infinity;
  const begin = performance.now();
  for (let n = 0; n < 5 || performance.now() - begin < 3000; n++) {
    const w = performance.now(), c = process.cpuUsage();
    await action();
    wall = Math.min(wall, performance.now() - w);
    const used = process.cpuUsage(c);
    cpu = Math.min(cpu, (used.user + used.system) / 1000);
  }
  return [wall, cpu];
}

const read = (name) => { const b = readFileSync(`${folder}/${name}`); return b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength); };
const sound = new ort.Tensor("float32", new Float32Array(read("sound.f32").slice(0, 4 * 128000)), [1, 1, 1000, 128]);
const texts = [10, 77].map((n) => new ort.Tensor("int64", new BigInt64Array(read(`text${n}.i64`)), [1, n]));
const version = createRequire(import.meta.url)("onnxruntime-node/package.json").version;
for (const [kind, suffix] of [["float32", ""], ["int8", ".int8"]]) {
  const open = (tower, threads) =>
    ort.InferenceSession.create(`${folder}/${tower}${suffix}.onnx`, { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: "sequential", logSeverityLevel: 3 });
  const [one, two, text] = [await open("audio", 1), await open("audio", 2), await open("text", 1)];
  const figures = [
    await least(() => one.run({ x: sound })), await least(() => two.run({ x: sound })),
    await least(() => text.run({ x: texts[0] })), await least(() => text.run({ x: texts[1] })),
  ];
  const outputs = [await one.run({ x: sound }), await text.run({ x: texts[0] }), await text.run({ x: texts[1] })];
  const name = `onnxruntime ${version} ${kind}`;
  writeFileSync(`${folder}/${name}.out.f32`, Buffer.concat(outputs.map((o) => Buffer.from(o.y.data.buffer, o.y.data.byteOffset, o.y.data.byteLength))));
  console.log([name, ...figures.flat().map((v) => v.toFixed(3))].join(";"));
}
