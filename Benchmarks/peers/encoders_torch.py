#!/usr/bin/env python3
"""PyTorch on the weights that the encoders benchmark made, and the same towers as ONNX files for encoders_onnx.mjs.

Prints name;wall;cpu;... in milliseconds (audio on 1 thread, audio on 2, text of 10 tokens, of 77) and writes NAME.out.f32.
Needs python3-torch and, for the ONNX files, python3-onnx (Debian).
"""
import json, os, struct, subprocess, sys, time

# OpenBLAS asks once, when it is loaded; torch.set_num_threads does not reach it. So each number of threads has its own process.
folder, threads = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "1"
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = threads

import numpy as np
import torch
from torch import nn


def load(path):
    with open(path, "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        header = json.loads(f.read(size))
        data = np.memmap(path, mode="r", offset=8 + size)
    types = {"F16": np.float16, "F32": np.float32}
    return {
        name: torch.from_numpy(np.frombuffer(data, types[e["dtype"]], offset=e["data_offsets"][0], count=int(np.prod(e["shape"], dtype=np.int64))).astype(np.float32).reshape(e["shape"]))
        for name, e in header.items() if name != "__metadata__"
    }


class Block(nn.Module):
    def __init__(self, w, prefix, width, heads, causal):
        super().__init__()
        self.heads, self.causal, self.width = heads, causal, width
        get = lambda name: nn.Parameter(w[f"{prefix}.{name}"], requires_grad=False)
        for name in ["ln_1", "ln_2"]:
            norm = nn.LayerNorm(width)
            norm.weight, norm.bias = get(name + ".weight"), get(name + ".bias")
            setattr(self, name, norm)
        for field, name, n, k in [("qkv", "attn.in_proj_", 3 * width, width), ("out", "attn.out_proj.", width, width),
                                  ("fc", "mlp.c_fc.", 4 * width, width), ("proj", "mlp.c_proj.", width, 4 * width)]:
            linear = nn.Linear(k, n)
            linear.weight, linear.bias = get(name + "weight"), get(name + "bias")
            setattr(self, field, linear)

    def forward(self, x, mask):
        b, t, w = x.shape
        q, k, v = self.qkv(self.ln_1(x)).reshape(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (w // self.heads) ** -0.5
        if mask is not None:
            scores = scores + mask
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, w)
        x = x + self.out(y)
        h = self.fc(self.ln_2(x))
        return x + self.proj(h * torch.sigmoid(1.702 * h))


def norm(w, prefix, width):
    n = nn.LayerNorm(width)
    n.weight, n.bias = nn.Parameter(w[prefix + ".weight"], False), nn.Parameter(w[prefix + ".bias"], False)
    return n


class Audio(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.conv = nn.Conv2d(1, 768, 32, stride=(16, 24), bias=False)
        self.conv.weight = nn.Parameter(w["audio.pre_encoder.conv1.weight"], False)
        self.cls = nn.Parameter(w["audio.misc.class_embedding"], False)
        self.positions = nn.Parameter(w["audio.misc.positional_embedding"], False)
        self.pre, self.post = norm(w, "audio.pre_encoder.ln", 768), norm(w, "audio.post_encoder.ln", 768)
        self.blocks = nn.ModuleList(Block(w, f"audio.encoder.resblocks.{i}", 768, 12, False) for i in range(12))
        self.proj = nn.Parameter(w["audio.post_encoder.proj"], False)

    def forward(self, x):
        x = self.conv(x).flatten(2).transpose(1, 2)
        x = self.pre(torch.cat([self.cls.expand(x.shape[0], 1, 768), x], 1) + self.positions)
        for block in self.blocks:
            x = block(x, None)
        return self.post(x[:, 0]) @ self.proj


class Text(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.tokens = nn.Embedding(49408, 512)
        self.tokens.weight = nn.Parameter(w["text.token_embedding.weight"], False)
        self.positions = nn.Parameter(w["text.positional_embedding"], False)
        self.blocks = nn.ModuleList(Block(w, f"text.transformer.resblocks.{i}", 512, 8, True) for i in range(12))
        self.final = norm(w, "text.ln_final", 512)
        self.proj = nn.Parameter(w["text.text_projection"], False)
        self.register_buffer("mask", torch.full((77, 77), float("-inf")).triu(1))

    def forward(self, ids):
        t = ids.shape[1]
        x = self.tokens(ids) + self.positions[:t]
        for block in self.blocks:
            x = block(x, self.mask[:t, :t])
        return self.final(x[:, -1]) @ self.proj


def least(action):
    action()
    wall = cpu = 1e9
    start, n = time.time(), 0
    while n < 5 or time.time() - start < 3:
        w, c = time.perf_counter(), time.process_time()
        action()
        wall, cpu, n = min(wall, time.perf_counter() - w), min(cpu, time.process_time() - c), n + 1
    return wall * 1000, cpu * 1000


def quantise(source, target):
    """What onnxruntime's quantize_dynamic makes: activations to uint8 with one scale and zero point per tensor, weights to int8
    per output channel, MatMulInteger, and back. Products of two activations, and the convolution, stay float32."""
    import onnx
    from onnx import helper, numpy_helper, TensorProto
    model = onnx.load(source)
    graph = model.graph
    constants = {i.name: i for i in graph.initializer}
    nodes, rounded = [], {}
    for node in graph.node:
        weight = constants.get(node.input[1]) if node.op_type in ("MatMul", "Gemm") else None
        if weight is None:
            nodes.append(node)
            continue
        w = numpy_helper.to_array(weight)
        if any(a.name == "transB" and a.i for a in node.attribute):
            w = w.T
        x, y = node.input[0], node.output[0]
        if x not in rounded:
            rounded[x] = [x + s for s in ("_q", "_scale", "_zero")]
            nodes.append(helper.make_node("DynamicQuantizeLinear", [x], rounded[x]))
        q, scale, zero = rounded[x]
        scales = np.maximum(np.abs(w).max(0), 1e-12).astype(np.float32) / 127
        graph.initializer.append(numpy_helper.from_array(np.round(w / scales).astype(np.int8), y + "_w"))
        graph.initializer.append(numpy_helper.from_array(scales, y + "_ws"))
        graph.initializer.append(numpy_helper.from_array(np.zeros(w.shape[1], np.int8), y + "_wz"))
        bias = list(node.input[2:])
        nodes += [
            helper.make_node("MatMulInteger", [q, y + "_w", zero, y + "_wz"], [y + "_i"]),
            helper.make_node("Cast", [y + "_i"], [y + "_f"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [scale, y + "_ws"], [y + "_s"]),
            helper.make_node("Mul", [y + "_f", y + "_s"], [y if not bias else y + "_m"]),
        ]
        if bias:
            nodes.append(helper.make_node("Add", [y + "_m", bias[0]], [y]))
    used = {i for n in nodes for i in n.input}
    for name, constant in constants.items():
        if name not in used:
            graph.initializer.remove(constant)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, target)


torch.set_grad_enabled(False)
weights = load(f"{folder}/weights.safetensors")
audio, text = Audio(weights).eval(), Text(weights).eval()
sound = torch.from_numpy(np.fromfile(f"{folder}/sound.f32", np.float32, 128000)).reshape(1, 1, 1000, 128)
texts = [torch.from_numpy(np.fromfile(f"{folder}/text{n}.i64", np.int64)).reshape(1, n) for n in (10, 77)]
torch.set_num_threads(int(threads))
if threads != "1":
    print(*least(lambda: audio(sound)))
    sys.exit()
one = [least(lambda: audio(sound)), *[least(lambda: text(t)) for t in texts]]
two = [float(v) for v in subprocess.check_output([sys.executable, __file__, folder, "2"]).split()]
name = f"pytorch {torch.__version__} float32"
np.concatenate([y.numpy().ravel() for y in [audio(sound), text(texts[0]), text(texts[1])]]).tofile(f"{folder}/{name}.out.f32")
print(name, *[f"{v:.3f}" for m in (one[0], two, one[1], one[2]) for v in m], sep=";", flush=True)
try:
    import onnx
    torch.onnx.export(audio, sound, f"{folder}/audio.onnx", input_names=["x"], output_names=["y"], opset_version=14)
    torch.onnx.export(text, texts[0], f"{folder}/text.onnx", input_names=["x"], output_names=["y"], opset_version=14, dynamic_axes={"x": {1: "t"}})
    for tower in ("audio", "text"):
        quantise(f"{folder}/{tower}.onnx", f"{folder}/{tower}.int8.onnx")
except ImportError:
    print("python3-onnx is not installed: no ONNX files, so onnxruntime is left out", flush=True)
