#!/usr/bin/env python3
"""PyTorch's side of the train-step benchmark: the same tower, batch, loss and optimiser. Needs python3-torch (Debian)."""
import json, struct, sys, time
import numpy as np
import torch
from torch import nn

folder, threads = sys.argv[1], int(sys.argv[2])
BATCH, WIDTH, HEADS, LAYERS, CHANNELS = 32, 256, 4, 4, [16, 32, 64]
with open(f"{folder}/weights.safetensors", "rb") as f:
    size = struct.unpack("<Q", f.read(8))[0]
    header, data = json.loads(f.read(size)), f.read()
weights = {n: torch.from_numpy(np.frombuffer(data[e["data_offsets"][0]:e["data_offsets"][1]], np.float32).reshape(e["shape"]).copy())
           for n, e in header.items() if n != "__metadata__"}
gelu = lambda x: x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.fc, self.proj = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def load(self, prefix):
        for module, name in [(self.ln_1, "ln_1."), (self.ln_2, "ln_2."), (self.qkv, "attn.in_proj_"), (self.out, "attn.out_proj."), (self.fc, "mlp.c_fc."), (self.proj, "mlp.c_proj.")]:
            module.weight.data, module.bias.data = weights[f"{prefix}.{name}weight"], weights[f"{prefix}.{name}bias"]

    def forward(self, x):
        b, t, w = x.shape
        q, k, v = self.qkv(self.ln_1(x)).reshape(b, t, 3, HEADS, w // HEADS).permute(2, 0, 3, 1, 4)
        y = ((q @ k.transpose(-1, -2) * (w // HEADS) ** -0.5).softmax(-1) @ v).transpose(1, 2).reshape(b, t, w)
        x = x + self.out(y)
        return x + self.proj(gelu(self.fc(self.ln_2(x))))


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 3, 2, 1, bias=False) for i, o in zip([1] + CHANNELS, CHANNELS))
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for o in CHANNELS)
        self.linear = nn.Linear(1024, WIDTH)
        self.pre, self.post = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.positions, self.proj = nn.Parameter(weights["misc.positional_embedding"]), nn.Parameter(weights["post_encoder.proj"])
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms), 1):
            w = weights[f"pre_encoder.conv{i}.weight"]
            conv.weight.data = w.reshape(w.shape[0], 3, 3, -1).permute(0, 3, 1, 2).contiguous()
            norm.weight.data, norm.bias.data = weights[f"pre_encoder.bn{i}.weight"], weights[f"pre_encoder.bn{i}.bias"]
        for module, name in [(self.linear, "pre_encoder.linear"), (self.pre, "pre_encoder.ln"), (self.post, "post_encoder.ln")]:
            module.weight.data, module.bias.data = weights[name + ".weight"], weights[name + ".bias"]
        for i, block in enumerate(self.blocks):
            block.load(f"encoder.resblocks.{i}")

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = gelu(norm(conv(x)))
        x = x.permute(0, 2, 3, 1).flatten(2)
        x = self.pre(self.linear(x) + self.positions)
        for block in self.blocks:
            x = block(x)
        return self.post(x.mean(1)) @ self.proj


sound = torch.from_numpy(np.fromfile(f"{folder}/input.f32", np.float32)).reshape(BATCH, 1, -1, 128)
targets = torch.from_numpy(np.fromfile(f"{folder}/targets.f32", np.float32)).reshape(BATCH, -1)
torch.set_num_threads(threads)
tower = Tower().train()
optimizer = torch.optim.AdamW(tower.parameters(), lr=1e-4, weight_decay=0.05)


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = (1 - (nn.functional.normalize(tower(sound), dim=1) * targets).sum(1)).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


losses = [step() for _ in range(5)]
wall = cpu = 1e9
start, n = time.time(), 0
while n < 5 or time.time() - start < 3:
    w, c = time.perf_counter(), time.process_time()
    step()
    wall, cpu, n = min(wall, time.perf_counter() - w), min(cpu, time.process_time() - c), n + 1
name = f"pytorch {torch.__version__} float32, {threads} threads"
print(f"{name:34} {1000 * wall:8.0f} {1000 * cpu:8.0f}   " + " ".join(f"{l:.5f}" for l in losses), flush=True)
